"""Which headers a bundle sends its environment variables in.

Each mention of a name in the bundle is followed to where its value goes: into a header of an object
of headers, into a test, or anywhere else. A result is given only where every mention ends in a
header or a test, since a secret that is bound to a header cannot be used otherwise.
"""

from __future__ import annotations

import re
from typing import Final

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.occurrences import occurrences
from services.executor.bundle.reach.regions import Node

MAX_MENTIONS: Final = 60
MAX_MET: Final = 2_000
MAX_STEPS: Final = 24
MAX_RENAMED: Final = 3
_HEADER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_HEADERS: Final = re.compile(r"headers$", re.IGNORECASE)
_IMPLEMENTED: Final = re.compile(r"(?:^|\.|_)Headers(?:Impl|\d)?$")
_KEEPS: Final = frozenset({"btoa", "String", "Buffer.from", "globalThis.btoa"})
_KEPT_BY: Final = frozenset({"trim", "toString"})
_SETS: Final = frozenset({"set", "append"})
_JOINS: Final = frozenset({"+", "??", "||"})
_TESTS: Final = frozenset({"==", "===", "!=", "!==", "<", ">", "in", "instanceof"})
_PARAMETERS: Final = grammar.kind("formal_parameters")
_IF: Final = grammar.kind("if_statement")
_NEUTRAL: Final = frozenset(
    {grammar.SUBSTITUTION, grammar.TEMPLATE, grammar.PARENTHESES, grammar.AWAIT}
)
_WRAPS: Final = frozenset(
    {grammar.PARENTHESES, grammar.SPREAD, grammar.OBJECT, grammar.TERNARY, grammar.BINARY}
    | {grammar.ARROW}
)
_CLASSES: Final = frozenset({grammar.CLASS, grammar.CLASS_DECLARATION})
_NAMED: Final = grammar.NAMED_FUNCTIONS | {grammar.CLASS_DECLARATION}
_SCOPES: Final = grammar.FUNCTIONS | {grammar.PROGRAM}


class _ElsewhereError(Exception):
    """A value goes somewhere it cannot be followed."""


class HeaderUses:
    """Follows names through one bundle.

    Args:
        root: the tree of the program.
        text: what it was made from.
    """

    def __init__(self, root: ConcreteNode, text: str) -> None:
        self._root = root
        self._source = text
        self._known: dict[str, set[str]] = {}

    def __repr__(self) -> str:
        """Show the size of the text."""
        return f"HeaderUses({len(self._source)})"

    def of(self, name: str) -> set[str]:
        """Return the headers in which ``name`` is sent, in lower case; none where it is unclear."""
        if name not in self._known:
            self._known[name] = self._followed(name)
        return self._known[name]

    def _followed(self, name: str) -> set[str]:
        found: set[str] = set()
        try:
            for place in self._mentions(name, 0, len(self._source)):
                found |= self._mentioned(name, place)
        except _ElsewhereError:
            return set()
        return found

    def _mentions(self, name: str, start: int, end: int) -> list[int]:
        """Return where a name occurs between two places."""
        places: list[int] = []
        for met, (at, is_word) in enumerate(occurrences(self._source, name, start, end), 1):
            if is_word:
                places.append(at)
            if len(places) > MAX_MENTIONS or met > MAX_MET:
                raise _ElsewhereError
        return places

    def _node(self, place: int) -> Node:
        node = self._root.named_descendant_for_byte_range(place, place + 1)
        if node is None:
            raise _ElsewhereError
        return node

    def _mentioned(self, name: str, place: int) -> set[str]:
        """Return the headers that one mention in the environment leads to."""
        node = self._node(place)
        parent = _parent(node)
        if parent.kind_id in (grammar.STRING, grammar.TEMPLATE):
            node, parent = parent, _parent(parent)
        number = node.kind_id
        if number in (grammar.STRING, grammar.TEMPLATE):
            if self._text(node)[1:-1] != name:
                return set()  # text for people
            if parent.kind_id == grammar.SUBSCRIPT:
                return self._sent(parent)
        elif number == grammar.PROPERTY_NAME and parent.kind_id == grammar.MEMBER:
            return self._sent(parent)
        elif number == grammar.PROPERTY_NAME and parent.kind_id == grammar.PAIR_PATTERN:
            return self._renamed(parent.named_children[-1], MAX_RENAMED)
        elif number == grammar.SHORTHAND_TARGET:
            return self._renamed(node, MAX_RENAMED)
        elif number == grammar.IDENTIFIER:
            return set()  # followed from where it gets its value
        elif node.type == "comment":
            return set()
        raise _ElsewhereError

    def _renamed(self, node: Node, left: int) -> set[str]:
        """Return the headers that a variable leads to; ``node`` is where it is declared."""
        if node.kind_id not in (grammar.IDENTIFIER, grammar.SHORTHAND_TARGET) or left <= 0:
            raise _ElsewhereError
        scope = node
        while scope.kind_id not in _SCOPES:
            scope = _parent(scope)
        name, found = self._text(node), set[str]()
        for place in self._mentions(name, scope.start_byte, scope.end_byte):
            use = self._node(place)
            if use.kind_id == grammar.PROPERTY_NAME or _declares(use):
                continue
            if use.kind_id == grammar.IDENTIFIER:
                found |= self._sent(use, left - 1)
            elif use.kind_id == grammar.SHORTHAND:
                raise _ElsewhereError
        return found

    def _sent(self, node: Node, left: int = MAX_RENAMED) -> set[str]:
        """Return the header that the value of an expression goes to; none when it is tested."""
        for _ in range(MAX_STEPS):
            parent = _parent(node)
            number = parent.kind_id
            if number == _IF or number == grammar.UNARY:
                return set()
            if number == grammar.PAIR:
                return {self._header(parent.named_children[0], self._is_headers(_parent(parent)))}
            if number == grammar.DECLARATOR:
                return self._renamed(parent.named_children[0], left)
            if number == grammar.ASSIGNMENT:
                return self._assigned(parent.named_children[0], node, left)
            if number == grammar.BINARY or number == grammar.TERNARY:
                if self._is_test(parent, node):
                    return set()
                node = parent
            elif number in _NEUTRAL:
                node = parent
            elif number == grammar.ARGUMENTS:
                call = _parent(parent)
                callee = call.named_children[0]
                if callee.kind_id == grammar.IDENTIFIER and self._text(callee) not in _KEEPS:
                    return self._passed(callee, parent, node, left)
                if self._text(callee) not in _KEEPS:
                    return {self._set_by(callee, parent)}
                node = call
            elif number == grammar.MEMBER and node.start_byte == parent.start_byte:
                node = self._kept(parent)
            else:
                break
        raise _ElsewhereError

    def _is_test(self, parent: Node, node: Node) -> bool:
        """Tell whether an operand is only tested, and its value goes no further."""
        first = parent.named_children[0]
        if parent.kind_id == grammar.TERNARY:
            return node.id == first.id
        operator = self._source[first.end_byte : parent.named_children[-1].start_byte].strip()
        if operator == "&&":
            return node.id == first.id
        if operator in _TESTS:
            return True
        if operator not in _JOINS:
            raise _ElsewhereError
        return False

    def _kept(self, member: Node) -> Node:
        """Return the call of ``value.trim()`` and the like, whose result is still the value."""
        call = _parent(member)
        name = self._text(member.named_children[-1])
        if (
            call.kind_id == grammar.CALL
            and name in _KEPT_BY
            and call.start_byte == member.start_byte
        ):
            return call
        raise _ElsewhereError

    def _header(self, key: Node, is_header: bool) -> str:
        name = self._text(key).strip("\"'`")
        if not is_header or key.kind_id not in (grammar.PROPERTY_NAME, grammar.STRING):
            raise _ElsewhereError
        if not _HEADER.fullmatch(name):
            raise _ElsewhereError
        return name.lower()

    def _assigned(self, to: Node, value: Node, left: int) -> set[str]:
        """Return the header in ``headers["x-key"] = value``, or those of a variable."""
        if to.id == value.id:
            return set()  # it gets another value, which is followed from where it is named
        if to.kind_id == grammar.IDENTIFIER:
            return self._renamed(to, left)
        if to.kind_id not in (grammar.MEMBER, grammar.SUBSCRIPT):
            raise _ElsewhereError
        holder, key = to.named_children[0], to.named_children[-1]
        return {self._header(key, _HEADERS.search(self._text(holder)) is not None)}

    def _passed(self, callee: Node, arguments: Node, value: Node, left: int) -> set[str]:
        """Return the headers that a parameter leads to, of a function or class of the bundle."""
        index = [each.id for each in arguments.named_children].index(value.id)
        places = self._mentions(self._text(callee), 0, len(self._source))
        defined = [found for found in map(self._defined, places) if found is not None]
        if len(defined) != 1:
            raise _ElsewhereError
        parameters = defined[0].child_by_field_name("parameters")
        if parameters is None or index >= len(parameters.named_children):
            raise _ElsewhereError
        parameter = parameters.named_children[index]
        if parameter.kind_id in grammar.DEFAULT_PATTERNS:
            parameter = parameter.named_children[0]
        return self._renamed(parameter, left)

    def _defined(self, place: int) -> Node | None:
        """Return the function or class constructor that a name is passed to at a place."""
        parent = _parent(self._node(place))
        if parent.kind_id in (grammar.DECLARATOR, grammar.ASSIGNMENT):
            if parent.start_byte != place:
                return None
            parent = parent.named_children[-1]
        elif parent.kind_id not in _NAMED or parent.child_by_field_name("name") != self._node(
            place
        ):
            return None
        if parent.kind_id in grammar.FUNCTIONS:
            return parent
        body = parent.child_by_field_name("body") if parent.kind_id in _CLASSES else None
        for each in body.named_children if body is not None else ():
            name = each.child_by_field_name("name")
            if name is not None and self._text(name) == "constructor":
                return each
        raise _ElsewhereError

    def _set_by(self, callee: Node, arguments: Node) -> str:
        """Return the header in ``headers.set("x-key", value)``."""
        given = arguments.named_children
        if callee.kind_id != grammar.MEMBER or len(given) != 2:
            raise _ElsewhereError
        holder, method = callee.named_children[0], callee.named_children[-1]
        sets = self._text(method) in _SETS and _HEADERS.search(self._text(holder)) is not None
        return self._header(given[0], sets)

    def _is_headers(self, node: Node) -> bool:
        """Tell whether an object holds headers, by its name where it appears."""
        for _ in range(MAX_STEPS):
            parent = _parent(node)
            number = parent.kind_id
            if number == grammar.ARGUMENTS:
                made = self._text(_parent(parent).named_children[0])
                return _IMPLEMENTED.search(made) is not None
            if number in (grammar.PAIR, grammar.DECLARATOR, grammar.ASSIGNMENT):
                called = self._text(parent.named_children[0]).strip("\"'")
                return _HEADERS.search(called) is not None
            if number not in _WRAPS:
                return False
            node = parent
        return False

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte]


def _declares(name: Node) -> bool:
    """Tell whether this mention of a name is its declaration."""
    parent = _parent(name)
    if parent.kind_id in grammar.DEFAULT_PATTERNS or parent.kind_id == grammar.DECLARATOR:
        return parent.named_children[0].id == name.id
    return parent.kind_id in (_PARAMETERS, grammar.PAIR_PATTERN)


def _parent(node: Node) -> Node:
    if node.parent is None:
        raise _ElsewhereError
    return node.parent
