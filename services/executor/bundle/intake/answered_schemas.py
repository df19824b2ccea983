"""The schemas that the sandbox told, read once for each text."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace

from services.executor.agent_parts import SchemaSource
from services.executor.bundle.schema.answers import parses_inputs, schema_of_answer
from services.executor.clients import Client
from services.executor.domain import JsonObject, ToolSpec
from services.executor.schemas.ports import SchemaProcesses

MAX_KEPT_BYTES = 16 * 1024 * 1024
# Measured for the JSON text of schemas.
MEMORY_OF_TEXT = 12


@dataclass(frozen=True)
class ReadSchema:
    """A schema of an answer, and what was left out of it.

    ``parses``: the tool's own schema parses inputs, so that this one is not to refuse any.
    """

    schema: JsonObject
    notes: tuple[str, ...]
    parses: bool

    def of(self, tool: ToolSpec) -> ToolSpec:
        """Return a tool with this schema, which makes it usable."""
        return replace(
            tool,
            input_schema=self.schema,
            schema_source=SchemaSource.SANDBOX,
            parses_input=self.parses,
            disabled=False,
            unread_schema=None,
        )


class AnsweredSchemas:
    """Reads schemas that the sandbox told, and keeps the latest: each run of an agent tells them.

    Args:
        schemas: compile them; not closed with this.
    """

    def __init__(self, schemas: SchemaProcesses) -> None:
        self._schemas = schemas
        self._kept: OrderedDict[str, ReadSchema] = OrderedDict()
        self._bytes = 0

    def __repr__(self) -> str:
        """Show how many are kept."""
        return f"AnsweredSchemas({len(self._kept)})"

    async def schema(self, client: Client, text: str) -> JsonObject:
        """Return the JSON Schema of an answer alone; raises as ``read`` does."""
        return (await self.read(text, client)).schema

    async def read(self, text: str, client: Client) -> ReadSchema:
        """Return the schema of an answer; raises as ``schema_of_answer`` does."""
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        schema, notes = await schema_of_answer(text, self._schemas, client)
        found = ReadSchema(schema, notes, await asyncio.to_thread(parses_inputs, text))
        if text not in self._kept:
            self._kept[text] = found
            self._bytes += MEMORY_OF_TEXT * len(text)
        while self._bytes > MAX_KEPT_BYTES:
            dropped, _ = self._kept.popitem(last=False)
            self._bytes -= MEMORY_OF_TEXT * len(dropped)
        return found
