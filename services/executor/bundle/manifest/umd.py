"""The UMD form: a wrapper that passes ``exports``, where it exists, to a factory.

rollup and rolldown write ``(function (global, factory) { typeof exports === "object" ?
factory(exports) : define(["exports"], factory) ... })(this, function (exports) {...})``; webpack
``module.exports = factory()`` inside. Bundles run as CommonJS, so that branch is
read.
"""

from __future__ import annotations

from services.executor.bundle.evaluate.calls import apply_function
from services.executor.bundle.evaluate.commonjs import EXPORTS, run_module
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.frames import looked_into
from services.executor.bundle.evaluate.values import Env, FunctionValue, Thunk, Value
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, descendants

WRAPPER_NODES = 400
MAX_STATEMENTS = 20


def universal_exports(evaluator: Evaluator, program: Node) -> Value | None:
    """Return what a UMD bundle exports; None for another form."""
    for statement in program.body[:MAX_STATEMENTS]:
        if statement.type != "ExpressionStatement":
            continue
        call = statement.expression
        if call.type == "UnaryExpression":
            call = call.argument
        found = _handed(call)
        if found is not None:
            return _made(evaluator, call, *found)
    return None


def _handed(call: Node) -> tuple[Node, Node] | None:
    """Return the factory and its call in the wrapper; None if this is not a UMD wrapper."""
    if call.type != "CallExpression" or call.callee.type not in FUNCTION_TYPES:
        return None
    for parameter, factory in zip(call.callee.params, call.arguments, strict=False):
        if parameter.type != "Identifier" or factory.type not in FUNCTION_TYPES:
            continue
        inside = list(descendants(call.callee, WRAPPER_NODES))
        names = {str(node.name) for node in inside if node.type == "Identifier"}
        calls = [node for node in inside if _calls(node, str(parameter.name))]
        if calls and {"exports", "define"} <= names:
            return factory, calls[0]
    return None


def _calls(node: Node, name: str) -> bool:
    if node.type != "CallExpression" or node.callee.type != "Identifier":
        return False
    return bool(node.callee.name == name)


def _made(evaluator: Evaluator, wrapper: Node, factory: Node, call: Node) -> Value:
    function = evaluator.evaluate(factory, evaluator.root)
    assert isinstance(function, FunctionValue)
    scope = evaluator.tree.of(wrapper.callee, evaluator.root.scope)
    place = Env(scope, looked_into(evaluator.root.frame, scope))
    roles = tuple(
        EXPORTS if a.type == "Identifier" and a.name == EXPORTS else Thunk(a, place)
        for a in call.arguments
    )
    if EXPORTS in roles:
        return run_module(evaluator, function, roles, call)
    given = tuple(role for role in roles if isinstance(role, Thunk))
    return apply_function(evaluator, function, given, call)
