"""A cache of compiled validators by schema text, bounded in bytes."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator

from services.executor.domain import JsonObject
from services.executor.schemas.measure import measure
from services.executor.schemas.ports import Checked, Outcome
from services.executor.schemas.validation import (
    Validator,
    brief,
    compile_schema,
    parsed,
    problems_of,
)


class Validators:
    """Keeps recently used validators, up to about ``most_bytes``."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[bytes, tuple[Validator, int]] = OrderedDict()

    def __repr__(self) -> str:
        return f"Validators({len(self._kept)}, {self._bytes} of {self._most_bytes} bytes)"

    def compile(self, schema: bytes) -> Checked:
        """Tell whether a schema is usable; see ``SchemaProcesses.compile``."""
        try:
            self._validator(schema)
        except ValueError as error:
            return Checked(Outcome.UNUSABLE, reason=str(error))
        return Checked(Outcome.FITS)

    def check(self, schema: bytes, text: str, name: str) -> Iterator[Checked]:
        """Yield the results of a check: first the misfit, then its places, which may take long.

        A text that fits has no ``value`` here: the owner parses ``compact``.
        """
        try:
            validator = self._validator(schema)
        except ValueError as error:
            yield Checked(Outcome.UNUSABLE, reason=str(error))
            return
        try:
            value, compact = parsed(text)
        except ValueError as error:
            yield Checked(Outcome.NOT_JSON, reason=str(error))
            return
        try:
            if validator.is_valid(value):
                yield Checked(Outcome.FITS, compact=compact)
                return
            yield Checked(Outcome.MISFIT)
            yield Checked(Outcome.MISFIT, reason=problems_of(validator, value, name))
        except ValueError as error:  # nested too deeply for the library
            yield Checked(Outcome.MISFIT, reason=f"- {name}: {brief(str(error))}")

    def _validator(self, schema: bytes) -> Validator:
        """Return the validator of a schema; raises ValueError if it is unusable."""
        kept = self._kept.pop(schema, None)
        if kept is None:
            loaded: JsonObject = json.loads(schema)
            size = measure(loaded).compiled_bytes + len(schema)
            self._make_room(size)
            kept = compile_schema(loaded), size
            self._bytes += size
        self._kept[schema] = kept
        return kept[0]

    def _make_room(self, size: int) -> None:
        while self._kept and self._bytes + size > self._most_bytes:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._bytes -= dropped
