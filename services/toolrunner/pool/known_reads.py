"""What programs read of a run's environment while they load, learnt from their loads."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from services.toolrunner.domain import LoadReads

MOST_PROGRAMS: Final = 4096
MOST_NAMES: Final = 256
MOST_NAME_CHARACTERS: Final = 256
MOST_CHARACTERS: Final = 4_000_000
"""Of all names that are known, each with something for its place."""
OF_ONE_NAME: Final = 64


class KnownReads:
    """The reads of recently loaded programs by key; the least recently used are forgotten."""

    def __init__(self, most: int = MOST_PROGRAMS) -> None:
        self._most = most
        self._known: OrderedDict[str, LoadReads] = OrderedDict()
        self._characters = 0

    def __repr__(self) -> str:
        return f"<KnownReads of {len(self._known)} programs>"

    def of(self, key: str) -> LoadReads | None:
        """Return what a program reads; None when it has not been loaded, or long ago."""
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
        return known

    def learn(self, key: str, reads: LoadReads) -> None:
        """Add what a load read; the worker that reports it may lie, so it is bounded."""
        before = self._known.get(key, LoadReads())
        joined = reads.joined(before)
        long = any(len(name) > MOST_NAME_CHARACTERS for name in joined.env)
        if long or len(joined.env) > MOST_NAMES:
            joined = LoadReads(frozenset(), all_env=True, fetches=joined.fetches)
        self._known[key] = joined
        self._known.move_to_end(key)
        self._characters += _characters(joined) - _characters(before)
        while len(self._known) > self._most or self._characters > MOST_CHARACTERS:
            _, forgotten = self._known.popitem(last=False)
            self._characters -= _characters(forgotten)


def _characters(reads: LoadReads) -> int:
    return sum(len(name) + OF_ONE_NAME for name in reads.env)
