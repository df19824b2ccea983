"""What assignments and calls set on members: ``a.b = c``, ``__export(a, {...})``, enums."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.executor.bundle.syntax.scope import KeyStep, Step
from services.executor.bundle.syntax.syntax import (
    FUNCTION_TYPES,
    Node,
    dotted_name,
    property_name,
    template_text,
)


def enum_alias(node: Node) -> str | None:
    """Return X in ``(function (Y) {...})(X || (X = {}))``, the shape of a TypeScript enum.

    ``X ||= {}`` is the same.
    """
    callee, arguments = node.callee, node.arguments
    if callee.type not in FUNCTION_TYPES or len(arguments) != 1 or len(callee.params) != 1:
        return None
    argument = arguments[0]
    if argument.type == "AssignmentExpression" and argument.operator == "||=":
        named = argument.left.type == "Identifier" and callee.params[0].type == "Identifier"
        return str(argument.left.name) if named else None
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
    """Return the name of a member; ``E[E["Low"] = 0]`` in a numeric enum is "0"."""
    key = node.property
    if node.computed and key.type == "AssignmentExpression" and key.right.type == "Literal":
        key = key.right
    return property_name(key, computed=bool(node.computed))


def defined_by_call(node: Node) -> Iterator[tuple[str, tuple[str, ...], Node, bool]]:
    """Yield what ``__export(target, {name: () => value})`` and ``defineProperty`` define.

    ``export(target, "name", () => value)`` is the same for one name.
    """
    arguments = node.arguments
    if named_getter(node):
        root, prefix = _target_of(arguments[0])
        if root is not None:
            yield root, (*prefix, _text(arguments[1]) or ""), arguments[2], True
    if len(arguments) == 2 and arguments[-1].type == "ArrayExpression":
        yield from _defined_by_list(node)
    if len(arguments) < 2 or arguments[-1].type != "ObjectExpression":
        return
    root, prefix = _target_of(arguments[0])
    if root is None:
        return
    definitions = arguments[-1].properties
    if len(arguments) == 2 and _method(node) == "defineProperties":
        for prop in definitions:
            name = (
                None if prop.type != "Property" else property_name(prop.key, computed=prop.computed)
            )
            if name is not None and prop.value.type == "ObjectExpression":
                yield from _described(root, (*prefix, name), prop.value.properties)
    elif len(arguments) == 2 and definitions and all(_is_getter(p) for p in definitions):
        is_copied = dotted_name(node.callee) == "Object.assign"
        for prop in definitions:
            name = property_name(prop.key, computed=bool(prop.computed))
            yield root, (*prefix, name or ""), prop.value, prop.kind == "get" or not is_copied
    elif len(arguments) == 3 and (name := _text(arguments[1])) is not None:
        yield from _described(root, (*prefix, name), definitions)


def named_getter(node: Node) -> bool:
    """Detect ``export(target, "name", () => value)``, which may define a getter."""
    if len(node.arguments) < 3 or node.callee.type not in ("Identifier", "SequenceExpression"):
        return False
    return _text(node.arguments[1]) is not None and _may_get(node.arguments[2])


def _method(node: Node) -> str | None:
    callee = node.callee
    if callee.type != "MemberExpression" or callee.computed:
        return None
    return str(callee.property.name)


def _described(
    root: str, path: tuple[str, ...], descriptor: list[Node]
) -> Iterator[tuple[str, tuple[str, ...], Node, bool]]:
    """Yield what a property descriptor, ``{value: x}`` or ``{get: () => x}``, defines."""
    for prop in descriptor:
        key = None if prop.type != "Property" else prop.key.name
        if key == "value" and prop.kind == "init":
            yield root, path, prop.value, False
        elif key == "get" and _may_get(prop.value):
            yield root, path, prop.value, True


def _may_get(function: Node) -> bool:
    """Tell whether a function may be a getter; its body is not read yet."""
    return function.type in FUNCTION_TYPES and not function.params


def _text(node: Node | None) -> str | None:
    """Return the text of a literal, or of a template without expressions."""
    if node is None or node.type == "TemplateLiteral":
        return None if node is None else template_text(node)
    is_text = node.type == "Literal" and isinstance(node.value, str)
    return str(node.value) if is_text else None


def _defined_by_list(node: Node) -> Iterator[tuple[str, tuple[str, ...], Node, bool]]:
    """Yield what webpack's ``r.d(exports, ["a", 0, value, "b", () => value])`` defines."""
    root, prefix = _target_of(node.arguments[0])
    rest = list(node.arguments[1].elements)
    found: list[tuple[str, Node, bool]] = []
    while len(rest) > 1 and root is not None:
        key, value, *rest = rest
        name = _text(key)
        if name is None or value is None:
            return
        is_value = value.type == "Literal" and value.value == 0
        if is_value and rest and rest[0] is not None:
            found.append((name, rest.pop(0), False))
        elif _may_get(value):
            found.append((name, value, True))
        else:
            return
    if root is not None and not rest:
        yield from ((root, (*prefix, name), value, getter) for name, value, getter in found)


def mutated(node: Node) -> tuple[Node, str] | None:
    """Return what a call changes and by which method: ``x.push(...)``, ``Object.assign(x, ...)``.

    Leaves out what ``defined_by_call`` covers in detail.
    """
    callee = node.callee
    if callee.type != "MemberExpression" or callee.computed:
        return None
    method = str(callee.property.name)
    if method in MUTATORS or SETTER.match(method):
        return callee.object, method
    is_global = callee.object.type == "Identifier" and callee.object.name in ("Object", "Reflect")
    if is_global and method == "defineProperty" and _is_symbol(node.arguments[1:2]):
        return None
    if is_global and method in _DEFINERS and node.arguments and not any(defined_by_call(node)):
        return node.arguments[0], method
    return None


def _is_symbol(key: list[Node]) -> bool:
    """Recognise ``Symbol.toStringTag``, a key that no string can name."""
    if not key or key[0].type != "MemberExpression" or key[0].object.type != "Identifier":
        return False
    return bool(key[0].object.name == "Symbol")


def called_functions(node: Node) -> Iterator[Node]:
    """Yield the functions a call runs or may run: its callee, its arguments, those inside."""
    for value in (node.callee, *node.arguments):
        if value.type in FUNCTION_TYPES:
            yield value
        elif value.type == "ObjectExpression":
            inner = [prop.value for prop in value.properties if prop.type == "Property"]
            yield from (function for function in inner if function.type in FUNCTION_TYPES)


def passed(node: Node) -> Iterator[tuple[Node, Node, Node]]:
    """Yield a function that a call runs in place, a parameter of it, and what it is given there.

    ``[a, b].forEach((each) => ...)`` gives it each of them.
    """
    callee = node.callee
    if callee.type in FUNCTION_TYPES:
        for parameter, argument in zip(callee.params, node.arguments, strict=False):
            yield callee, parameter, argument
    elif callee.type == "MemberExpression" and node.arguments:
        function = node.arguments[0]
        if function.type in FUNCTION_TYPES and function.params:
            yield from ((function, function.params[0], value) for value in listed(callee.object))


def listed(node: Node) -> list[Node]:
    """Return what is in ``[a, b]`` and in ``Object.values({a, b})``."""
    if node.type == "CallExpression" and len(node.arguments) == 1:
        whole = node.arguments[0]
        if _method(node) == "values" and whole.type == "ObjectExpression":
            return [prop.value for prop in whole.properties if prop.type == "Property"]
    if node.type != "ArrayExpression":
        return []
    return [value for value in node.elements if value is not None]


def is_chain(node: Node | None) -> bool:
    """Tell whether ``node`` is a name or a member chain of one."""
    while node is not None and node.type == "MemberExpression":
        node = node.object
    return node is not None and node.type == "Identifier"


def part_named(value: Node, steps: tuple[Step, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the root and members that a chain followed by a pattern's steps leads to.

    A member with an unknown name is ``*``.
    """
    root, path = member_path(value)
    assert root is not None
    if value.type == "MemberExpression" and not path:
        path = ("*",)
    for step in steps:
        name: str | None = None
        if isinstance(step, KeyStep):
            name = property_name(step.key, computed=step.computed)
        path = (*path, name or "*")
    return root, path


def returned_by(function: Node) -> Node | None:
    """Return the expression of a function that only returns one."""
    if function.body.type != "BlockStatement":
        return function.body
    body = function.body.body
    only = body[0] if len(body) == 1 and body[0].type == "ReturnStatement" else None
    return None if only is None else only.argument


# Methods that are not for everybody, by their names: `agent.__updateInstructions("...")`.
SETTER = re.compile(r"__(?:set(?!ModuleDefault|FunctionName)|update)[A-Z]")
MUTATORS = frozenset(
    {
        "copyWithin",
        "fill",
        "pop",
        "push",
        "reverse",
        "shift",
        "sort",
        "splice",
        "unshift",
    }
)
_DEFINERS = frozenset(
    {"assign", "defineProperties", "defineProperty", "deleteProperty", "set", "setPrototypeOf"}
)


def _target_of(node: Node) -> tuple[str | None, tuple[str, ...]]:
    if node.type == "Identifier":
        return str(node.name), ()
    return member_path(node) if node.type == "MemberExpression" else (None, ())


def _is_getter(prop: Node) -> bool:
    if prop.type != "Property" or prop.kind == "set" or prop.value.type not in FUNCTION_TYPES:
        return False
    known = property_name(prop.key, computed=bool(prop.computed)) is not None
    return known and not prop.value.params
