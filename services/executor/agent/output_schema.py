"""The JSON Schema that a run's answer has to fit."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.clients import OWN_PROCESS, Client
from services.executor.domain import Json, JsonObject
from services.executor.errors import LimitError
from services.executor.schemas.check import SchemaCheck
from services.executor.schemas.ports import Outcome, SchemaProcesses

FENCE = "```"


@dataclass(frozen=True)
class ReadOutput:
    """An answer read as JSON: ``value`` counts when ``problems`` is None."""

    value: Json = None
    problems: str | None = None


class OutputSchema:
    """A schema that was looked at; ``made`` makes one."""

    def __init__(self, schema: JsonObject, check: SchemaCheck) -> None:
        self.schema = schema
        self._check = check

    def __repr__(self) -> str:
        return f"OutputSchema({self._check!r})"

    @classmethod
    async def made(
        cls, schema: JsonObject, schemas: SchemaProcesses, client: Client = OWN_PROCESS
    ) -> OutputSchema:
        """Return a schema that can be used; raises ValueError, which says why it cannot."""
        check = await SchemaCheck.made(schema, schemas)
        if reason := await check.usable(client):
            raise ValueError(reason)
        return cls(schema, check)

    async def read(self, text: str, client: Client = OWN_PROCESS) -> ReadOutput:
        """Return the answer as JSON, or what is wrong with it, as the model is told.

        Raises:
            LimitError: whether it fits takes too long to tell.
        """
        checked = await self._check.check(_unfenced(text), "answer", client)
        if checked.outcome is Outcome.FITS:
            return ReadOutput(checked.value)
        if checked.outcome is Outcome.NOT_JSON:
            return ReadOutput(problems=f"It is not valid JSON: {checked.reason}.")
        if checked.outcome is Outcome.MISFIT:
            return ReadOutput(problems=checked.reason)
        raise LimitError(
            "The model's answer could not be checked against the JSON Schema that was asked for: "
            f"{checked.reason}. Use a simpler schema, with fewer alternatives in alternatives, or "
            "ask for a shorter answer."
        )


def _unfenced(text: str) -> str:
    """Return what is inside a Markdown fence, where the model put the JSON into one."""
    text = text.strip()
    if not (text.startswith(FENCE) and text.endswith(FENCE) and "\n" in text):
        return text
    return text[text.index("\n") + 1 : -len(FENCE)]
