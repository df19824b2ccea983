"""What each tool of a bundle can reach, read from its code without running it: least privilege.

Everything that a tool's ``execute`` mentions is followed through the bundle: functions, classes
with all their methods, constants, whole CommonJS modules. Whatever a reachable part mentions
counts as reached, so more may be reported than a call really uses. What cannot be followed is
reported as a gap.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from services.executor.agent_parts import HeaderUse
from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.index.line_ends import line_starts
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.addons import AddonNames
from services.executor.bundle.reach.address_uses import AddressUses
from services.executor.bundle.reach.changes import Changes
from services.executor.bundle.reach.finds import (
    CODE,
    ENV,
    HANDED,
    HOSTS,
    LIMIT,
    NETWORK_GLOBALS,
    NETWORK_MODULES,
    Finds,
)
from services.executor.bundle.reach.guest import is_provided, lacks_global, lacks_module
from services.executor.bundle.reach.header_uses import HeaderUses
from services.executor.bundle.reach.hosts import LiteralHosts
from services.executor.bundle.reach.links import Linker
from services.executor.bundle.reach.places import Places
from services.executor.bundle.reach.regions import Awaited, Node, Region
from services.executor.bundle.reach.share import Share
from services.executor.tool_reach import Reach, ReachGap

MAX_REGIONS = 20_000
# Visits of regions for all tools together, and for any tool; see ``Share``.
MAX_VISITS, MIN_VISITS = 200_000, 1_000
MAX_NODES = 1_200_000
MAX_NAMES = 500
MAX_FOLLOWED = 20
MAX_GAPS_OF_A_KIND = 5
# A call, a construction, or a tagged template.
_ENVIRONMENT = re.compile(r"\benv\b")
_CALL = re.compile(r"[\w$)\]]\s*(?:\?\.)?[(`]|\bnew\b")
_THIS = re.compile(r"\bthis\b")
_FUNCTIONS = frozenset(
    {
        *("arrow_function", "function_declaration", "function_expression"),
        *("generator_function", "generator_function_declaration", "method_definition"),
    }
)
_HOLDERS = frozenset({grammar.OBJECT, grammar.CLASS, grammar.CLASS_DECLARATION})


@dataclass(frozen=True)
class SourceTree:
    """A bundle's concrete syntax tree, and its text, which the tree's offsets index."""

    root: ConcreteNode
    text: str = field(repr=False)


@dataclass(frozen=True)
class Start:
    """The expression of a tool's ``execute``, by its place in the text.

    ``handed`` are the known arguments of the calls around it, as spans, by where the called
    function begins.
    """

    start: int
    end: int
    handed: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)


# Modules of Node that give the same in each run.
_PURE_MODULES = frozenset(
    {"node:assert", "node:buffer", "node:events", "node:path", "node:punycode", "node:querystring"}
    | {"node:string_decoder", "node:url", "node:util"}
)


def _mentions(finds: Finds, words: re.Pattern[str]) -> bool:
    """Tell whether something is reached under another name: ``const D = Date``.

    What Node's modules give, such as ``os.hostname()``, counts as found.
    """
    if any(each.startswith("node:") for each in finds.modules - _PURE_MODULES):
        return True
    names = (*finds.globals, *finds.modules, *(f"env.{name}" for name in finds.env))
    return any(words.search(name) for name in names)


def _is_later(region: Region) -> bool:
    """Return whether a region is a function, which runs when something calls it."""
    return region.node.type in _FUNCTIONS


class ReachReader:
    """Reads what tools of one bundle reach; results of one tool are kept for the others.

    Args:
        tree: the bundle.
        is_brought: whether the sandbox provides a package, besides zod.
        max_regions: definitions to follow for one tool; beyond it, a gap says so.
        max_nodes: nodes of the tree to look at for all tools together; see ``Share``.
        max_visits: definitions to visit for all tools together, likewise.
    """

    def __init__(
        self,
        tree: SourceTree,
        is_brought: Callable[[str], bool] = lambda _: False,
        *,
        max_regions: int = MAX_REGIONS,
        max_nodes: int = MAX_NODES,
        max_visits: int = MAX_VISITS,
    ) -> None:
        self._tree = tree
        self._is_brought = is_brought
        self._hosts: LiteralHosts | None = None
        self._addons: AddonNames | None = None
        self._last: tuple[Start, list[Region]] | None = None
        self._uses = HeaderUses(tree.root, tree.text)
        self._addresses = AddressUses(tree.root, tree.text)
        self._places = Places(tree.root, tree.text)
        self._linker = Linker(self._places, max_nodes)
        self._changes = Changes(self._places)
        self._max_regions = max_regions
        self._visits = Share(max_visits, MIN_VISITS)
        self._lines: list[int] | None = None

    def __repr__(self) -> str:
        """Show how much was read."""
        return f"ReachReader({self._linker!r})"

    def reach(self, start: Start) -> Reach:
        """Return what the tool whose ``execute`` is at ``start`` can reach."""
        whole = Finds()
        self._begin()
        found = self._followed(start, whole)
        self._last = (start, found)
        hosts: set[str] = set()
        for each in found:
            whole.globals |= each.finds.globals
            whole.modules |= each.finds.modules
            whole.env |= each.finds.env
            whole.gaps |= each.finds.gaps
        foreign = self._without_code(whole, start)
        if foreign or whole.globals & NETWORK_GLOBALS or whole.modules & NETWORK_MODULES:
            literals = self._literals()
            for each in found:
                hosts |= literals.within(each.node.start_byte, each.node.end_byte)
        if whole.modules & NETWORK_MODULES:
            hosts |= self._named_hosts(whole, found)
            if not hosts:
                whole.gap(HOSTS, start.start)
        if len(found) >= self._max_regions or not self._visits.left:
            whole.gap(LIMIT, start.start)
        return self._judged(whole, hosts, self._headers(whole), self._natives(found))

    def spans(self, start: Start) -> list[tuple[int, int]]:
        """Return the ranges of the code that ``start`` reaches, if it was the last asked for."""
        if self._last is None or self._last[0] != start:
            return []
        return [(each.node.start_byte, each.node.end_byte) for each in self._last[1]]

    def _begin(self) -> None:
        """Begin with another tool, which has a budget of its own."""
        self._linker.begin()
        self._visits.begin()

    def reads_env(self, start: Start) -> bool:
        """Return whether what ``start`` reaches may read a variable of the environment."""
        whole = Finds()
        self._begin()
        found = self._followed(start, whole)
        if whole.env or any(each.finds.env for each in found):
            return True
        return self._mentioned(whole, found, _ENVIRONMENT, at_load=False)

    def mentions(self, start: Start, words: re.Pattern[str], *, at_load: bool = False) -> bool:
        """Return whether the code that ``start`` reaches has a match, or may go on unseen.

        With ``at_load`` only code counts that may run while the bundle loads: functions do if
        what runs then makes any call.
        """
        whole = Finds()
        self._begin()
        found = self._followed(start, whole, changes=True)
        return self._mentioned(whole, found, words, at_load=at_load)

    def _mentioned(
        self, whole: Finds, found: list[Region], words: re.Pattern[str], *, at_load: bool
    ) -> bool:
        """Return what ``mentions`` does, of what was followed from a start."""
        if whole.gaps or len(found) >= self._max_regions or not self._visits.left:
            return True
        text = self._tree.text
        counted = found
        loaded = [each for each in found if not _is_later(each)]
        spans = [(each.node.start_byte, each.node.end_byte) for each in loaded]
        if at_load and not any(_CALL.search(text, *span) for span in spans):
            counted = loaded
        return any(each.finds.gaps or _mentions(each.finds, words) for each in found) or any(
            each.finds.varying or words.search(text, each.node.start_byte, each.node.end_byte)
            for each in counted
        )

    def _named_hosts(self, whole: Finds, found: list[Region]) -> set[str]:
        """Return the rules for hosts that options of Node's clients name: `{hostname: "..."}`."""
        scheme = "" if "node:https" in whole.modules else "http://"
        literals, hosts = self._literals(), set[str]()
        for each in found:
            hosts |= literals.named_within(each.node.start_byte, each.node.end_byte)
        return {f"{scheme}{host}" for host in hosts}

    def _headers(self, whole: Finds) -> tuple[HeaderUse, ...]:
        """Return the headers that send each environment variable, where that is clear."""
        if {reason for reason, _ in whole.gaps} & {CODE, ENV, LIMIT}:
            return ()
        names = _listed(whole.env)[:MAX_FOLLOWED]
        return tuple(
            HeaderUse(name, header) for name in names for header in sorted(self._uses.of(name))
        )

    def _without_code(self, whole: Finds, start: Start) -> bool:
        """Note the packages that are not bundled; tell whether there are any."""
        named = (name for name in whole.modules if not name.startswith("node:"))
        foreign = [name for name in named if not self._is_there(name)]
        for name in foreign:
            whole.gap(f"the code of `{name}` is not in the bundle", start.start)
        return bool(foreign)

    def _is_there(self, name: str) -> bool:
        return is_provided(name) or self._is_brought(name)

    def _natives(self, found: list[Region]) -> set[str]:
        """Return the native addons that regions load."""
        if self._addons is None:
            self._addons = AddonNames(self._tree.text)
        spans = ((each.node.start_byte, each.node.end_byte) for each in found)
        return set[str]().union(*(self._addons.within(*span) for span in spans))

    def _judged(
        self, whole: Finds, hosts: set[str], headers: tuple[HeaderUse, ...], natives: set[str]
    ) -> Reach:
        missing = natives | {name for name in whole.globals if lacks_global(name)}
        missing |= {
            name for name in whole.modules if lacks_module(name) and not self._is_there(name)
        }
        return Reach(
            globals=_listed(whole.globals),
            modules=_listed(whole.modules),
            env=_listed(whole.env),
            hosts=_listed(hosts),
            missing=_listed(missing),
            gaps=self._gaps(whole.gaps),
            headers=headers,
            addresses=tuple(
                name for name in _listed(whole.env)[:MAX_FOLLOWED] if self._addresses.has(name)
            ),
        )

    def _gaps(self, gaps: set[tuple[str, int]]) -> tuple[ReachGap, ...]:
        counts: dict[str, int] = {}
        found: list[ReachGap] = []
        for at, reason in sorted((at, reason) for reason, at in gaps):
            counts[reason] = counts.get(reason, 0) + 1
            if counts[reason] <= MAX_GAPS_OF_A_KIND:
                line, column = self.place(at)
                found.append(ReachGap(reason, line, column))
        return tuple(found)

    def is_address(self, name: str) -> bool:
        """Tell whether a variable is used as an address or a path somewhere."""
        return self._addresses.has(name)

    def place(self, at: int) -> tuple[int, int]:
        """Return line and column, both from 1, of a place."""
        text = self._tree.text
        if self._lines is None:
            self._lines = line_starts(text)
        line = bisect_right(self._lines, at)
        begin = self._lines[line - 1]
        return line, len(text[begin:at]) + 1

    def _literals(self) -> LiteralHosts:
        if self._hosts is None:
            self._hosts = LiteralHosts(self._tree.root, self._tree.text)
        return self._hosts

    def _first(self, start: Start) -> list[Region]:
        """Return the regions to start from: ``execute``, and what holds it when it uses `this`."""
        path = self._places.path(start.start, start.end)
        node = _outermost(path)
        path = path[: path.index(node) + 1]
        regions = [self._linker.region(node, self._places.around(path[:-1]))]
        if _THIS.search(self._tree.text, node.start_byte, node.end_byte):
            for depth in range(len(path) - 2, -1, -1):
                if path[depth].kind_id in _HOLDERS:
                    regions.append(
                        self._linker.region(path[depth], self._places.around(path[:depth]))
                    )
                    break
        return regions

    def _followed(self, start: Start, whole: Finds, *, changes: bool = False) -> list[Region]:
        """Return all regions that can be reached from a start.

        With ``changes`` they include functions that change what a reached name holds.
        """
        found = self._first(start)
        seen = set(map(id, found))
        for region in found:  # grows during the loop
            self._visits.take()
            if not self._visits.left or len(found) >= self._max_regions:
                break
            self._linker.link(region)
            links = region.links
            for awaited in region.awaited:
                links = [*links, *self._handed(start, awaited, whole)]
            if changes:
                links = [*links, *self._changing(region, whole)]
            for link in links:
                if id(link) not in seen:
                    seen.add(id(link))
                    found.append(link)
        return found

    def _changing(self, region: Region, whole: Finds) -> list[Region]:
        """Return the functions that change what the names of a region hold."""
        found: list[Region] = []
        for scope, name in region.held:
            functions, complete = self._changes.of(scope, name)
            found += [self._linker.standing(function) for function in functions]
            if not complete:
                whole.gap(LIMIT, region.node.start_byte)
        return found

    def _handed(self, start: Start, awaited: Awaited, whole: Finds) -> list[Region]:
        """Return what the call that made the tool passes to a function around a region."""
        spans = start.handed.get(awaited.function)
        if spans is None:
            if awaited.called_at >= 0:
                whole.gap(HANDED, awaited.called_at)
            return []
        if awaited.index >= len(spans):
            return []
        path = self._places.path(*spans[awaited.index])
        return self._linker.argument(_outermost(path), awaited.keys)


def _outermost(path: list[Node]) -> Node:
    """Return the largest node at the end of a path that has the same range."""
    node = path[-1]
    for each in reversed(path):
        if each.start_byte != node.start_byte or each.end_byte != node.end_byte:
            break
        node = each
    return node


def _listed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:MAX_NAMES])
