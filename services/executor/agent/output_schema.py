"""The JSON Schema that a run's answer must fit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from services.executor.clients import Client
from services.executor.domain import Json, JsonObject
from services.executor.errors import LimitError
from services.executor.schemas.check import SchemaCheck
from services.executor.schemas.ports import Outcome, SchemaProcesses

FENCE = "```"
# Where definitions are that the rest of a schema refers to.
DEFINITIONS = ("$defs", "definitions")
# What has another meaning in a schema that is moved: references to places outside of these.
_OTHER_REFERENCES = re.compile(
    r'"\$(?:ref": "#(?!/(?:\$defs|definitions)/)|dynamicRef|recursiveRef)'
)


@dataclass(frozen=True)
class ReadOutput:
    """An answer parsed as JSON: ``value`` is valid if ``problems`` is None."""

    value: Json = None
    problems: str | None = None


class OutputSchema:
    """A checked schema; ``made`` creates one.

    ``schema`` is what the model is asked for. Providers enforce only schemas of objects, so that
    an answer of another kind is asked for as the one member of an object, and taken out of it.
    """

    def __init__(self, schema: JsonObject, check: SchemaCheck, member: str = "") -> None:
        self.schema = schema
        self._check = check
        self._member = member

    def __repr__(self) -> str:
        return f"OutputSchema({self._check!r})"

    @classmethod
    async def made(
        cls, schema: JsonObject, schemas: SchemaProcesses, client: Client
    ) -> OutputSchema:
        """Return a usable schema; raises ValueError with the reason if it is not usable."""
        member = _member_for(schema)
        asked = _object_with(member, schema) if member else schema
        check = await SchemaCheck.made(asked, schemas)
        if reason := await check.usable(client):
            raise ValueError(reason)
        return cls(asked, check, member)

    async def read(self, text: str, client: Client) -> ReadOutput:
        """Return the answer as JSON, or its problems, as shown to the model.

        Raises:
            LimitError: the check takes too long.
        """
        checked = await self._check.check(_unfenced(text), "answer", client)
        if checked.outcome is Outcome.FITS:
            return ReadOutput(self._taken_out(checked.value))
        if checked.outcome is Outcome.NOT_JSON:
            return ReadOutput(problems=f"It is not valid JSON: {checked.reason}.")
        if checked.outcome is Outcome.MISFIT:
            return ReadOutput(problems=checked.reason)
        raise LimitError(
            "The model's answer could not be checked against the requested JSON Schema: "
            f"{checked.reason}. Use a simpler schema, with fewer nested alternatives, or "
            "ask for a shorter answer."
        )

    def _taken_out(self, value: Json) -> Json:
        return value[self._member] if self._member and isinstance(value, dict) else value


def _member_for(schema: JsonObject) -> str:
    """Return what the AI SDK calls the member that holds an answer; empty for an object."""
    kind = schema.get("type")
    if kind not in ("array", "string", "number", "integer", "boolean", "null"):
        return ""
    if "$id" in schema or _OTHER_REFERENCES.search(json.dumps(schema)):
        return ""
    return "elements" if kind == "array" else "result"


def _object_with(member: str, schema: JsonObject) -> JsonObject:
    """Return the schema of an object with one member; definitions stay where they are found."""
    kept = {key: schema[key] for key in DEFINITIONS if key in schema}
    held: JsonObject = {key: value for key, value in schema.items() if key not in kept}
    held.pop("$schema", None)
    return {
        "type": "object",
        "properties": {member: held},
        "required": [member],
        "additionalProperties": False,
        **kept,
    }


def _unfenced(text: str) -> str:
    """Return the JSON without a Markdown fence around it."""
    text = text.strip()
    if not (text.startswith(FENCE) and text.endswith(FENCE) and "\n" in text):
        return text
    return text[text.index("\n") + 1 : -len(FENCE)]
