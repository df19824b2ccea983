"""One schema, ready to check texts: here where that costs next to nothing, else in a process."""

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
# About a millisecond at the worst: 2 ns for each part of a schema and byte of a text.
INLINE_WORK: Final = 500_000
# To say what is wrong takes some 10 us for each place, and grows with alternatives in alternatives.
INLINE_PROBLEMS: Final = 3_000
# A match that takes more steps back counts as failed here, and is made again in a process.
INLINE_BACKTRACKS: Final = 1_000


class SchemaCheck:
    """Checks texts by one schema.

    Args:
        schema: what to check by.
        processes: where costly checks are made.

    Raises:
        ValueError: the schema costs too much for anybody, or is none; the message says why. Of one
            that costs much, ``usable`` tells.
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
        """Return one; a schema that takes milliseconds to look at does not keep others waiting."""
        await asyncio.sleep(0)
        if is_small(schema):
            return cls(schema, processes)
        return await asyncio.to_thread(cls, schema, processes)

    @property
    def parts(self) -> int:
        """JSON values in the schema, its references written out."""
        return self._measure.parts

    @property
    def size(self) -> int:
        """About how many bytes of memory are held."""
        return len(self._text) + (self._measure.compiled_bytes if self._validator else 0)

    @property
    def strays(self) -> bool:
        """Whether only a validator can tell if all that the schema refers to is there."""
        return self._measure.strays

    async def usable(self, client: Client) -> str:
        """Return why the schema cannot be used, empty when it can; in the turn of ``client``."""
        if self._validator is not None:
            return ""
        checked = await self._processes.compile(self._text, client)
        if checked.outcome is Outcome.STOPPED:
            return f"{checked.reason} to compile; make it smaller, or its patterns simpler"
        return checked.reason

    async def check(self, text: str, name: str, client: Client) -> Checked:
        """Check a text, which the reasons call ``name``, in the turn of ``client``."""
        checked = self._inline(text, name)
        return checked or await self._processes.check(self._text, text, name, client)

    def _inline(self, text: str, name: str) -> Checked | None:
        """Return what comes of a check, None where that may take long to tell."""
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
