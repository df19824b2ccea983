"""The variables that a schema of the whole environment names, and which of them it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.env_names import own_name
from services.executor.bundle.reach.load_time import LoadTime, around
from services.executor.bundle.reach.regions import Node

VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]*")
MAX_OBJECTS: Final = 40
MAX_NESTED: Final = 6
_OPTIONAL: Final = re.compile(
    r"[.\b](?:optional|nullish|default|catch|prefault|nullable|fallback|exactOptional)\(|"
    r"\bcoerce\.(?:boolean|string)\(|\b(?:any|unknown)\(\)|\b(?:devDefault|default)\s*:|"
    r"\b(?:optional|nullish)\("
)


def keys_beside(time: LoadTime, place: int) -> Iterator[tuple[str, Node]]:
    """Yield the names in the objects that a call gets beside the environment, with their values.

    As in ``cleanEnv(process.env, {KEY: str()})``; or that its receiver was made with, as in
    ``z.object({KEY: z.string()}).parse(process.env)``.
    """
    call = call_of(time, place)
    if call is None:
        return
    for each in _objects(time, call, set(), MAX_NESTED):
        for pair in each.named_children:
            key = pair.named_children[0] if pair.kind_id == grammar.PAIR else None
            name = "" if key is None else time.text_of(key).strip("\"'")
            if VARIABLE.fullmatch(name):
                yield name, pair.named_children[-1]


def is_asked_for(time: LoadTime, value: Node) -> bool:
    """Tell whether a schema's member must be there."""
    return _OPTIONAL.search(time.text_of(value)) is None


def call_of(time: LoadTime, place: int) -> Node | None:
    """Return the call that gets the expression at a place, maybe in an object."""
    for each in around(time.node_at(place)):
        if each.kind_id in grammar.FUNCTIONS:
            return None
        if each.kind_id == grammar.ARGUMENTS:
            return each.parent
    return None


def _objects(time: LoadTime, node: Node, seen: set[int], depth: int) -> Iterator[Node]:
    """Yield the objects that a call is given, or its receiver was made with, one in another."""
    if node.id in seen or len(seen) > MAX_OBJECTS or depth < 0:
        return
    seen.add(node.id)
    if node.kind_id == grammar.OBJECT:
        yield node
        inner = [pair.named_children[-1] for pair in node.named_children if pair.named_children]
        for each in inner:
            if each.kind_id == grammar.OBJECT:
                yield from _objects(time, each, seen, depth - 1)
    elif node.kind_id == grammar.CALL:
        callee, given = node.named_children[0], node.child_by_field_name("arguments")
        for each in [] if given is None else given.named_children:
            yield from _objects(time, each, seen, depth - 1)
        if callee.kind_id == grammar.MEMBER:
            yield from _objects(time, callee.named_children[0], seen, depth - 1)
    elif node.kind_id == grammar.IDENTIFIER:
        made = _defined(time, node)
        if made is not None:
            yield from _objects(time, made, seen, depth - 1)


def _defined(time: LoadTime, name: Node) -> Node | None:
    """Return the call or object that a variable is made with."""
    found = re.search(rf"{own_name(time.text_of(name))}\s*=\s*(?=[\w${{])", time.text)
    value = None if found is None else time.node_at(found.end())
    while value is not None and value.parent is not None:
        if value.parent.kind_id == grammar.DECLARATOR:
            return value if value.kind_id in (grammar.CALL, grammar.OBJECT) else None
        value = value.parent
        if value.kind_id in grammar.FUNCTIONS:
            return None
    return None
