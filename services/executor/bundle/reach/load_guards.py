"""Where a bundle's load fails without a variable: its guards, assertions and schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.env_names import own_name
from services.executor.bundle.reach.load_time import (
    MAX_DEPTH,
    LoadTime,
    around,
    function_of,
    immediate_call,
)
from services.executor.bundle.reach.regions import Node
from services.executor.bundle.reach.schema_keys import call_of, is_asked_for, keys_beside

MAX_USES: Final = 40
MAX_RENAMED: Final = 3
MAX_ENDING: Final = 4_000
_ENDS: Final = re.compile(r"\bthrow\b|\bprocess\.(?:exit|abort)\(|(?<![\w.$])exit\(")
_ASSERTS: Final = re.compile(
    r"(?:^|[.$\w])(?:assert|invariant|ok|required?|ensure|must|need)(?:[A-Z_]\w*)?\d*$",
    re.IGNORECASE,
)
_CHECKS: Final = re.compile(
    r"(?:^|\.)(?:parse|parseAsync|parseSync|validateSync|assert|\w*[eE]nv)$"
)
_REPORTS: Final = re.compile(r"(?:^|\.)(?:safeParse|safeParseAsync|safeParser|validate)$")
_NOTHING: Final = frozenset({"null", "undefined", "void 0", "''", "``", "0", "1", "'undefined'"})
_KEPT: Final = frozenset({"trim", "length", "toString", "success", "toLowerCase"})
_METHODS: Final = frozenset({"filter", "some", "find", "forEach", "map"})
_NEUTRAL: Final = frozenset({grammar.PARENTHESES, grammar.AWAIT, grammar.STATEMENT, grammar.ARRAY})
_PROCESS: Final = re.compile(r"(?:\bprocess|\benv|process[\"']\)+(?:\.default)?)$|^env$")
_CALLED: Final = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*)\(")


def failing_without(time: LoadTime, name: str, places: Iterable[int]) -> int | None:
    """Return where the load fails if a variable is not given; None if nothing says that it does.

    Args:
        time: the program.
        name: the variable.
        places: where it is read while the program loads.
    """
    found = (_failing_read(time, name, place) for place in places)
    return next((each for each in found if each is not None), None)


def _failing_read(time: LoadTime, name: str, place: int) -> int | None:
    node = time.node_at(place)
    if node is None or not name:
        return None
    found = next((value for key, value in keys_beside(time, place) if key == name), None)
    if found is None:
        failing = _failing_reader(time, node) or _failing(time, node, name, MAX_RENAMED)
    else:
        failing = _failing_schema(time, place) if is_asked_for(time, found) else None
    return None if failing is None or is_caught(time, failing) else failing


def _failing_schema(time: LoadTime, place: int) -> int | None:
    call = call_of(time, place)
    if call is None:
        return None
    callee = time.text_of(call.named_children[0])
    if _REPORTS.search(callee) is not None:
        return _failing(time, call, "", MAX_RENAMED)
    return call.start_byte if _CHECKS.search(callee) is not None else None


def _failing_reader(time: LoadTime, node: Node) -> int | None:
    """Return the call of a function that reads what it is told, and throws without it."""
    call = node.parent
    if node.kind_id != grammar.IDENTIFIER or call is None or call.kind_id != grammar.CALL:
        return None
    given = call.child_by_field_name("arguments")
    is_told = given is not None and [each.kind_id for each in given.named_children] == [
        grammar.STRING
    ]
    return _ending(time, call) if is_told else None


def is_caught(time: LoadTime, place: int) -> bool:
    """Tell whether a place is in a `try` whose handler goes on, at least without a file."""
    for node in around(time.node_at(place)):
        parent = node.parent
        if parent is not None and parent.kind_id == grammar.TRY and _is_field(parent, "body", node):
            handler = parent.child_by_field_name("handler")
            if handler is not None and (
                _ending(time, handler) is None or "ENOENT" in time.text_of(handler)
            ):
                return True
    return False


def _failing(
    time: LoadTime, read: Node, name: str, steps: int, *, is_missing: bool = False
) -> int | None:
    """Follow a value from where it is read to what fails without it.

    With ``is_missing`` it is a value that is true if the variable is not given.
    """
    node = read
    for _ in range(MAX_DEPTH):
        parent = node.parent
        if parent is not None and parent.kind_id == grammar.ARROW:
            node = immediate_call(parent) or node
            parent = None if node.kind_id != grammar.CALL else node.parent
        if parent is None or parent.kind_id in grammar.FUNCTIONS:
            return None
        if parent.kind_id == grammar.DECLARATOR:
            return _failing_variable(time, parent, name, steps, is_missing=is_missing)
        if parent.kind_id == grammar.ASSIGNMENT and _is_field(parent, "right", node):
            return _failing_variable(time, parent, name, steps, is_missing=is_missing)
        found = _judged(time, node, parent, is_missing=is_missing)
        if found is not None:
            return found
        kept = _kept(time, node, parent, name, is_missing=is_missing)
        if kept is None:
            return None
        is_missing, node = kept, parent
    return None


def _failing_variable(
    time: LoadTime, made: Node, name: str, steps: int, *, is_missing: bool
) -> int | None:
    """Follow the variable that a declaration or an assignment puts a value in."""
    target = made.named_children[0]
    names = [time.text_of(target)]
    if target.kind_id == grammar.OBJECT_PATTERN:
        names = list(_taken(time, target, name))
    elif target.kind_id != grammar.IDENTIFIER:
        return None
    outer = function_of(made)
    end = len(time.text) if outer is None else outer.end_byte
    for each in names if steps > 0 else ():
        uses = re.compile(own_name(each)).finditer(time.text, made.end_byte, end)
        for use in islice(uses, MAX_USES):
            node = time.node_at(use.start())
            if node is None or node.kind_id != grammar.IDENTIFIER or not time.runs(use.start()):
                continue
            found = _failing(time, node, "", steps - 1, is_missing=is_missing)
            if found is not None:
                return found
    return None


def _taken(time: LoadTime, pattern: Node, name: str) -> Iterator[str]:
    """Yield what a pattern calls the member ``name``; any name, if it is empty."""
    for each in pattern.named_children:
        if each.kind_id == grammar.SHORTHAND_TARGET and time.text_of(each) == name:
            yield name
        elif each.kind_id == grammar.PAIR_PATTERN:
            key, value = each.named_children[0], each.named_children[-1]
            if time.text_of(key).strip("\"'") == name and value.kind_id == grammar.IDENTIFIER:
                yield time.text_of(value)


def _judged(time: LoadTime, node: Node, parent: Node, *, is_missing: bool) -> int | None:
    """Return what ends the load in a parent of a value that is not there, if that is so."""
    if parent.kind_id in (grammar.IF, grammar.TERNARY):
        branch = parent.child_by_field_name("consequence" if is_missing else "alternative")
        return _ending(time, branch) if _is_field(parent, "condition", node) else None
    if parent.kind_id == grammar.BINARY and parent.named_children[0].id == node.id:
        fits = ("&&",) if is_missing else ("||", "??")
        return _ending(time, parent.named_children[-1]) if _operator(time, parent) in fits else None
    if parent.kind_id == grammar.ARGUMENTS and parent.parent is not None and not is_missing:
        callee = time.text_of(parent.parent.named_children[0])[-80:]
        is_first = parent.named_children[0].id == node.id
        return parent.parent.start_byte if is_first and _ASSERTS.search(callee) else None
    if parent.kind_id == grammar.CALL and node.kind_id == grammar.MEMBER:
        is_each = time.text_of(node).endswith((".forEach", ".map"))
        return _ending(time, parent.child_by_field_name("arguments")) if is_each else None
    if parent.kind_id == grammar.FOR_IN and _is_field(parent, "right", node):
        return _ending(time, parent.child_by_field_name("body"))
    return None


def _kept(time: LoadTime, node: Node, parent: Node, name: str, *, is_missing: bool) -> bool | None:
    """Return whether a parent is true if the value is missing; None if it says something else."""
    if parent.kind_id in _NEUTRAL:
        return is_missing
    if parent.kind_id == grammar.UNARY:
        operator = time.text[parent.start_byte : node.start_byte].strip()
        return {"!": not is_missing, "typeof": is_missing}.get(operator)
    if parent.kind_id in (grammar.MEMBER, grammar.SUBSCRIPT):
        is_kept = _is_kept_member(time, node, parent, name)
        return is_missing if is_kept else None
    if parent.kind_id == grammar.CALL and parent.named_children[0].id == node.id:
        return _kept_call(time, node, parent, is_missing=is_missing)
    if parent.kind_id == grammar.BINARY:
        return _kept_binary(time, node, parent, is_missing=is_missing)
    return None


def _kept_call(time: LoadTime, node: Node, call: Node, *, is_missing: bool) -> bool | None:
    """Return what ``_kept`` does of a method's call, also of a list of names."""
    method = time.text_of(node).rpartition(".")[2]
    given = time.text_of(call.named_children[-1])[:MAX_ENDING]
    if method in ("filter", "some", "find"):
        return "!" in given or "undefined" in given
    return is_missing if method in _KEPT else None


def _is_kept_member(time: LoadTime, node: Node, parent: Node, name: str) -> bool:
    """Tell whether a member is the variable itself, or is there only if it is."""
    if parent.named_children[0].id != node.id:
        return parent.kind_id == grammar.MEMBER
    key = time.text_of(parent.named_children[-1]).strip("\"'")
    if key in (name, "env", "default") or key in _KEPT or key in _METHODS:
        return True
    return _PROCESS.search(time.text_of(node)[-40:]) is not None


def _kept_binary(time: LoadTime, node: Node, parent: Node, *, is_missing: bool) -> bool | None:
    operator = _operator(time, parent)
    left, right = parent.named_children[0], parent.named_children[-1]
    other = time.text_of(right if left.id == node.id else left).replace('"', "'")
    if other in _NOTHING:
        return {
            "==": not is_missing, "===": not is_missing, "!=": is_missing, "!==": is_missing,
            ">": is_missing, "<": not is_missing, "??": is_missing, "||": is_missing,
        }.get(operator)  # fmt: skip
    return is_missing if operator == ("||" if is_missing else "&&") else None


def _operator(time: LoadTime, node: Node) -> str:
    left, right = node.named_children[0], node.named_children[-1]
    return time.text[left.end_byte : right.start_byte].strip(" ()\n\t")


def _is_field(parent: Node, field: str, node: Node) -> bool:
    found = parent.child_by_field_name(field)
    return found is not None and found.id == node.id


def _ending(time: LoadTime, node: Node | None) -> int | None:
    """Return where a branch ends the load by itself or by a function that it calls, if it does."""
    if node is None or node.end_byte - node.start_byte > MAX_ENDING:
        return None
    text = time.text_of(node)
    found = _ENDS.search(text)
    if found is not None:
        return node.start_byte + found.start()
    for call in islice(_CALLED.finditer(text), MAX_RENAMED):
        name = own_name(call[1])
        made = re.search(rf"\bfunction\s+{name}|{name}\s*=(?![=>])", time.text)
        function = None if made is None else time.node_at(made.end() - 1)
        for _ in range(MAX_RENAMED):
            is_made = function is None or function.kind_id in (
                *grammar.FUNCTIONS,
                grammar.DECLARATOR,
            )
            if is_made or function is None:
                break
            function = function.parent
        if function is None or function.kind_id == grammar.PROGRAM:
            continue
        size = function.end_byte - function.start_byte
        if size <= MAX_ENDING and _ENDS.search(time.text_of(function)):
            return node.start_byte + call.start()
    return None
