"""Which environment variables a bundle reads by name while it loads, outside of any function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.env_names import (
    BEFORE_CHARS,
    MAX_MENTIONS,
    env_names,
    is_taken_apart,
    mentions,
    own_name,
    pattern_before,
)
from services.executor.bundle.reach.regions import Node

MAX_NAMES: Final = 12
MAX_DEPTH: Final = 200
MAX_KEYS: Final = 100
# Read by many programs and packages, and rarely given by anybody.
_USUAL: Final = frozenset(
    {
        "CI", "COLORTERM", "DEBUG", "DEBUG_COLORS", "FORCE_COLOR", "HOME", "LANG", "LOG_LEVEL",
        "NODE_DEBUG", "NODE_ENV", "NO_COLOR", "PATH", "PWD", "SHELL", "TERM", "TERM_PROGRAM", "TZ",
        "USER",
    }
)  # fmt: skip
_TEXTS: Final = frozenset({"comment", "string", "string_fragment", "template_string", "regex"})
# Not what is only set.
_READ: Final = r"(?!\s*=[^=>])(?![\w$])"
_MEMBER: Final = re.compile(
    rf"(?:(?:\?\.|\.)([A-Za-z_]\w*)|(?:\?\.)?\[\s*[\"']([A-Za-z_]\w*)[\"']\s*\]){_READ}"
)
_KEY: Final = re.compile(r"(?:\?\.)?\[\s*([A-Za-z_$][\w$]*)\s*\]")
_COMPUTED: Final = re.compile(r"(?:\?\.)?\[(?![^\[\]]{0,200}\]\s*=[^=>])")
_IN: Final = re.compile(r"[\"']([A-Za-z_]\w*)[\"']\s+in\s+(?:globalThis\.)?$")
_DELETED: Final = re.compile(r"\bdelete\s+(?:globalThis\.)?$")
_GIVEN: Final = re.compile(r"\s*[,)}]")
_TAKEN_NAME: Final = re.compile(r"(?:^|,)\s*([A-Za-z_]\w*)\s*(?=[:,=]|$)")
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_PROCESS_TAKEN: Final = re.compile(r"process(?<![\w$]process)(?![\w$?.\[(\"'])")
_ENV_OF_PATTERN: Final = re.compile(r"\benv\s*:\s*\{([^{}]*)\}\s*(?:,|$)")


def names_read_at_load(root: ConcreteNode, text: str) -> list[tuple[str, int]]:
    """Return the names, each with the place of its first read; at most 12.

    Seen are members of the environment under any of its names, what patterns take from it, what
    functions read that are given a name, names in lists that are gone through, and the keys of
    schemas that it is checked by. The name is "" where it is computed.
    """
    found: dict[str, int] = {}
    for name, place in _reads(root, text):
        if len(found) >= MAX_NAMES:
            break
        if name not in found and name not in _USUAL and _runs_at_load(root, place):
            found[name] = place
    return list(found.items())


def _reads(root: ConcreteNode, text: str) -> Iterator[tuple[str, int]]:
    names = env_names(text)
    spans = {
        alias: span
        for alias in names.aliases
        if (span := _span(root, alias.place, len(text))) is not None
    }
    for found, is_alias in mentions(names, spans, text):
        for name, place in _reads_of(root, text, found):
            if not is_alias or not name or _VARIABLE.fullmatch(name):
                yield name, place
    for whole in islice(_PROCESS_TAKEN.finditer(text), MAX_MENTIONS):
        if is_taken_apart(text[max(0, whole.start() - BEFORE_CHARS) : whole.start()]):
            inner = _ENV_OF_PATTERN.search(pattern_before(text, whole.start()) or "")
            for each in _TAKEN_NAME.finditer(inner[1] if inner is not None else ""):
                yield each[1], whole.start()


def _span(root: ConcreteNode, place: int, length: int) -> tuple[int, int] | None:
    """Return where an alias counts; None if it is not made while the bundle loads."""
    if not _runs_at_load(root, place, in_texts=True):
        return None
    node = _node_at(root, place)
    function = None if node is None else _function_of(node)
    return (0, length) if function is None else (function.start_byte, function.end_byte)


def _reads_of(root: ConcreteNode, text: str, found: re.Match[str]) -> Iterator[tuple[str, int]]:
    """Yield what is read of an expression that is the environment, each with its place."""
    at, end = found.span()
    before = text[max(0, at - BEFORE_CHARS) : at]
    # Not within the text that names a module.
    place = end - 1 if before.endswith(("'", '"', ":")) else at
    member = _MEMBER.match(text, end)
    if member is not None:
        if _DELETED.search(before) is None:
            yield member[1] or member[2], place
        return
    asked = _IN.search(before)
    if asked is not None:
        yield asked[1], place
    key = _KEY.match(text, end)
    if key is not None:
        told = [
            *_told_to_readers(root, text, at, key[1]),
            *_listed_keys(root, text, at, key[1]),
            *_given_at_once(root, text, at, key[1]),
        ]
        yield from told or [("", place)]
    elif _COMPUTED.match(text, end) is not None:
        yield "", place
    elif is_taken_apart(before):
        for each in _TAKEN_NAME.finditer(pattern_before(text, at) or ""):
            yield each[1], place
    elif _GIVEN.match(text, end) and _runs_at_load(root, place):
        for name in _keys_beside(root, text, place):
            yield name, place


def _node_at(root: ConcreteNode, place: int) -> Node | None:
    return root.named_descendant_for_byte_range(place, place + 1)


def _told_to_readers(
    root: ConcreteNode, text: str, place: int, key: str
) -> Iterator[tuple[str, int]]:
    """Yield the names that calls give to the function that reads ``env[key]``."""
    node = _node_at(root, place)
    function = None if node is None else _function_of(node)
    if function is None:
        return
    first = _first_parameter(function, text)
    named = function.child_by_field_name("name")
    parent = function.parent
    if named is None and parent is not None and parent.kind_id == grammar.DECLARATOR:
        named = parent.child_by_field_name("name")
    if named is None or re.match(rf"{re.escape(key)}(?![\w$])", first) is None:
        return
    name = own_name(text[named.start_byte : named.end_byte])
    calls = re.finditer(rf"{name}\(\s*[\"']([A-Za-z_]\w*)[\"']", text)
    for call in islice(calls, MAX_MENTIONS):
        yield call[1], call.start()


def _listed_keys(root: ConcreteNode, text: str, place: int, key: str) -> Iterator[tuple[str, int]]:
    """Yield the names of a list that ``for (const key of [...])`` or ``[...].map`` goes through."""
    node = _node_at(root, place)
    for _ in range(MAX_DEPTH):
        if node is None or node.kind_id == grammar.PROGRAM:
            return
        listed = None
        if node.kind_id == grammar.FOR_IN:
            listed = _side(node, text, key)
        elif node.kind_id in grammar.FUNCTIONS:
            if node.parent is None or _first_parameter(node, text) != key:
                return
            listed = _gone_through(node.parent.parent)
        if listed is not None:
            yield from _texts_of(root, text, listed)
            return
        node = node.parent


def _given_at_once(
    root: ConcreteNode, text: str, place: int, key: str
) -> Iterator[tuple[str, int]]:
    """Yield the name that the function that reads ``env[key]`` is called at once with.

    Minifiers write a function that is called in one place there, with its object of options:
    ``(function ({name: key}) {...})({name: "A"})``.
    """
    node = _node_at(root, place)
    function = None if node is None else _function_of(node)
    call = None if function is None else _immediate_call(function)
    given = None if call is None else call.child_by_field_name("arguments")
    if function is None or given is None or not given.named_children:
        return
    argument = given.named_children[0]
    if argument.kind_id == grammar.OBJECT:
        parameters = function.child_by_field_name("parameters")
        taken = "" if parameters is None else text[parameters.start_byte : parameters.end_byte]
        option = re.search(rf"[{{,]\s*(?:(\w+)\s*:\s*)?{re.escape(key)}\s*[=,}}]", taken)
        named = "" if option is None else option[1] or key
        for pair in argument.named_children:
            if pair.kind_id == grammar.PAIR and _text(pair.named_children[0], text) == named:
                argument = pair.named_children[-1]
    elif _first_parameter(function, text) != key:
        return
    if argument.kind_id == grammar.STRING:
        yield _text(argument, text)[1:-1], place


def _text(node: Node, text: str) -> str:
    return text[node.start_byte : node.end_byte]


def _side(loop: Node, text: str, key: str) -> Node | None:
    """Return the list of ``for (const key of list)``."""
    left, right = loop.child_by_field_name("left"), loop.child_by_field_name("right")
    if left is None or right is None or text[left.start_byte : left.end_byte] != key:
        return None
    return right


def _first_parameter(function: Node, text: str) -> str:
    parameters = function.child_by_field_name("parameters") or function.child_by_field_name(
        "parameter"
    )
    if parameters is None:
        return ""
    return text[parameters.start_byte : parameters.end_byte].strip("( )").partition(",")[0].strip()


def _gone_through(call: Node | None) -> Node | None:
    """Return the list of ``list.map(function)``."""
    if call is None or call.kind_id != grammar.CALL:
        return None
    callee = call.named_children[0]
    return callee.named_children[0] if callee.kind_id == grammar.MEMBER else None


def _texts_of(root: ConcreteNode, text: str, listed: Node) -> Iterator[tuple[str, int]]:
    """Yield the texts of an array, also if a variable holds it, each with the place of its use."""
    place, array = listed.start_byte, listed
    if listed.kind_id == grammar.IDENTIFIER:
        name = own_name(text[listed.start_byte : listed.end_byte])
        defined = re.search(rf"{name}\s*=\s*(?=\[)", text)
        found = None if defined is None else _node_at(root, defined.end())
        if found is None:
            return
        array = found
    if array.kind_id != grammar.ARRAY:
        return
    for each in islice(array.named_children, MAX_KEYS):
        if each.kind_id == grammar.STRING:
            yield text[each.start_byte + 1 : each.end_byte - 1], place


def _keys_beside(root: ConcreteNode, text: str, place: int) -> Iterator[str]:
    """Yield the names in the objects that a call gets beside the environment.

    As in ``cleanEnv(process.env, {KEY: str()})``; or that its receiver was made with, as in
    ``z.object({KEY: z.string()}).parse(process.env)``.
    """
    node = _node_at(root, place)
    for _ in range(MAX_DEPTH):
        if node is None or node.kind_id in grammar.FUNCTIONS or node.kind_id == grammar.PROGRAM:
            return
        if node.kind_id == grammar.ARGUMENTS:
            break
        node = node.parent
    if node is None or node.parent is None:
        return
    objects = [each for each in node.named_children if each.kind_id == grammar.OBJECT]
    made_by: Node | None = node.parent
    for _ in range(MAX_DEPTH):
        made_by = None if made_by is None else _receiver(root, text, made_by)
        given = None if made_by is None else made_by.child_by_field_name("arguments")
        if given is not None:
            objects += [each for each in given.named_children if each.kind_id == grammar.OBJECT]
    yield from islice(_keys(objects, text), MAX_KEYS)


def _receiver(root: ConcreteNode, text: str, node: Node) -> Node | None:
    """Return what a call's method is of: the call that made it, also if a variable holds it."""
    if node.kind_id != grammar.CALL:
        return None
    callee = node.named_children[0]
    receiver = callee.named_children[0] if callee.kind_id == grammar.MEMBER else None
    if receiver is None or receiver.kind_id != grammar.IDENTIFIER:
        return receiver
    name = own_name(text[receiver.start_byte : receiver.end_byte])
    defined = re.search(rf"{name}\s*=\s*(?=[\w$])", text)
    value = None if defined is None else _node_at(root, defined.end())
    while value is not None and value.parent is not None:
        if value.parent.kind_id == grammar.DECLARATOR:
            break
        value = value.parent
        if value.kind_id in grammar.FUNCTIONS:
            return None
    return value


def _keys(objects: list[Node], text: str) -> Iterator[str]:
    """Yield the keys that are names of variables, also of objects in the objects."""
    for each in [*objects, *(inner for outer in objects for inner in _inner(outer))]:
        for pair in each.named_children:
            key = pair.named_children[0] if pair.kind_id == grammar.PAIR else None
            name = "" if key is None else text[key.start_byte : key.end_byte].strip("\"'")
            if _VARIABLE.fullmatch(name):
                yield name


def _inner(outer: Node) -> Iterator[Node]:
    for pair in outer.named_children:
        if pair.kind_id == grammar.PAIR and pair.named_children[-1].kind_id == grammar.OBJECT:
            yield pair.named_children[-1]


def _function_of(node: Node) -> Node | None:
    """Return the innermost function around a node, None outside of any."""
    found: Node | None = node
    for _ in range(MAX_DEPTH):
        if found is None or found.kind_id == grammar.PROGRAM:
            return None
        if found.kind_id in grammar.FUNCTIONS:
            return found
        found = found.parent
    return None


def _runs_at_load(root: ConcreteNode, place: int, *, in_texts: bool = False) -> bool:
    node = _node_at(root, place)
    if node is None or (node.type in _TEXTS and not in_texts):
        return False
    for _ in range(MAX_DEPTH):
        if node is None or node.kind_id == grammar.PROGRAM:
            return node is not None
        if node.kind_id in grammar.FUNCTIONS and _immediate_call(node) is None:
            return False
        node = node.parent
    return False


def _immediate_call(function: Node) -> Node | None:
    """Return the call of a function that is called where it is written, ``(() => {...})()``."""
    node, parent = function, function.parent
    while parent is not None and parent.kind_id == grammar.PARENTHESES:
        node, parent = parent, parent.parent
    if parent is None or parent.kind_id != grammar.CALL:
        return None
    return parent if parent.named_children[0].id == node.id else None
