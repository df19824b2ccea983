"""Which environment variables a bundle reads by name while it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

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
from services.executor.bundle.reach.load_time import (
    LoadTime,
    around,
    function_of,
    immediate_call,
    name_of,
)
from services.executor.bundle.reach.regions import Node
from services.executor.bundle.reach.schema_keys import VARIABLE, keys_beside

MAX_NAMES: Final = 12
MAX_PLACES: Final = 8
MAX_KEYS: Final = 100
# Read by many programs and packages, and rarely given by anybody.
_USUAL: Final = frozenset(
    {
        "CI", "COLORTERM", "DEBUG", "DEBUG_COLORS", "FORCE_COLOR", "HOME", "LANG", "LOG_LEVEL",
        "NODE_DEBUG", "NODE_ENV", "NO_COLOR", "OSTYPE", "PATH", "PWD", "SHELL", "TERM",
        "TERM_PROGRAM", "TZ", "USER", "WS_NO_BUFFER_UTIL", "WS_NO_UTF_8_VALIDATE",
    }
)  # fmt: skip
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
_PROCESS_TAKEN: Final = re.compile(r"process(?<![\w$]process)(?![\w$?.\[(\"'])")
_ENV_OF_PATTERN: Final = re.compile(r"\benv\s*:\s*\{([^{}]*)\}\s*(?:,|$)")


def names_read_at_load(time: LoadTime) -> list[tuple[str, list[int]]]:
    """Return the names, each with the places of its first reads; at most 12.

    Seen are members of the environment under any of its names, what patterns take from it, what
    functions read that are given a name, names in lists that are gone through, and the keys of
    schemas that it is checked by. The name is "" where it is computed.
    """
    found: dict[str, list[int]] = {}
    for name, place in _reads(time):
        places = found.get(name, [])
        if name in _USUAL or len(places) >= MAX_PLACES or (not places and len(found) >= MAX_NAMES):
            continue
        if time.runs(place, by_name=name != ""):
            found.setdefault(name, places).append(place)
    return list(found.items())


def _reads(time: LoadTime) -> Iterator[tuple[str, int]]:
    names = env_names(time.text)
    spans = {
        alias: span for alias in names.aliases if (span := _span(time, alias.place)) is not None
    }
    for found, is_alias in mentions(names, spans, time.text):
        for name, place in _reads_of(time, found):
            if not is_alias or not name or VARIABLE.fullmatch(name):
                yield name, place
    for whole in islice(_PROCESS_TAKEN.finditer(time.text), MAX_MENTIONS):
        if is_taken_apart(time.text[max(0, whole.start() - BEFORE_CHARS) : whole.start()]):
            inner = _ENV_OF_PATTERN.search(pattern_before(time.text, whole.start()) or "")
            for each in _TAKEN_NAME.finditer(inner[1] if inner is not None else ""):
                yield each[1], whole.start()


def _span(time: LoadTime, place: int) -> tuple[int, int] | None:
    """Return where an alias counts; None if it is not made while the bundle loads."""
    if not time.runs(place, in_texts=True):
        return None
    node = time.node_at(place)
    function = None if node is None else function_of(node)
    return (0, len(time.text)) if function is None else (function.start_byte, function.end_byte)


def _reads_of(time: LoadTime, found: re.Match[str]) -> Iterator[tuple[str, int]]:
    """Yield what is read of an expression that is the environment, each with its place."""
    at, end = found.span()
    before = time.text[max(0, at - BEFORE_CHARS) : at]
    # Not within the text that names a module.
    place = end - 1 if before.endswith(("'", '"', ":")) else at
    member = _MEMBER.match(time.text, end)
    if member is not None:
        if _DELETED.search(before) is None:
            yield member[1] or member[2], place
        return
    asked = _IN.search(before)
    if asked is not None:
        yield asked[1], place
    key = _KEY.match(time.text, end)
    if key is not None:
        told = [
            *_told_to_readers(time, at, key[1]),
            *_listed_keys(time, at, key[1]),
            *_given_at_once(time, at, key[1]),
        ]
        yield from told or [("", place)]
    elif _COMPUTED.match(time.text, end) is not None:
        yield "", place
    elif is_taken_apart(before):
        for each in _TAKEN_NAME.finditer(pattern_before(time.text, at) or ""):
            yield each[1], place
    elif _GIVEN.match(time.text, end) and time.runs(place):
        for name, _ in islice(keys_beside(time, place), MAX_KEYS):
            yield name, place


def _told_to_readers(time: LoadTime, place: int, key: str) -> Iterator[tuple[str, int]]:
    """Yield the names that calls give to the function that reads ``env[key]``."""
    node = time.node_at(place)
    function = None if node is None else function_of(node)
    named = None if function is None else name_of(function, time.text)
    if function is None or named is None:
        return
    parameters = function.child_by_field_name("parameters")
    taken = [function] if parameters is None else parameters.named_children
    is_key = re.compile(rf"{re.escape(key)}(?![\w$])")
    at = next((at for at, each in enumerate(taken) if is_key.match(time.text_of(each))), None)
    calls = re.finditer(rf"{own_name(time.text_of(named))}(?=\()", time.text)
    if at is None:
        return
    for call in islice(calls, MAX_MENTIONS):
        given = time.arguments_at(call.start(), call.end())
        if at < len(given) and given[at].kind_id == grammar.STRING:
            yield time.text_of(given[at])[1:-1], call.start()


def _listed_keys(time: LoadTime, place: int, key: str) -> Iterator[tuple[str, int]]:
    """Yield the names of a list that ``for (const key of [...])`` or ``[...].map`` goes through."""
    for node in around(time.node_at(place)):
        listed = None
        if node.kind_id == grammar.FOR_IN:
            listed = _side(time, node, key)
        elif node.kind_id in grammar.FUNCTIONS:
            if node.parent is None or _first_parameter(time, node) != key:
                return
            listed = _gone_through(node.parent.parent)
        if listed is not None:
            yield from _texts_of(time, listed)
            return


def _given_at_once(time: LoadTime, place: int, key: str) -> Iterator[tuple[str, int]]:
    """Yield the name that the function that reads ``env[key]`` is called at once with.

    Minifiers write a function that is called in one place there, with its object of options:
    ``(function ({name: key}) {...})({name: "A"})``.
    """
    node = time.node_at(place)
    function = None if node is None else function_of(node)
    call = None if function is None else immediate_call(function)
    given = None if call is None else call.child_by_field_name("arguments")
    if function is None or given is None or not given.named_children:
        return
    argument = given.named_children[0]
    if argument.kind_id == grammar.OBJECT:
        parameters = function.child_by_field_name("parameters")
        taken = "" if parameters is None else time.text_of(parameters)
        option = re.search(rf"[{{,]\s*(?:(\w+)\s*:\s*)?{re.escape(key)}\s*[=,}}]", taken)
        named = "" if option is None else option[1] or key
        for pair in argument.named_children:
            if pair.kind_id == grammar.PAIR and time.text_of(pair.named_children[0]) == named:
                argument = pair.named_children[-1]
    elif _first_parameter(time, function) != key:
        return
    if argument.kind_id == grammar.STRING:
        yield time.text_of(argument)[1:-1], place


def _side(time: LoadTime, loop: Node, key: str) -> Node | None:
    """Return the list of ``for (const key of list)``."""
    left, right = loop.child_by_field_name("left"), loop.child_by_field_name("right")
    if left is None or right is None or time.text_of(left) != key:
        return None
    return right


def _first_parameter(time: LoadTime, function: Node) -> str:
    parameters = function.child_by_field_name("parameters") or function.child_by_field_name(
        "parameter"
    )
    taken = "" if parameters is None else time.text_of(parameters)
    return taken.strip("( )").partition(",")[0].strip()


def _gone_through(call: Node | None) -> Node | None:
    """Return the list of ``list.map(function)``."""
    if call is None or call.kind_id != grammar.CALL:
        return None
    callee = call.named_children[0]
    return callee.named_children[0] if callee.kind_id == grammar.MEMBER else None


def _texts_of(time: LoadTime, listed: Node) -> Iterator[tuple[str, int]]:
    """Yield the texts of an array, also if a variable holds it, each with the place of its use."""
    place, array = listed.start_byte, listed
    if listed.kind_id == grammar.IDENTIFIER:
        name = own_name(time.text_of(listed))
        defined = re.search(rf"{name}\s*=\s*(?=\[)", time.text)
        found = None if defined is None else time.node_at(defined.end())
        if found is None:
            return
        array = found
    if array.kind_id != grammar.ARRAY:
        return
    for each in islice(array.named_children, MAX_KEYS):
        if each.kind_id == grammar.STRING:
            yield time.text_of(each)[1:-1], place
