"""Inspects the bodies of zod's functions: what they return, and messages that identify them."""

from __future__ import annotations

from services.executor.bundle.syntax.syntax import Node, descendants

FUNCTION_NODES = 400
# Errors of zod 4's functions on object schemas; minifiers never rename messages.
_MESSAGES = {
    ".pick() cannot be used": "pick",
    ".omit() cannot be used": "omit",
    "Invalid input to extend": "extend",
    "Invalid input to safeExtend": "safeExtend",
    "Invalid input to merge": "merge",
    ".partial() cannot be used on tuple": "partial",
    "Unrecognized hash format": "hash",
}
_REFINED = "() cannot be used on object schemas containing refinements"


def result_of(function: Node) -> Node | None:
    """Return the expression that a function returns last; a name is followed within its body."""
    if function.body.type != "BlockStatement":
        found = function.body
    else:
        returns = [s for s in function.body.body if s.type == "ReturnStatement"]
        found = returns[-1].argument if returns else None
    for _ in range(4):
        if found is None:
            return None
        if found.type == "SequenceExpression":
            found = found.expressions[-1]
        elif found.type == "Identifier":
            found = defined_in(function, str(found.name))
        elif found.type == "ConditionalExpression":  # both make the same class
            found = found.alternate
        else:
            break
    return found


def defined_in(function: Node, name: str) -> Node | None:
    """Return the value that a variable of a function's own body is declared with."""
    if function.body.type != "BlockStatement":
        return None
    for statement in function.body.body:
        if statement.type != "VariableDeclaration":
            continue
        for declared in statement.declarations:
            if declared.id.type == "Identifier" and declared.id.name == name:
                return declared.init
    return None


def text_of(node: Node) -> str | None:
    """Return the text of a string literal, also in backticks as minifiers write it; else None."""
    if node.type == "Literal" and isinstance(node.value, str):
        return node.value
    if node.type == "TemplateLiteral" and len(node.quasis) == 1:
        return str(node.quasis[0].value.cooked)
    return None


def told_by_texts(function: Node) -> str | None:
    """Return which function on object schemas this is, by its messages and its result."""
    kinds: set[str] = set()
    for node in descendants(function.body, FUNCTION_NODES):
        for text in _texts(node):
            for message, name in _MESSAGES.items():
                if message in text:
                    return name
            kinds.add("partial" if text.startswith(_REFINED) else text)
        if _is_shape_keys(node, function):
            kinds.add("keyof")
        if _sets_catchall(node):
            kinds.add("catchall")
    if {"partial", "optional"} <= kinds:
        return "partial"
    if "nonoptional" in kinds and len(function.params) >= 3:
        return "required"
    return next((name for name in ("keyof", "catchall") if name in kinds), None)


def _texts(node: Node) -> list[str]:
    if node.type == "Literal" and isinstance(node.value, str):
        return [node.value]
    if node.type == "TemplateLiteral":
        return [str(quasi.value.cooked) for quasi in node.quasis]
    return []


def _is_shape_keys(node: Node, function: Node) -> bool:
    """Return whether this is ``Object.keys(schema._zod.def.shape)``."""
    if node.type != "CallExpression" or node.callee.type != "MemberExpression":
        return False
    if node.callee.property.name != "keys" or len(node.arguments) != 1:
        return False
    given = node.arguments[0]
    if given.type == "Identifier":
        given = defined_in(function, str(given.name)) or given
    return _chain(given)[-3:] == ["_zod", "def", "shape"]


def _sets_catchall(node: Node) -> bool:
    """Return whether this is ``schema.clone(mergeDefs(schema._zod.def, {catchall}))``."""
    if node.type != "CallExpression" or _chain(node.callee)[-1:] != ["clone"]:
        return False
    given = node.arguments[0] if node.arguments else None
    if given is not None and given.type == "CallExpression" and given.arguments:
        given = given.arguments[-1]
    if given is None or given.type != "ObjectExpression":
        return False
    return any(p.type == "Property" and p.key.name == "catchall" for p in given.properties)


def _chain(node: Node) -> list[str]:
    names: list[str] = []
    while node.type == "MemberExpression" and not node.computed:
        names.append(str(node.property.name))
        node = node.object
    return names[::-1]
