"""Calls that load modules: `require`, what bundlers put in its place, and webpack's own modules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.definitions import Definitions
from services.executor.bundle.reach.env_names import own_name
from services.executor.bundle.reach.facts import ANY, Call, Facts, Role
from services.executor.bundle.reach.finds import MODULES, Finds
from services.executor.bundle.reach.guest import node_name
from services.executor.bundle.reach.process_module import judge_in_place
from services.executor.bundle.reach.regions import Found, Names, Node, Region

_REQUIRE_PARAMETER = 2  # webpack's (module, exports, require) => {}
_HELPERS = (("n",), ("d",), ("r",), ("o",))
_SHIM_BYTES = 600
_SHIM_MARKS = ("Dynamic require of", "Calling `require` for")


class _Kind(Enum):
    GLOBAL = "global"
    OWN = "own"
    REQUIRE = "require"
    LOADER = "loader"
    HELPERS = "helpers"


@dataclass(frozen=True, slots=True)
class _Target:
    """What a called name is; a loader has the modules it loads, by key."""

    kind: _Kind
    modules: dict[str, Node]
    scope: Definitions | None = None


class Loaders:
    """Classifies the calls of one region that load modules."""

    def __init__(self, names: Names, region: Region) -> None:
        self._names = names
        self._region = region
        self._targets: dict[str, _Target] = {}
        self._unknown: set[str] = set()

    def __repr__(self) -> str:
        """Show which names were met."""
        return f"Loaders({', '.join(self._targets)})"

    def load_own(self, facts: Facts) -> None:
        """Follow what a webpack module loads with its own parameter."""
        if not facts.loads:
            return
        region = self._region
        modules = _siblings(region.node, self._names.text)
        for arguments, at in facts.loads if modules else ():
            given = arguments.named_children
            module = modules.get(_key(given[0], self._names.text)) if given else None
            if module is None:
                region.finds.gap(MODULES, at)
            else:
                region.links.append(self._names.region(module, region.scope))

    def takes(self, call: Call) -> bool:
        """Note what a call loads, and tell whether it does nothing else."""
        name, chain = call.target.name, call.target.chain
        target = self._target(name)
        if target.kind is _Kind.HELPERS:
            return chain in _HELPERS
        if target.kind in (_Kind.GLOBAL, _Kind.OWN) or chain not in ((), ("n",), ("d",), ("r",)):
            return False
        given = call.arguments.named_children if call.arguments is not None else []
        if target.kind is _Kind.REQUIRE:
            load(self._names, given[0] if given else None, self._region.finds, call.at)
            return True
        if chain:
            return True
        module = target.modules.get(_key(given[0], self._names.text)) if given else None
        if module is None:
            self._unknown.add(name)
            return False
        self._region.links.append(self._names.region(module, target.scope))
        return True

    def done(self, facts: Facts) -> set[str]:
        """Return the names that need no more following."""
        found: set[str] = set()
        for name, target in self._targets.items():
            mentioned = facts.free.get(name, ())
            if target.kind is _Kind.REQUIRE or (
                target.kind is _Kind.HELPERS and all(each.chain in _HELPERS for each in mentioned)
            ):
                found.add(name)
            elif target.kind is _Kind.LOADER and name not in self._unknown:
                handed_on = any(
                    mention.role is Role.VALUE and not mention.chain for mention in mentioned
                )
                if not handed_on:
                    found.add(name)
        return found

    def _target(self, name: str) -> _Target:
        target = self._targets.get(name)
        if target is None:
            target = self._targets[name] = self._judged(name)
        return target

    def _judged(self, name: str) -> _Target:
        found = self._names.lookup(self._region.scope, name)
        if found.is_global:
            return _Target(_Kind.GLOBAL, {})
        if found.parameter == _REQUIRE_PARAMETER and found.at is not None:
            modules = _siblings(found.at.node, self._names.text)
            if modules:
                return _Target(_Kind.LOADER, modules, found.at.parent)
        if len(found.values) != 1:
            return _Target(_Kind.OWN, {})
        where, definition = found.values[0]
        if definition.value is None:
            return _Target(_Kind.OWN, {})
        if self._is_helpers(definition.value, name):
            return _Target(_Kind.HELPERS, {})
        if self._is_require(definition.value):
            return _Target(_Kind.REQUIRE, {})
        return self._loader(definition.value, where)

    def _is_helpers(self, value: Node, name: str) -> bool:
        """Tell whether a value is webpack's `{}` that gets helpers and loads no modules."""
        if value.kind_id != grammar.OBJECT or value.named_children:
            return False
        helper = re.compile(rf"{own_name(name)}\.[dn]\s*=\s*(?:\(|function|\w+\s*=>)")
        return helper.search(self._names.text, value.end_byte) is not None

    def _is_require(self, value: Node) -> bool:
        text = self._names.text[
            value.start_byte : min(value.end_byte, value.start_byte + _SHIM_BYTES)
        ]
        if any(mark in text for mark in _SHIM_MARKS):
            return True
        return value.kind_id == grammar.CALL and text.endswith("(import.meta.url)")

    def _loader(self, value: Node, where: Definitions) -> _Target:
        """Return webpack's `function r(key) { ... modules[key](...) ... }` as a loader."""
        own = _Target(_Kind.OWN, {})
        if (
            value.kind_id not in grammar.FUNCTIONS
            or value.end_byte - value.start_byte > _SHIM_BYTES
        ):
            return own
        region = self._names.region(value, where)
        for name, mentions in self._names.facts(region).free.items():
            if not any(m.chain[:1] == (ANY,) and m.role is Role.CALLED for m in mentions):
                continue
            found: Found = self._names.lookup(where, name)
            if len(found.values) == 1 and found.values[0][1].value is not None:
                scope, definition = found.values[0]
                assert definition.value is not None
                modules = _functions_of(definition.value, self._names.text)
                if modules:
                    return _Target(_Kind.LOADER, modules, scope)
        return own


def load(names: Names, argument: Node | None, finds: Finds, at: int) -> None:
    """Note the module that an argument names."""
    text = None if argument is None else literal_text(argument, names.text)
    if text is None:
        finds.gap(MODULES, at)
    else:
        finds.module(text, at)
        if node_name(text) == "node:process":
            judge_in_place(argument, finds, names.text)


def literal_text(node: Node, text: str) -> str | None:
    """Return the text of a string, or of a template without expressions, else None."""
    whole = text[node.start_byte : node.end_byte]
    if node.kind_id == grammar.STRING or (node.kind_id == grammar.TEMPLATE and "${" not in whole):
        return whole[1:-1]
    return None


def _siblings(function: Node, text: str) -> dict[str, Node]:
    """Return the functions of the object that holds ``function`` under a key."""
    parent = function.parent
    if parent is not None and parent.kind_id == grammar.PAIR:
        parent = parent.parent
    elif function.kind_id != grammar.METHOD:
        return {}
    return {} if parent is None else _functions_of(parent, text)


def _functions_of(node: Node, text: str) -> dict[str, Node]:
    if node.kind_id != grammar.OBJECT:
        return {}
    found: dict[str, Node] = {}
    for each in node.named_children:
        if each.kind_id == grammar.METHOD:
            name = each.child_by_field_name("name")
            if name is not None:
                found[_key(name, text)] = each
        elif each.kind_id == grammar.PAIR:
            key, value = each.named_children[0], each.named_children[-1]
            if value.kind_id in grammar.FUNCTIONS:
                found[_key(key, text)] = value
    return found


def _key(node: Node, text: str) -> str:
    return text[node.start_byte : node.end_byte].strip("\"'`")
