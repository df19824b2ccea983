"""Reads texts that are made of variables of the environment: ``Bearer ${process.env.TOKEN}``."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    Constant,
    Env,
    GlobalRef,
    Thunk,
    Unsupported,
)
from services.executor.bundle.syntax.scope import Binding, BindingKind
from services.executor.bundle.syntax.syntax import Node
from services.executor.mcp_servers import EnvText, Variable

MAX_DEPTH = 16
MAX_PIECES = 100
MAX_CHARACTERS = 10_000
_OR = ("??", "||")


def read_env_text(evaluator: Evaluator, thunk: Thunk) -> EnvText | Unsupported:
    """Return a text with the variables that it is made of, or why it is not known from source.

    A variable that decides nothing but its own place counts as such, with its default:
    ``process.env.URL ?? "http://..."``.
    """
    found = _read(evaluator, thunk, MAX_DEPTH)
    if isinstance(found, Unsupported):
        return found
    joined: list[str | Variable] = []
    for piece in found:
        if isinstance(piece, str) and joined and isinstance(last := joined[-1], str):
            joined[-1] = last + piece
        elif piece:
            joined.append(piece)
    size = sum(len(piece) if isinstance(piece, str) else 1 for piece in joined)
    if len(joined) > MAX_PIECES or size > MAX_CHARACTERS:
        return Unsupported("it is too long", thunk.node)
    return tuple(joined)


def _read(evaluator: Evaluator, thunk: Thunk, depth: int) -> EnvText | Unsupported:
    """Return the pieces of a text; the node is looked at first, as its value is without names."""
    if depth == 0:
        return Unsupported("it is nested too deeply", thunk.node)
    node, env = thunk.node, thunk.env
    if node is not None and env is not None:
        read = _of_node(evaluator, node, env, depth - 1)
        if read is not None:
            return read
    value = evaluator.value_of(thunk)
    if isinstance(value, CallValue) and _is_url(evaluator, value):
        return _read(evaluator, value.arguments[0], depth - 1)
    value = evaluator.forced(value)
    if isinstance(value, Constant) and isinstance(value.value, str):
        return (value.value,)
    if isinstance(value, Unsupported):
        return value if value.variable is None else (Variable(value.variable),)
    return Unsupported("it is not a text", value.node)


def _of_node(
    evaluator: Evaluator, node: Node, env: Env, depth: int
) -> EnvText | Unsupported | None:
    """Return the pieces of an expression made of others, None for another expression."""
    if node.type == "TemplateLiteral":
        parts: list[EnvText | Unsupported] = [(str(node.quasis[0].value.cooked),)]
        for inner, quasi in zip(node.expressions, node.quasis[1:], strict=True):
            parts += [_read(evaluator, Thunk(inner, env), depth), (str(quasi.value.cooked),)]
        return _joined(parts)
    if node.type == "BinaryExpression" and node.operator == "+":
        sides = (Thunk(node.left, env), Thunk(node.right, env))
        return _joined([_read(evaluator, side, depth) for side in sides])
    if node.type == "LogicalExpression" and node.operator in _OR:
        return _defaulted(evaluator, node, env, depth)
    if node.type == "Identifier":
        binding = env.scope.lookup(str(node.name))
        if binding is not None and (value := _only_value(binding, env)) is not None:
            return _read(evaluator, value, depth)
    return None


def _defaulted(
    evaluator: Evaluator, node: Node, env: Env, depth: int
) -> EnvText | Unsupported | None:
    """Return the variable of ``variable ?? default``, None where the left is no variable."""
    left = evaluator.forced(evaluator.evaluate(node.left, env))
    if not isinstance(left, Unsupported) or left.variable is None:
        return None
    right = _read(evaluator, Thunk(node.right, env), depth)
    if isinstance(right, Unsupported):
        return right
    if len(right) > 1 or any(isinstance(piece, Variable) for piece in right):
        return Unsupported("its default is made of variables, too", node.right)
    return (Variable(left.variable, "".join(piece for piece in right if isinstance(piece, str))),)


def _joined(parts: list[EnvText | Unsupported]) -> EnvText | Unsupported:
    found: list[str | Variable] = []
    for each in parts:
        if isinstance(each, Unsupported):
            return each
        found += each
    return tuple(found)


def _only_value(binding: Binding, env: Env) -> Thunk | None:
    """Return the expression of a name that has one value, which is not a part of another."""
    if binding.kind is not BindingKind.VARIABLE or binding.steps:
        return None
    if binding.value is not None and not binding.writes:
        return Thunk(binding.value, Env(binding.home or binding.scope, env.frame))
    if binding.value is None and len(binding.writes) == 1 and binding.writes[0].value is not None:
        write = binding.writes[0]  # `var url; url = ...`, as bundlers write it
        return Thunk(write.value, Env(write.scope, env.frame))
    return None


def _is_url(evaluator: Evaluator, call: CallValue) -> bool:
    """Tell whether a value is ``new URL(text)``."""
    if not call.is_new or len(call.arguments) != 1:
        return False
    callee = evaluator.value_of(call.callee)
    return isinstance(callee, GlobalRef) and callee.path == ("URL",)
