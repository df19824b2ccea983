"""What assignments and calls set on members: ``a.b = c``, ``__export(a, {...})``, enums."""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.bundle.syntax import FUNCTION_TYPES, Node, property_name


def enum_alias(node: Node) -> str | None:
    """Return X of ``(function (Y) {...})(X || (X = {}))``, the shape of a TypeScript enum."""
    callee, arguments = node.callee, node.arguments
    if callee.type not in FUNCTION_TYPES or len(arguments) != 1 or len(callee.params) != 1:
        return None
    argument = arguments[0]
    if argument.type != "LogicalExpression" or argument.right.type != "AssignmentExpression":
        return None
    left, target = argument.left, argument.right.left
    if left.type != "Identifier" or target.type != "Identifier" or left.name != target.name:
        return None
    return str(left.name) if callee.params[0].type == "Identifier" else None


def member_path(node: Node) -> tuple[str | None, tuple[str, ...]]:
    """Return the name at the root of ``a.b.c`` and the members; () when one is computed."""
    names: list[str] = []
    known = True
    while node.type == "MemberExpression":
        name = _member_name(node)
        known = known and name is not None
        names.append(name or "")
        node = node.object
    if node.type != "Identifier":
        return None, ()
    return str(node.name), tuple(reversed(names)) if known else ()


def _member_name(node: Node) -> str | None:
    """Return the name of a member; ``E[E["Low"] = 0]`` of a numeric enum is "0"."""
    key = node.property
    if node.computed and key.type == "AssignmentExpression" and key.right.type == "Literal":
        key = key.right
    return property_name(key, computed=bool(node.computed))


def defined_by_call(node: Node) -> Iterator[tuple[str, tuple[str, ...], Node, bool]]:
    """Yield what ``__export(target, {name: () => value})`` and ``defineProperty`` define."""
    arguments = node.arguments
    if len(arguments) < 2 or arguments[-1].type != "ObjectExpression":
        return
    root, prefix = _target_of(arguments[0])
    if root is None:
        return
    definitions = arguments[-1].properties
    if len(arguments) == 2 and definitions and all(_is_getter(p) for p in definitions):
        for prop in definitions:
            name = property_name(prop.key, computed=bool(prop.computed))
            yield root, (*prefix, name or ""), prop.value, True
    elif len(arguments) == 3 and arguments[1].type == "Literal":
        name = str(arguments[1].value)
        for prop in definitions:
            key = None if prop.type != "Property" else prop.key.name
            if key in ("get", "value") and prop.kind == "init":
                yield root, (*prefix, name), prop.value, key == "get"


def _target_of(node: Node) -> tuple[str | None, tuple[str, ...]]:
    if node.type == "Identifier":
        return str(node.name), ()
    return member_path(node) if node.type == "MemberExpression" else (None, ())


def _is_getter(prop: Node) -> bool:
    if prop.type != "Property" or prop.kind != "init" or prop.value.type not in FUNCTION_TYPES:
        return False
    function = prop.value
    if function.params or property_name(prop.key, computed=bool(prop.computed)) is None:
        return False
    if function.body.type != "BlockStatement":
        return True
    body = function.body.body
    return len(body) == 1 and body[0].type == "ReturnStatement" and body[0].argument is not None
