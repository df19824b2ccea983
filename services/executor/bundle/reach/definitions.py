"""How the statements of a function, or of the program, define its names.

Only the statements are looked at, not the expressions in them. Names that a nested block declares
count as the function's own: that finds more, never less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.facts import Chain
from services.executor.bundle.reach.patterns import pattern_parts

Node: TypeAlias = ConcreteNode

_COMPOUND = grammar.kinds(
    "statement_block if_statement else_clause try_statement catch_clause finally_clause "
    "for_statement for_in_statement while_statement do_statement labeled_statement "
    "switch_statement switch_body switch_case switch_default"
)
MAX_STATEMENTS = 400_000
MAX_MEMBERS = 8


@dataclass(frozen=True, slots=True)
class Setting:
    """A statement that sets something on what a name holds; ``key`` is the member, if it is one."""

    node: Node
    key: str | None


@dataclass(slots=True)
class Definition:
    """What a name is defined as: ``value``, or a part of it; None when declared without one.

    ``in_block`` means that a nested block declares it, so the name may also mean another.
    """

    value: Node | None
    in_block: bool
    path: Chain = ()


@dataclass(slots=True)
class Definitions:
    """The names of one function, or of the program, inside ``parent``.

    ``modules`` are those that names are imported from, ``imported`` which members of them.
    ``complete`` is False when it has more statements than are looked at.
    """

    node: Node
    parent: Definitions | None
    values: dict[str, list[Definition]] = field(default_factory=dict)
    settings: dict[str, list[Setting]] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    imported: dict[str, Chain] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)
    complete: bool = True

    def __repr__(self) -> str:
        """Show its start and how many names it has."""
        return f"Definitions(at={self.node.start_byte}, names={len(self.values)})"


def definitions_of(node: Node, parent: Definitions | None, text: str) -> Definitions:
    """Return the names of a program or of a function."""
    reading = _Reading(Definitions(node, parent), text)
    reading.run()
    return reading.found


class _Reading:
    def __init__(self, found: Definitions, text: str) -> None:
        self.found = found
        self._source = text
        self._stack: list[tuple[Node, bool]] = []

    def run(self) -> None:
        node = self.found.node
        body: Node | None = node
        if node.kind_id in grammar.FUNCTIONS:
            self._parameters(node)
            name = node.child_by_field_name("name")
            if name is not None and node.kind_id in grammar.FUNCTION_EXPRESSIONS:
                self._define(self._text(name), node, in_block=False)
            body = node.child_by_field_name("body")
            if body is None or body.kind_id != grammar.BLOCK:
                return
        assert body is not None
        self._push(body.named_children, in_block=False)
        for _ in range(MAX_STATEMENTS):
            if not self._stack:
                return
            self._statement(*self._stack.pop())
        self.found.complete = not self._stack

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte]

    def _push(self, statements: Sequence[Node], *, in_block: bool) -> None:
        self._stack.extend([(statement, in_block) for statement in reversed(statements)])

    def _define(self, name: str, value: Node | None, path: Chain = (), *, in_block: bool) -> None:
        self.found.values.setdefault(name, []).append(Definition(value, in_block, path))

    def _parameters(self, node: Node) -> None:
        single = node.child_by_field_name("parameter")
        if single is not None:
            self.found.parameters[self._text(single)] = 0
        whole = node.child_by_field_name("parameters")
        for index, pattern in enumerate(whole.named_children if whole is not None else ()):
            for name, _, _ in pattern_parts(pattern, self._source):
                if name is not None:
                    self.found.parameters[name] = index

    def _statement(self, node: Node, in_block: bool) -> None:
        number = node.kind_id
        if number in grammar.VARIABLES:
            self._variables(node, in_block=in_block)
        elif number in grammar.NAMED_FUNCTIONS or number == grammar.CLASS_DECLARATION:
            name = node.child_by_field_name("name")
            if name is not None:
                self._define(self._text(name), node, in_block=in_block)
        elif number == grammar.STATEMENT:
            self._expression(node.named_children[0])
        elif number == grammar.IMPORT_STATEMENT:
            self._import(node)
        elif number == grammar.EXPORT_STATEMENT:
            self._push(node.named_children, in_block=in_block)
        elif number in _COMPOUND:
            self._heading(node)
            self._push(node.named_children, in_block=True)

    def _heading(self, node: Node) -> None:
        """Define what a `for ... of`, a `for ... in` or a `catch` declares."""
        declared = node.child_by_field_name("parameter")
        if node.kind_id == grammar.FOR_IN and node.child_by_field_name("kind") is not None:
            declared = node.child_by_field_name("left")
        if declared is not None:
            for name, _, _ in pattern_parts(declared, self._source):
                if name is not None:
                    self._define(name, None, in_block=True)

    def _variables(self, node: Node, *, in_block: bool) -> None:
        for declarator in node.named_children:
            if declarator.kind_id != grammar.DECLARATOR:
                continue
            children = declarator.named_children
            value = children[-1] if len(children) > 1 else None
            if children[0].kind_id == grammar.IDENTIFIER:
                self._define(self._text(children[0]), value, in_block=in_block)
                continue
            names: list[str] = []
            extras: list[Node] = []
            for name, path, extra in pattern_parts(children[0], self._source):
                if name is not None:
                    names.append(name)
                    self._define(name, value, path, in_block=in_block)
                elif extra is not None:
                    extras.append(extra)
            for name in names:
                for extra in extras:
                    self._set(name, extra, None)

    def _import(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        if source is None:
            return
        module = self._text(source)[1:-1]
        stack = [child for child in node.named_children if child.kind_id != grammar.STRING]
        while stack:
            part = stack.pop()
            if part.kind_id == grammar.IDENTIFIER:
                name = self._text(part)
                self.found.modules[name] = module
                member = part.parent and part.parent.child_by_field_name("name")
                if member is not None and self._text(member) != "default":
                    self.found.imported[name] = (self._text(member),)
            elif part.child_by_field_name("alias") is not None:
                stack.append(part.named_children[-1])
            else:
                stack.extend(part.named_children)

    def _set(self, name: str, node: Node, key: str | None) -> None:
        self.found.settings.setdefault(name, []).append(Setting(node, key))

    def _expression(self, node: Node) -> None:
        stack = [node]
        while stack:
            node = stack.pop()
            if node.kind_id == grammar.SEQUENCE:
                stack.extend(node.named_children)
            elif node.kind_id in grammar.ASSIGNMENTS:
                self._assigned(node)
            elif node.kind_id == grammar.CALL:
                self._called(node)
            elif node.kind_id in (grammar.BINARY, grammar.PARENTHESES, grammar.UNARY):
                stack.extend(node.named_children)

    def _assigned(self, node: Node) -> None:
        """``a = b``, ``a.b = c``, ``a.b.c = d``, ``a = b = c``, ``a += b``."""
        while node.kind_id in grammar.ASSIGNMENTS:
            left, right = node.named_children[0], node.named_children[-1]
            root, key = self._root(left)
            if root is not None:
                self._set(root, right, key)
            node = right

    def _called(self, node: Node) -> None:
        """``a.b(c)`` may keep c; ``f(a, c)`` may set it on ``a``, as ``__export`` does."""
        callee = node.named_children[0]
        if callee.kind_id == grammar.MEMBER:
            root, _ = self._root(callee)
            if root is not None:
                self._set(root, node, None)
        arguments = node.named_children[-1]
        if arguments.kind_id != grammar.ARGUMENTS or not arguments.named_children:
            return
        first = arguments.named_children[0]
        root, _ = self._root(first)
        if root is None and first.kind_id == grammar.BINARY:
            root, _ = self._root(first.named_children[0])  # `X || (X = {})` of an enum
        if root is None:
            return
        given = arguments.named_children[1:]
        if len(given) == 1 and given[0].kind_id == grammar.OBJECT:
            for pair in given[0].named_children:
                key = pair.named_children[0] if pair.kind_id == grammar.PAIR else None
                self._set(root, pair, None if key is None else self._text(key).strip("\"'"))
            return
        self._set(root, node, None)

    def _root(self, node: Node) -> tuple[str | None, str | None]:
        """Return the name at the root of ``a.b.c`` and the first member, if it is plain."""
        key: str | None = None
        for _ in range(MAX_MEMBERS):
            if node.kind_id == grammar.MEMBER:
                key = self._text(node.named_children[-1])
            elif node.kind_id == grammar.SUBSCRIPT:
                key = None
            else:
                break
            node = node.named_children[0]
        if node.kind_id != grammar.IDENTIFIER:
            return None, None
        return self._text(node), key
