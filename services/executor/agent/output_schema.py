"""The JSON Schema that a run's answer must fit."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.clients import Client
from services.executor.domain import Json, JsonObject
from services.executor.errors import LimitError
from services.executor.schemas.check import SchemaCheck
from services.executor.schemas.ports import Outcome, SchemaProcesses

FENCE = "```"


@dataclass(frozen=True)
class ReadOutput:
    """An answer parsed as JSON: ``value`` is valid if ``problems`` is None."""

    value: Json = None
    problems: str | None = None


class OutputSchema:
    """A checked schema; ``made`` creates one."""

    def __init__(self, schema: JsonObject, check: SchemaCheck) -> None:
        self.schema = schema
        self._check = check

    def __repr__(self) -> str:
        return f"OutputSchema({self._check!r})"

    @classmethod
    async def made(
        cls, schema: JsonObject, schemas: SchemaProcesses, client: Client
    ) -> OutputSchema:
        """Return a usable schema; raises ValueError with the reason if it is not usable."""
        check = await SchemaCheck.made(schema, schemas)
        if reason := await check.usable(client):
            raise ValueError(reason)
        return cls(schema, check)

    async def read(self, text: str, client: Client) -> ReadOutput:
        """Return the answer as JSON, or its problems, as shown to the model.

        Raises:
            LimitError: the check takes too long.
        """
        checked = await self._check.check(_unfenced(text), "answer", client)
        if checked.outcome is Outcome.FITS:
            return ReadOutput(checked.value)
        if checked.outcome is Outcome.NOT_JSON:
            return ReadOutput(problems=f"It is not valid JSON: {checked.reason}.")
        if checked.outcome is Outcome.MISFIT:
            return ReadOutput(problems=checked.reason)
        raise LimitError(
            "The model's answer could not be checked against the requested JSON Schema: "
            f"{checked.reason}. Use a simpler schema, with fewer nested alternatives, or "
            "ask for a shorter answer."
        )


def _unfenced(text: str) -> str:
    """Return the JSON without a Markdown fence around it."""
    text = text.strip()
    if not (text.startswith(FENCE) and text.endswith(FENCE) and "\n" in text):
        return text
    return text[text.index("\n") + 1 : -len(FENCE)]
