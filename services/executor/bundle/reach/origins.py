"""Whether an expression is a URL whose host is written in the bundle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.facts import Free, Local, LocalScope, Named, resolved
from services.executor.bundle.reach.hosts import begins_with_origin

Node: TypeAlias = ConcreteNode
# Returns the one expression that defines a name from outside the region, or None.
Lookup: TypeAlias = Callable[[str], Node | None]

MAX_STEPS = 40
_KEEPS_ORIGIN = frozenset({"URL", "Request", "String", "encodeURI"})
_SAME = frozenset({"toString", "href", "url", "origin", "concat", "trim"})


class Origins:
    """Judges expressions of one region; ``lookup`` defines the names it does not declare."""

    def __init__(self, text: str, lookup: Lookup) -> None:
        self._source = text
        self._lookup = lookup
        self._steps = MAX_STEPS

    def __repr__(self) -> str:
        """Show how much of the limit is left."""
        return f"Origins(steps={self._steps})"

    def is_known(self, node: Node, scope: LocalScope) -> bool:
        """Tell whether every possible value of ``node`` has its host written in the bundle."""
        self._steps -= 1
        if self._steps <= 0:
            return False
        children = node.named_children
        match node.kind_id:
            case grammar.STRING:
                return begins_with_origin(self._text(node))
            case grammar.TEMPLATE:
                return self._template(node, children, scope)
            case grammar.BINARY:
                return self._binary(children[0], children[-1], scope)
            case grammar.TERNARY:
                return all(self.is_known(child, scope) for child in children[1:])
            case grammar.PARENTHESES | grammar.AWAIT:
                return self.is_known(children[-1], scope)
            case grammar.CALL | grammar.NEW:
                return self._call(node, children, scope)
            case grammar.MEMBER:
                return self._member(node, children, scope)
            case grammar.IDENTIFIER:
                return self._name(Named(self._text(node), scope))
            case _:
                return False

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte]

    def _template(self, node: Node, children: Sequence[Node], scope: LocalScope) -> bool:
        if begins_with_origin(self._text(node)):
            return True
        first = children[0] if children else None
        if first is None or first.kind_id != grammar.SUBSTITUTION:
            return False
        return first.start_byte == node.start_byte + 1 and self.is_known(
            first.named_children[0], scope
        )

    def _binary(self, left: Node, right: Node, scope: LocalScope) -> bool:
        operator = self._source[left.end_byte : right.start_byte].strip()
        if operator in ("??", "||"):
            return self.is_known(left, scope) and self.is_known(right, scope)
        return operator == "+" and self.is_known(left, scope)

    def _call(self, node: Node, children: Sequence[Node], scope: LocalScope) -> bool:
        callee, last = children[0], children[-1]
        if callee.kind_id == grammar.MEMBER:
            return self._member(callee, callee.named_children, scope)
        given = last.named_children if last.kind_id == grammar.ARGUMENTS else []
        if not given or self._text(callee) not in _KEEPS_ORIGIN:
            return False
        return any(self.is_known(each, scope) for each in given[:2])

    def _member(self, node: Node, children: Sequence[Node], scope: LocalScope) -> bool:
        key = self._text(children[-1])
        if key in _SAME and self.is_known(children[0], scope):
            return True
        if children[0].kind_id != grammar.IDENTIFIER:
            return False
        return self._name(Named(self._text(children[0]), scope, (key,)))

    def _name(self, named: Named) -> bool:
        target = resolved(named)
        value: Node | None = None
        scope: LocalScope | None = None
        chain = named.chain
        if isinstance(target, Local):
            value, scope = target.value, target.scope
        elif isinstance(target, Free):
            value, scope, chain = self._lookup(target.name), None, target.chain
        if value is None:
            return False
        scope = scope if scope is not None else LocalScope(None, is_function=True)
        for key in chain:
            found = self._property(value, key)
            if found is None:
                return False
            value = found
        return self.is_known(value, scope)

    def _property(self, value: Node, key: str) -> Node | None:
        if value.kind_id != grammar.OBJECT:
            return None
        for pair in value.named_children:
            if pair.kind_id == grammar.PAIR:
                name = self._text(pair.named_children[0]).strip("\"'")
                if name == key:
                    return pair.named_children[-1]
        return None
