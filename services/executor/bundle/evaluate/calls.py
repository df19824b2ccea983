"""Follows a call: replaces it by the expression that the called function returns.

Only expressions of the bundle replace others; no code runs. A function can be
followed when it is neither async nor a generator, and reaches a ``return`` through declarations and
conditions that are constants. A few functions of the language that only build text and objects
are known by name (``builtins.py``), and so are the wrappers that bundlers put around modules.
"""

from __future__ import annotations

from services.executor.bundle.evaluate.builtins import builtin_call, value_method
from services.executor.bundle.evaluate.commonjs import lazy_module, required_module
from services.executor.bundle.evaluate.interop import helped
from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.values import (
    CallValue,
    ClassValue,
    Env,
    Frame,
    FunctionValue,
    GlobalRef,
    ImportRef,
    Thunk,
    Undefined,
    Unsupported,
    Value,
    truthiness,
)
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, children, describe

MAX_LOOKED_AT = 2_000
MAX_WRAPPED = 4
# Functions of packages that return what they are given.
_IDENTITIES = frozenset({("ai", ("dynamicTool",)), ("ai", ("tool",))})
_SKIPPED = frozenset(
    {
        "ClassDeclaration",
        "EmptyStatement",
        "ExpressionStatement",
        "FunctionDeclaration",
        "VariableDeclaration",
    }
)


def reduce_call(machine: Machine, call: CallValue) -> Value:
    """Return what ``call`` evaluates to, or ``Unsupported``."""
    if call.is_new:
        return Unsupported(f"{describe(call.node)} makes an instance that is not known", call.node)
    if call.method is not None and call.receiver is not None:
        made = value_method(machine, machine.settled(call.receiver), call)
        if made is not None:
            return made
    callee = machine.value_of(call.callee)
    if isinstance(callee, CallValue):
        module = lazy_module(machine, callee, call)
        if module is not None:
            return module
        callee = _made_require(machine, callee) or machine.forced(callee)
    match callee:
        case FunctionValue():
            return _followed(machine, callee, call)
        case GlobalRef():
            return builtin_call(machine, callee, call)
        case ImportRef(specifier=specifier, path=path):
            if (specifier, path) in _IDENTITIES and call.arguments and not call.opaque_arguments:
                return machine.value_of(call.arguments[0])
            reason = f"{describe(call.node)}, which `{specifier}` defines, cannot be followed"
            return Unsupported(reason, call.node)
        case Unsupported():
            return callee
        case ClassValue():
            return Unsupported("a class is called without `new`", call.node)
        case _:
            return Unsupported(f"{describe(call.node)} cannot be followed", call.node)


def _made_require(machine: Machine, call: CallValue) -> Value | None:
    """Return ``require`` for ``createRequire(import.meta.url)``, also as a function's result."""
    made: Value = call
    for _ in range(MAX_WRAPPED):
        if not isinstance(made, CallValue):
            return None
        maker = machine.value_of(made.callee)
        if isinstance(maker, ImportRef) and maker.specifier in ("module", "node:module"):
            is_it = maker.path[-1:] == ("createRequire",)
            return GlobalRef(("require",), call.node) if is_it else None
        if not isinstance(maker, FunctionValue) or made.arguments:
            return None
        made = machine.reduced(made)
    return None


def _followed(machine: Machine, function: FunctionValue, call: CallValue) -> Value:
    module = required_module(machine, function, call) or helped(machine, function, call)
    if module is not None:
        return module
    if call.opaque_arguments:
        return Unsupported("its arguments have a spread that cannot be followed", call.node)
    return apply_function(machine, function, call.arguments, call.node)


def apply_function(
    machine: Machine, function: FunctionValue, arguments: tuple[Thunk, ...] | None, at: Node
) -> Value:
    """Return what ``function`` returns for ``arguments``; None looks inside without a call."""
    if function.node.isAsync:
        return Unsupported("an async function is known only when the bundle runs", at)
    return settled_function(machine, function, arguments, at)


def settled_function(
    machine: Machine, function: FunctionValue, arguments: tuple[Thunk, ...] | None, at: Node
) -> Value:
    """Return what ``apply_function`` does; for an async function, what its promise settles with."""
    node = function.node
    if node.generator:
        return Unsupported("a generator is known only when the bundle runs", at)
    scope = machine.tree.of(node, function.env.scope)
    env = Env(scope, Frame(scope, function.env.frame, arguments))
    if node.body.type != "BlockStatement":
        return machine.evaluate(node.body, env)
    found = _returned(machine, node.body.body, env)
    return Undefined(at) if found is None else found


def _returned(machine: Machine, statements: list[Node], env: Env) -> Value | None:
    """Return the value of the ``return`` that is reached, or None if the end is reached."""
    for statement in statements:
        if statement.type in _SKIPPED:
            continue
        found = _statement(machine, statement, env)
        if found is not None:
            return found
    return None


def _statement(machine: Machine, statement: Node, env: Env) -> Value | None:
    match statement.type:
        case "ReturnStatement":
            if statement.argument is None:
                return Undefined(statement)
            return machine.evaluate(statement.argument, env)
        case "BlockStatement":
            inner = Env(machine.tree.of(statement, env.scope), env.frame)
            return _returned(machine, statement.body, inner)
        case "TryStatement":
            inner = Env(machine.tree.of(statement.block, env.scope), env.frame)
            return _returned(machine, statement.block.body, inner)
        case "IfStatement":
            return _if(machine, statement, env)
        case "ThrowStatement":
            return Unsupported("the function throws", statement)
        case _ if not _may_return(statement):
            return None  # its changes show up as writes to names and members
        case _:
            return Unsupported("the function has a loop or a switch", statement)


def _may_return(statement: Node) -> bool:
    """Return whether a statement may end its function; assume so if it is too large."""
    stack, left = [statement], MAX_LOOKED_AT
    while stack and left:
        node = stack.pop()
        left -= 1
        if node.type in ("ReturnStatement", "ThrowStatement"):
            return True
        if node.type not in FUNCTION_TYPES:
            stack.extend(children(node))
    return bool(stack)


def _only_throws(statement: Node) -> bool:
    if statement.type == "BlockStatement":
        return bool(statement.body) and statement.body[-1].type == "ThrowStatement"
    return bool(statement.type == "ThrowStatement")


def _if(machine: Machine, statement: Node, env: Env) -> Value | None:
    test = machine.forced(machine.evaluate(statement.test, env))
    truth = truthiness(test)
    if truth is None and not _may_return(statement):
        return None
    if truth is None and statement.alternate is None and _only_throws(statement.consequent):
        return None  # had it thrown, there would be no agent to read
    if truth is None:
        if isinstance(test, Unsupported):
            return test
        return Unsupported("the function has a condition that is not known", statement.test)
    branch = statement.consequent if truth else statement.alternate
    if branch is None or branch.type in _SKIPPED:
        return None
    return _statement(machine, branch, env)
