"""What programs read of a run's environment while they load, learnt from their loads."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from services.toolrunner.domain import LoadReads

MOST_PROGRAMS: Final = 4096
MOST_NAMES: Final = 256
MOST_NAME_CHARACTERS: Final = 256


class KnownReads:
    """The reads of recently loaded programs by key; the least recently used are forgotten."""

    def __init__(self, most: int = MOST_PROGRAMS) -> None:
        self._most = most
        self._known: OrderedDict[str, LoadReads] = OrderedDict()

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
        joined = reads.joined(self._known.get(key, LoadReads()))
        long = any(len(name) > MOST_NAME_CHARACTERS for name in joined.env)
        if long or len(joined.env) > MOST_NAMES:
            joined = LoadReads(frozenset(), all_env=True, fetches=joined.fetches)
        self._known[key] = joined
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
