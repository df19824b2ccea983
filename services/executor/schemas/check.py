"""One schema, ready to check texts: inline if that is cheap, else in a process."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from services.executor.clients import Client
from services.executor.domain import JsonObject
from services.executor.schemas.measure import is_small, measure
from services.executor.schemas.ports import Checked, Outcome, SchemaProcesses
from services.executor.schemas.validation import compile_schema, parsed, problems_of

INLINE_CHARACTERS: Final = 8 * 1024
# About a millisecond at worst: 2 ns for each part of a schema and byte of a text.
INLINE_WORK: Final = 500_000
# Reporting errors takes some 10 us for each place, and grows with nested alternatives.
INLINE_PROBLEMS: Final = 3_000
# A match that backtracks more counts as failed here, and is repeated in a process.
INLINE_BACKTRACKS: Final = 1_000


class SchemaCheck:
    """Checks texts against one schema.

    Args:
        schema: the schema.
        processes: where costly checks are made.

    Raises:
        ValueError: the schema is invalid or too costly; the message says why. A costly but
            acceptable one is checked by ``usable``.
    """

    def __init__(self, schema: JsonObject, processes: SchemaProcesses) -> None:
        self._processes = processes
        self._measure = measure(schema)
        self._text = json.dumps(schema, separators=(",", ":")).encode()
        is_simple = self._measure.is_simple
        self._validator = compile_schema(schema, INLINE_BACKTRACKS) if is_simple else None

    def __repr__(self) -> str:
        return f"SchemaCheck({self._measure})"

    @classmethod
    async def made(cls, schema: JsonObject, processes: SchemaProcesses) -> SchemaCheck:
        """Create one without blocking the event loop for large schemas."""
        await asyncio.sleep(0)
        if is_small(schema):
            return cls(schema, processes)
        return await asyncio.to_thread(cls, schema, processes)

    @property
    def parts(self) -> int:
        """JSON values in the schema, with references expanded."""
        return self._measure.parts

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self._text) + (self._measure.compiled_bytes if self._validator else 0)

    @property
    def strays(self) -> bool:
        """Whether only a validator can tell if all references resolve."""
        return self._measure.strays

    async def usable(self, client: Client) -> str:
        """Return why the schema is unusable, empty if it is usable; in the turn of ``client``."""
        if self._validator is not None:
            return ""
        checked = await self._processes.compile(self._text, client)
        if checked.outcome is Outcome.STOPPED:
            return f"{checked.reason} to compile; make it smaller, or its patterns simpler"
        return checked.reason

    async def check(self, text: str, name: str, client: Client) -> Checked:
        """Check a text, called ``name`` in reasons, in the turn of ``client``."""
        checked = self._inline(text, name)
        return checked or await self._processes.check(self._text, text, name, client)

    def _inline(self, text: str, name: str) -> Checked | None:
        """Return the outcome of a check, None if it may take long."""
        work = self._measure.weight * len(text)
        if self._validator is None or len(text) > INLINE_CHARACTERS or work > INLINE_WORK:
            return None
        try:
            value, compact = parsed(text)
        except ValueError as error:
            return Checked(Outcome.NOT_JSON, reason=str(error))
        if self._validator.is_valid(value):
            return Checked(Outcome.FITS, value, compact)
        if self._measure.combines or work > INLINE_PROBLEMS:
            return None
        return Checked(Outcome.MISFIT, reason=problems_of(self._validator, value, name))
