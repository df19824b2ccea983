"""The JSON Schema that a run's answer has to fit."""

from __future__ import annotations

import json
from dataclasses import dataclass

from services.executor.agent.json_schema import (
    Validator,
    compile_schema,
    problems_of,
    reason_of,
    refuse_constant,
)
from services.executor.domain import Json, JsonObject

FENCE = "```"


@dataclass(frozen=True)
class ReadOutput:
    """An answer read as JSON: ``value`` counts when ``problems`` is None."""

    value: Json = None
    problems: str | None = None


class OutputSchema:
    """A compiled schema; raises ValueError when it cannot be used."""

    def __init__(self, schema: JsonObject) -> None:
        self.schema = schema
        self._validator: Validator = compile_schema(schema)

    def __repr__(self) -> str:
        return f"OutputSchema({len(self.schema)} keywords)"

    def read(self, text: str) -> ReadOutput:
        """Return the answer as JSON, or what is wrong with it, as the model is told."""
        try:
            value: Json = json.loads(_unfenced(text), parse_constant=refuse_constant)
        except (ValueError, RecursionError) as error:
            return ReadOutput(problems=f"It is not valid JSON: {reason_of(error)}.")
        problems = problems_of(self._validator, value, "answer")
        return ReadOutput(value, problems or None)


def _unfenced(text: str) -> str:
    """Return what is inside a Markdown fence, where the model put the JSON into one."""
    text = text.strip()
    if not (text.startswith(FENCE) and text.endswith(FENCE) and "\n" in text):
        return text
    return text[text.index("\n") + 1 : -len(FENCE)]
