"""Inspects the bodies of zod's functions: what they return."""

from __future__ import annotations

from services.executor.bundle.syntax.syntax import Node


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
