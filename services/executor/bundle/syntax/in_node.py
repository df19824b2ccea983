"""Which branch of a hand-written universal module Node takes, as of ``typeof module``."""

from __future__ import annotations

from services.executor.bundle.syntax.syntax import Node

CONDITIONS = ("ConditionalExpression", "IfStatement", "LogicalExpression")
# What there is around a CommonJS module in Node, by `typeof`, and what other loaders have instead.
_TYPES = {"define": "undefined", "exports": "object", "module": "object", "require": "function"}
_EQUAL = {"==": True, "===": True, "!=": False, "!==": False}
_MAX_DEPTH = 50


def branch_in_node(node: Node) -> Node | None:
    """Return the part of one of ``CONDITIONS`` that Node runs; None where it is not known."""
    if node.type == "LogicalExpression":
        decided = _holds(node.left, 0)
        wanted = {"&&": True, "||": False}.get(node.operator)
        return node.right if decided is not None and decided is wanted else None
    decided = _holds(node.test, 0)
    return None if decided is None else node.consequent if decided else node.alternate


def _holds(test: Node, depth: int) -> bool | None:
    """Return whether a condition holds in Node; None where it asks for anything else."""
    if test.type == "LogicalExpression" and test.operator != "??" and depth < _MAX_DEPTH:
        decided: bool = (
            test.operator == "||"
        )  # one that holds decides this one, one that fails the other
        left, right = (_holds(each, depth + 1) for each in (test.left, test.right))
        if decided in (left, right):
            return decided
        return None if None in (left, right) else not decided
    if test.type == "UnaryExpression" and test.operator == "!" and depth < _MAX_DEPTH:
        inner = _holds(test.argument, depth + 1)
        return None if inner is None else not inner
    if test.type == "BinaryExpression" and test.operator in _EQUAL:
        sides = [_type_asked(test.left) or _text(test.left)]
        sides.append(_type_asked(test.right) or _text(test.right))
        if None in sides or (_type_asked(test.left) or _type_asked(test.right)) is None:
            return None
        return (sides[0] == sides[1]) is _EQUAL[test.operator]
    if test.type == "MemberExpression" and not test.computed:
        return True if (test.object.name, test.property.name) == ("module", "exports") else None
    return _is_there(test)


def _is_there(node: Node) -> bool | None:
    found = _TYPES.get(str(node.name)) if node.type == "Identifier" else None
    return None if found is None else found != "undefined"


def _type_asked(node: Node) -> str | None:
    """Return what ``typeof name`` is; None for anything else."""
    if node.type != "UnaryExpression" or node.operator != "typeof":
        return None
    return _TYPES.get(str(node.argument.name)) if node.argument.type == "Identifier" else None


def _text(node: Node) -> str | None:
    is_text = node.type == "Literal" and isinstance(node.value, str)
    return str(node.value) if is_text else None
