"""What each tool of a bundle can reach, read from its code: least privilege without running it.

From a tool's ``execute`` everything that it mentions is followed through the bundle: functions,
classes with all their methods, constants, whole CommonJS modules. What a reachable part mentions
counts as reached, so that more may be reported than a call really uses, and what cannot be
followed is reported as a gap.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import tree_sitter

from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.finds import (
    LIMIT,
    NETWORK_GLOBALS,
    NETWORK_MODULES,
    Finds,
)
from services.executor.bundle.reach.guest import is_provided, lacks_global, lacks_module
from services.executor.bundle.reach.hosts import LiteralHosts
from services.executor.bundle.reach.links import Linker
from services.executor.bundle.reach.places import Places
from services.executor.bundle.reach.regions import Node, Region
from services.executor.domain import Reach, ReachGap

MAX_REGIONS = 20_000
MAX_VISITS = 400_000
MAX_NAMES = 500
MAX_GAPS_OF_A_KIND = 5
_THIS = re.compile(r"\bthis\b")
_HOLDERS = frozenset({grammar.OBJECT, grammar.CLASS, grammar.CLASS_DECLARATION})


@dataclass(frozen=True)
class SourceTree:
    """A bundle's concrete syntax tree, and its text, of which the tree's offsets are indexes."""

    root: tree_sitter.Node
    text: str = field(repr=False)


@dataclass(frozen=True)
class Start:
    """The expression that a tool's ``execute`` is, by where it stands in the text.

    ``handed`` are the arguments of calls around it that are known, as spans, by where the
    called function begins.
    """

    start: int
    end: int
    handed: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)


class ReachReader:
    """Reads what tools of one bundle reach; what one tool led to is kept for the others."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._hosts: LiteralHosts | None = None
        self._places = Places(tree.root, tree.text)
        self._handed: dict[int, list[list[Node]]] = {}
        self._linker = Linker(self._places, self._handed)
        self._visits_left = MAX_VISITS
        self._lines: list[int] | None = None

    def __repr__(self) -> str:
        """Show how much was read."""
        return f"ReachReader({self._linker!r})"

    def reach(self, start: Start) -> Reach:
        """Return what the tool whose ``execute`` stands at ``start`` can reach."""
        region = self._first(start)
        found = self._followed(region)
        whole = Finds()
        hosts: set[str] = set()
        for each in found:
            whole.globals |= each.finds.globals
            whole.modules |= each.finds.modules
            whole.env |= each.finds.env
            whole.gaps |= each.finds.gaps
        if whole.globals & NETWORK_GLOBALS or whole.modules & NETWORK_MODULES:
            literals = self._literals()
            for each in found:
                hosts |= literals.within(each.node.start_byte, each.node.end_byte)
        if len(found) >= MAX_REGIONS or self._visits_left <= 0:
            whole.gap(LIMIT, start.start)
        self._without_code(whole, start)
        return self._judged(whole, hosts)

    def _without_code(self, whole: Finds, start: Start) -> None:
        for name in whole.modules:
            if not name.startswith("node:") and not is_provided(name):
                whole.gap(f"the code of `{name}` is not in the bundle", start.start)

    def _judged(self, whole: Finds, hosts: set[str]) -> Reach:
        missing = {name for name in whole.globals if lacks_global(name)}
        missing |= {name for name in whole.modules if lacks_module(name)}
        return Reach(
            globals=_listed(whole.globals),
            modules=_listed(whole.modules),
            env=_listed(whole.env),
            hosts=_listed(hosts),
            missing=_listed(missing),
            gaps=self._gaps(whole.gaps),
        )

    def _gaps(self, gaps: set[tuple[str, int]]) -> tuple[ReachGap, ...]:
        counts: dict[str, int] = {}
        found: list[ReachGap] = []
        for at, reason in sorted((at, reason) for reason, at in gaps):
            counts[reason] = counts.get(reason, 0) + 1
            if counts[reason] <= MAX_GAPS_OF_A_KIND:
                line, column = self._place(at)
                found.append(ReachGap(reason, line, column))
        return tuple(found)

    def _place(self, at: int) -> tuple[int, int]:
        """Return line and column, both from 1, of a place."""
        text = self._tree.text
        if self._lines is None:
            self._lines = [0, *(found.end() for found in re.finditer(r"\n", text))]
        line = bisect_right(self._lines, at)
        begin = self._lines[line - 1]
        return line, len(text[begin:at]) + 1

    def _literals(self) -> LiteralHosts:
        if self._hosts is None:
            self._hosts = LiteralHosts(self._tree.root, self._tree.text)
        return self._hosts

    def _first(self, start: Start) -> list[Region]:
        """Return the regions to begin with: ``execute``, and what holds it when it says `this`."""
        for function, spans in start.handed.items():
            nodes = [self._places.path(*each)[-1] for each in spans]
            self._handed.setdefault(function, []).append(nodes)
        path = self._places.path(start.start, start.end)
        while (
            len(path) > 1 and path[-2].start_byte == start.start and path[-2].end_byte == start.end
        ):
            path.pop()
        node = path[-1]
        regions = [self._linker.region(node, self._places.around(path[:-1]))]
        if _THIS.search(self._tree.text, node.start_byte, node.end_byte):
            for depth in range(len(path) - 2, -1, -1):
                if path[depth].kind_id in _HOLDERS:
                    regions.append(
                        self._linker.region(path[depth], self._places.around(path[:depth]))
                    )
                    break
        return regions

    def _followed(self, first: list[Region]) -> list[Region]:
        """Return all regions that can be reached from the first ones."""
        seen = set(map(id, first))
        found = list(first)
        for region in found:  # grows as it is walked
            self._visits_left -= 1
            if self._visits_left <= 0 or len(found) >= MAX_REGIONS:
                break
            self._linker.link(region)
            for link in region.links:
                if id(link) not in seen:
                    seen.add(id(link))
                    found.append(link)
        return found


def _listed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:MAX_NAMES])
