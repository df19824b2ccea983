"""How the regions of a bundle lead to each other: a region reaches what it mentions."""

from __future__ import annotations

from typing import TypeAlias

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.calls import judge_calls
from services.executor.bundle.reach.definitions import Definition, Definitions, Setting
from services.executor.bundle.reach.environment import judge_environment
from services.executor.bundle.reach.facts import (
    ANY,
    MAX_ALIASES,
    Chain,
    Facts,
    Mention,
    Role,
    plain_name,
)
from services.executor.bundle.reach.finds import (
    GLOBAL_OBJECTS,
    LIMIT,
    asked_for,
    is_well_known,
    judge_global,
    judge_module,
)
from services.executor.bundle.reach.places import Places
from services.executor.bundle.reach.process_module import process_member
from services.executor.bundle.reach.region import read_region
from services.executor.bundle.reach.regions import Awaited, Found, Plain, Region
from services.executor.bundle.reach.share import Share

Node: TypeAlias = ConcreteNode
Span: TypeAlias = tuple[int, int]


_EMPTY = frozenset({"null", "void 0", "undefined", "{}"})

# Links between regions for all tools together, and for any tool; see ``Share``.
MAX_LINKS, MIN_LINKS = 400_000, 1_000
# Nodes that are looked at for any tool.
MIN_NODES = 2_000


class Linker:
    """Links the regions of one bundle, each once.

    Args:
        places: finds places of the tree, and the names around them.
        max_nodes: nodes that may be looked at for all tools together; see ``Share``.
    """

    def __init__(self, places: Places, max_nodes: int) -> None:
        self.text = places.text
        self._places = places
        self._nodes = Share(max_nodes, MIN_NODES)
        self._links = Share(MAX_LINKS, MIN_LINKS)
        self._cut: list[Region] = []
        self._given: dict[tuple[int, int], list[Node]] = {}
        self._found: dict[tuple[int, str], Found] = {}
        self._assigned_once: dict[tuple[int, str], Region | None] = {}
        self._regions: dict[Span, Region] = {}

    def __repr__(self) -> str:
        """Show how many regions were met."""
        return f"Linker(regions={len(self._regions)}, {self._nodes!r})"

    def begin(self) -> None:
        """Begin with another tool, which has nodes and links of its own."""
        self._nodes.begin()
        self._links.begin()
        for region in self._cut:
            region.clear()
        self._cut.clear()

    def region(self, node: Node, scope: Definitions | None) -> Region:
        """Return the region of ``node``."""
        key = (node.start_byte, node.end_byte)
        found = self._regions.get(key)
        if found is None:
            found = self._regions[key] = Region(node, scope)
        return found

    def facts(self, region: Region) -> Facts:
        """Return what a region mentions, read once."""
        if region.facts is None:
            region.facts = read_region(region.node, self.text, self._nodes.left)
            self._nodes.take(region.facts.nodes)
            if not region.facts.complete:
                self._end_early(region)
        return region.facts

    def link(self, region: Region) -> None:
        """Find what the region reaches by itself, and the regions it leads to."""
        if region.linked:
            return
        region.linked = True
        facts = self.facts(region)
        skipped = judge_calls(self, region, facts)
        judge_environment(self, region, facts)
        for name, mentions in facts.free.items():
            if name not in skipped:
                self._follow(region, region.scope, name, mentions)

    def lookup(self, scope: Definitions | None, name: str) -> Found:
        """Return what ``name`` means inside ``scope``."""
        key = (id(scope), name)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._looked_up(scope, name)
        return found

    def _looked_up(self, scope: Definitions | None, name: str) -> Found:
        values: list[tuple[Definitions, Definition]] = []
        is_known = True
        while scope is not None:
            is_known = is_known and scope.complete
            here = scope.values.get(name)
            if here is not None:
                values += [(scope, each) for each in here]
                if not all(each.in_block for each in here):
                    return Found(scope, tuple(values))
            elif name in scope.modules:
                member = scope.imported.get(name, ())
                return Found(scope, tuple(values), module=scope.modules[name], member=member)
            elif name in scope.parameters:
                return Found(scope, tuple(values), parameter=scope.parameters[name])
            scope = scope.parent
        is_global = is_well_known(name) or (not values and is_known)
        return Found(None, tuple(values), is_global=is_global)

    def defining(self, scope: Definitions | None, name: str) -> Region | None:
        """Return the only region that defines ``name``; None when there is none or several."""
        found = self.lookup(scope, name)
        if len(found.values) != 1:
            return None
        where, definition = found.values[0]
        if definition.value is not None:
            return self.region(definition.value, where)
        key = (id(where), name)
        if key not in self._assigned_once:
            assigned, complete = self._places.assigned(where, name)
            only = assigned[0] if complete and len(assigned) == 1 else None
            self._assigned_once[key] = None if only is None else self.region(*only)
        return self._assigned_once[key]

    def plain(self, scope: Definitions | None, name: str, chain: Chain) -> Plain:
        """Return what ``name`` with its members is an alias for, seen from ``scope``."""
        for _ in range(MAX_ALIASES):
            found = self.lookup(scope, name)
            alias = self._alias(found.values[0][1]) if len(found.values) == 1 else None
            if alias is None:
                break
            scope, name, chain = found.values[0][0], alias[0], alias[1] + chain
        while name in GLOBAL_OBJECTS and chain and self.lookup(scope, name).is_global:
            name, chain = chain[0], chain[1:]
        return Plain(scope, name, chain)

    def _alias(self, definition: Definition) -> tuple[str, Chain] | None:
        """Return the root and members of a definition that is only an alias."""
        value = definition.value
        if value is None or ANY in definition.path:
            return None
        plain = plain_name(value, self.text)
        return None if plain is None else (plain[0], plain[1] + definition.path)

    def _follow(
        self,
        region: Region,
        around: Definitions | None,
        name: str,
        mentions: list[Mention],
        depth: int = 0,
    ) -> None:
        found = self.lookup(around, name)
        for scope, definition in found.values:
            alias = self._alias(definition)
            if alias is not None and depth < MAX_ALIASES:
                root, chain = alias
                known = [Mention(chain + m.chain, m.role, m.at) for m in mentions]
                self._follow(region, scope, root, known, depth + 1)
                self._all_settings(region, scope, name)
            else:
                self._define(region, scope, name, definition, mentions)
        if found.module:
            judge_module(found.module, found.member, mentions, region.finds)
        elif found.parameter >= 0 and found.at is not None:
            self._parameter(region, found.at, name, found.parameter, mentions)
        elif found.is_global:
            if name in ("module", "exports"):
                self._settings(region, self._outermost(around), name, mentions)
            facts = self.facts(region)
            if not facts.complete and not is_well_known(name):
                return  # it may be declared in the part that was not read
            asked = name in asked_for(facts.free)
            judge_global(name, mentions, region.finds, asked_for=asked)

    def _define(
        self,
        region: Region,
        scope: Definitions,
        name: str,
        definition: Definition,
        mentions: list[Mention],
    ) -> None:
        value = definition.value
        if value is None or value.kind_id not in grammar.FUNCTIONS:
            region.held.append((scope, name))
        text = "null" if value is None else self.text[value.start_byte : value.end_byte][:12]
        member = None if value is None else process_member(value, self.text)
        if member is not None:
            known = [Mention(member + definition.path + m.chain, m.role, m.at) for m in mentions]
            judge_module("node:process", (), known, region.finds)
        if value is not None and text not in _EMPTY:
            self._lead(region, self.region(value, scope))
            self._all_settings(region, scope, name)
            return
        if not scope.settings.get(name) or text == "null":
            assigned, complete = self._places.assigned(scope, name)
            for node, around in assigned:
                self._lead(region, self.region(node, around))
            if not complete:
                region.finds.gap(LIMIT, region.node.start_byte)
        self._settings(region, scope, name, mentions)

    def _lead(self, region: Region, to: Region) -> bool:
        """Let a region lead to another, while there is room; tell whether there was."""
        if not self._links.left:
            self._end_early(region)
            return False
        self._links.take()
        region.links.append(to)
        return True

    def _end_early(self, region: Region) -> None:
        """Say that a region was not followed to the end; the next tool begins with it anew."""
        region.finds.gap(LIMIT, region.node.start_byte)
        self._cut.append(region)

    def _all_settings(self, region: Region, scope: Definitions, name: str) -> None:
        for setting in scope.settings.get(name, ()):
            if not self._lead(region, self.region(setting.node, scope)):
                return

    def _settings(
        self, region: Region, scope: Definitions | None, name: str, mentions: list[Mention]
    ) -> None:
        """Follow what is set on an object that began empty; for a member, only its own values."""
        settings = scope.settings.get(name, []) if scope is not None else []
        for key in {mention.chain[0] if mention.chain else "" for mention in mentions}:
            if not key and all(m.role is not Role.VALUE for m in mentions if not m.chain):
                continue
            for setting in _of_key(settings, key):
                if not self._lead(region, self.region(setting.node, scope)):
                    return

    def _parameter(
        self, region: Region, scope: Definitions, name: str, index: int, mentions: list[Mention]
    ) -> None:
        self._settings(region, scope, name, mentions)
        given = self._given_at_once(scope.node, index)
        for node in given:
            self._lead(region, self.standing(node))
        if given or scope.settings.get(name):
            return
        called = [mention.at for mention in mentions if mention.role is Role.CALLED]
        keys = frozenset(mention.chain[0] if mention.chain else ANY for mention in mentions)
        at = called[0] if called else -1
        region.awaited.append(Awaited(scope.node.start_byte, index, keys, at))

    def standing(self, node: Node) -> Region:
        """Return the region of a node whose surroundings are not known yet."""
        return self.region(node, self._places.around(self._way_to(node)))

    def argument(self, node: Node, keys: frozenset[str]) -> list[Region]:
        """Return the regions of an argument when only some of its members are read."""
        if node.kind_id != grammar.OBJECT or ANY in keys:
            return [self.standing(node)]
        found: list[Region] = []
        for each in node.named_children:
            if each.kind_id not in (grammar.PAIR, grammar.METHOD):
                return [self.standing(node)]
            name = each.named_children[0]
            if self.text[name.start_byte : name.end_byte].strip("\"'") in keys:
                found.append(
                    self.standing(each.named_children[-1] if each.kind_id == grammar.PAIR else each)
                )
        return found

    def _way_to(self, node: Node) -> list[Node]:
        """Return the nodes around ``node``, without ``node`` itself."""
        path = self._places.path(node.start_byte, node.end_byte)
        return [each for each in path if each.id != node.id]

    def _given_at_once(self, function: Node, index: int) -> list[Node]:
        """Return the argument of ``(function (a) {...})(b)``."""
        key = (function.start_byte, function.end_byte)
        if key not in self._given:
            self._given[key] = self._arguments(function)
        return self._given[key][index : index + 1]

    def _arguments(self, function: Node) -> list[Node]:
        call = function.parent
        while call is not None and call.kind_id == grammar.PARENTHESES:
            call = call.parent
        if call is None or call.kind_id != grammar.CALL:
            return []
        arguments = call.named_children[-1]
        if arguments.start_byte < function.end_byte or arguments.kind_id != grammar.ARGUMENTS:
            return []
        return list(arguments.named_children)

    def _outermost(self, scope: Definitions | None) -> Definitions | None:
        while scope is not None and scope.parent is not None:
            scope = scope.parent
        return scope


def _of_key(settings: list[Setting], key: str) -> list[Setting]:
    """Return what may set member ``key``; for "" and for a computed member, all."""
    if key in ("", ANY):
        return settings
    own = [setting for setting in settings if setting.key in (key, None)]
    return own if any(setting.key == key for setting in own) else settings
