"""The UMD form: a wrapper that passes ``exports``, where it exists, to a factory.

rollup and rolldown write ``(function (global, factory) { typeof exports === "object" ?
factory(exports) : define(["exports"], factory) ... })(this, function (exports) {...})``; webpack
``module.exports = factory()`` inside. Bundles run as CommonJS, so that branch is
read. Those written by hand may lack ``define``, or pass ``exports`` to the only function.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.bundle.evaluate.calls import apply_function
from services.executor.bundle.evaluate.commonjs import EXPORTS, MODULE, run_module
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.frames import looked_into
from services.executor.bundle.evaluate.values import Env, FunctionValue, Thunk, Value
from services.executor.bundle.syntax.in_node import branch_in_node
from services.executor.bundle.syntax.member_writes import member_path
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, descendants

WRAPPER_NODES = 400
MAX_STATEMENTS = 20


def universal_exports(evaluator: Evaluator, program: Node) -> Value | None:
    """Return what a UMD bundle exports; None for another form."""
    for call in _called_in_place(program):
        found = _handed(call)
        if found is not None:
            return _made(evaluator, call, *found)
    return None


def passed_exports(evaluator: Evaluator, program: Node) -> Value | None:
    """Return what ``(function (e) { e.a = 1 })(exports)`` exports; None for another form."""
    for call in _called_in_place(program):
        roles = tuple(_role(each, evaluator) for each in call.arguments)
        if EXPORTS in roles or MODULE in roles:
            function = evaluator.evaluate(call.callee, evaluator.root)
            if isinstance(function, FunctionValue):
                return run_module(evaluator, function, roles, call)
    return None


def _called_in_place(program: Node) -> Iterator[Node]:
    """Yield the calls of functions that are statements, such as ``!function () {...}()``."""
    for statement in program.body[:MAX_STATEMENTS]:
        if statement.type == "ExpressionStatement":
            call = statement.expression
            if call.type == "UnaryExpression":
                call = call.argument
            if call.type == "CallExpression" and call.callee.type in FUNCTION_TYPES:
                yield call


def _role(argument: Node, evaluator: Evaluator) -> str | Thunk:
    """Return what an argument stands for: ``EXPORTS``, ``MODULE``, or a value."""
    node = argument
    if node.type == "ConditionalExpression":
        node = branch_in_node(node) or node
    if node.type == "Identifier" and node.name in (EXPORTS, MODULE):
        return str(node.name)
    return EXPORTS if member_path(node) == (MODULE, (EXPORTS,)) else Thunk(argument, evaluator.root)


def _handed(call: Node) -> tuple[Node, Node] | None:
    """Return the factory and its call in the wrapper; None if this is not a UMD wrapper."""
    for parameter, factory in zip(call.callee.params, call.arguments, strict=False):
        if parameter.type != "Identifier" or factory.type not in FUNCTION_TYPES:
            continue
        inside = list(descendants(call.callee, WRAPPER_NODES))
        names = {str(node.name) for node in inside if node.type == "Identifier"}
        calls = [node for node in inside if _calls(node, str(parameter.name))]
        if calls and {"exports", "define"} <= names:
            return factory, calls[0]
        for call in calls:
            if "exports" in names and any(_exports(node, call) for node in inside):
                return factory, call
    return None


def _exports(node: Node, call: Node) -> bool:
    """Tell whether a node sets ``module.exports`` to a call, or is the call and passes it on."""
    if node is call:
        return any(each.type == "Identifier" and each.name == EXPORTS for each in call.arguments)
    if node.type != "AssignmentExpression" or member_path(node.left) != (MODULE, (EXPORTS,)):
        return False
    value = node.right
    while value.type == "AssignmentExpression":
        value = value.right
    return value is call


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
