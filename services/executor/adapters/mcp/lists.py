"""The lists of tools that MCP servers gave: kept for a while, and compared with earlier ones."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.executor.agent.mcp_ports import McpListing, McpTool
from services.executor.agent.ports import Clock

MAX_LISTS: Final = 1000
MAX_BYTES: Final = 32 * 1024 * 1024
"""The most bytes of the lists that are kept."""
MAX_DIGEST_BYTES: Final = 64 * 1024 * 1024
"""The most bytes of the digests of earlier lists; the largest list has room in it."""
# About what the process needs around each, so that very many small ones are bounded, too.
TOOL_BYTES: Final = 1000
DIGEST_BYTES: Final = 200
MAX_NAMED: Final = 10


@dataclass(frozen=True)
class _Kept:
    """A list of tools, whose it is, and until when it is used, on the clock's seconds."""

    listing: McpListing
    holder: str
    until_s: float


class _Held:
    """Who holds how much of something that is bounded: who holds most loses its oldest first.

    Args:
        most_bytes: the most bytes of all entries.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._of: dict[str, OrderedDict[str, int]] = {}
        self._count = 0
        self.bytes = 0

    def put(self, holder: str, key: str, size: int) -> list[str]:
        """Note an entry as the latest of its holder; return the keys that have no room now."""
        self.drop(holder, key)
        self._of.setdefault(holder, OrderedDict())[key] = size
        self._count += 1
        self.bytes += size
        dropped: list[str] = []
        while self._count and (self.bytes > self._most_bytes or self._count > MAX_LISTS):
            most = max(self._of, key=lambda each: (self._share(each), each))
            oldest = next(iter(self._of[most]))
            self.drop(most, oldest)
            dropped.append(oldest)
        return dropped

    def drop(self, holder: str, key: str) -> None:
        """Forget an entry, if it is there."""
        own = self._of.get(holder, OrderedDict())
        if key in own:
            self._count -= 1
            self.bytes -= own.pop(key)
            if not own:
                del self._of[holder]

    def use(self, holder: str, key: str) -> None:
        """Note that an entry was used."""
        self._of[holder].move_to_end(key)

    def _share(self, holder: str) -> float:
        """Return which part of the room a holder has."""
        own = self._of[holder]
        return max(sum(own.values()) / self._most_bytes, len(own) / MAX_LISTS)


class ToolLists:
    """The lists of all servers of this process.

    Args:
        clock: tells how old lists are.
        list_s: how many seconds a list is used for; 0 for none.
        pinned: whether tools that are new or have changed since a server's first list are left out.
    """

    def __init__(self, clock: Clock, list_s: float, *, pinned: bool) -> None:
        self._clock = clock
        self._list_s = list_s
        self._pinned = pinned
        self._kept: dict[str, _Kept] = {}
        self._held = _Held(MAX_BYTES)
        self._digests: dict[str, Mapping[str, str]] = {}
        self._held_digests = _Held(MAX_DIGEST_BYTES)

    def __repr__(self) -> str:
        held = f"{self._held.bytes} and {self._held_digests.bytes} bytes"
        return f"ToolLists({len(self._kept)}, {held}, pinned={self._pinned})"

    @property
    def held_bytes(self) -> int:
        """About how many bytes the lists and the digests take."""
        return self._held.bytes + self._held_digests.bytes

    def find(self, key: str) -> McpListing | None:
        """Return a list that is not too old."""
        found = self._kept.get(key)
        if found is None or found.until_s <= self._clock.monotonic():
            return None
        self._held.use(found.holder, key)
        return found.listing

    def add(self, key: str, listing: McpListing, holder: str) -> McpListing:
        """Keep a list; return what of it may be offered, and what has changed since the last one.

        ``holder`` is whose it is: the room is shared between holders, so that nobody makes the
        process forget the lists of others. With pins, the first list of a server counts for as
        long as this process remembers it.
        """
        texts = {each.name: _text(each) for each in listing.tools}
        digests = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
        before = self._digests.get(key)
        changes = [] if before is None else _changes(before, digests)
        tools = listing.tools
        if before is not None and self._pinned:
            tools = tuple(each for each in tools if before.get(each.name) == digests[each.name])
            self._held_digests.use(holder, key)
        else:
            self._remember(key, digests, holder)
        note = " (left out: tools are pinned to the first list)" if self._pinned else ""
        told = tuple(f"since an earlier run, {each}{note}" for each in changes)
        lasting = McpListing(tools, (*listing.notes, *(told if self._pinned else ())))
        size = sum(TOOL_BYTES + 4 * len(name) + len(text) for name, text in texts.items())
        self._keep(key, lasting, size, holder)
        return McpListing(tools, (*listing.notes, *told))

    def _remember(self, key: str, digests: Mapping[str, str], holder: str) -> None:
        """Keep the digests of a list, and forget those that there is no room for."""
        self._digests[key] = digests
        for dropped in self._held_digests.put(holder, key, _bytes_of(digests)):
            del self._digests[dropped]

    def _keep(self, key: str, listing: McpListing, size: int, holder: str) -> None:
        if not self._list_s:
            return
        self._kept[key] = _Kept(listing, holder, self._clock.monotonic() + self._list_s)
        for dropped in self._held.put(holder, key, size):
            del self._kept[dropped]


def _bytes_of(digests: Mapping[str, str]) -> int:
    return sum(DIGEST_BYTES + 4 * len(name) for name in digests)


def _text(tool: McpTool) -> bytes:
    """Return what a model is told of a tool."""
    schema = json.dumps(tool.input_schema, sort_keys=True)
    return f"{tool.description}\0{schema}".encode("utf-8", "replace")


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return what has changed, as clauses."""
    kinds = {
        "the descriptions or schemas of these have changed": [
            name for name in now if before.get(name, now[name]) != now[name]
        ],
        "these are new": [name for name in now if name not in before],
        "these are gone": [name for name in before if name not in now],
    }
    return [f"{what}: {_named(names)}" for what, names in kinds.items() if names]


def _named(names: list[str]) -> str:
    more = len(names) - MAX_NAMED
    shown = ", ".join(name[:64] for name in names[:MAX_NAMED])
    return f"{shown}, and {more} more" if more > 0 else shown
