"""Recognises functions that define members of what they are given, by what they do."""

from __future__ import annotations

from services.executor.bundle.evaluate.frames import looked_into
from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.values import Env, Frame, FunctionValue, GlobalRef
from services.executor.bundle.syntax.member_writes import named_getter
from services.executor.bundle.syntax.scope import MemberWrite
from services.executor.bundle.syntax.syntax import Node, descendants

_HELPER_NODES = 200
_LOOPS = frozenset({"ForInStatement", "ForOfStatement", "ForStatement"})


def is_definer(machine: Machine, write: MemberWrite, frame: Frame) -> bool:
    """Return whether a call that looks as if it defines members does so."""
    place = Env(write.scope, looked_into(frame, write.scope.function))
    callee = machine.forced(machine.evaluate(_last(write.node.callee), place))
    if isinstance(callee, GlobalRef):
        return callee.path[0] in ("Object", "Reflect")
    if not isinstance(callee, FunctionValue):
        return False
    if named_getter(write.node):
        return _defines_getter(callee.node)
    if len(write.node.arguments) == 3:
        return True
    return any(n.type in _LOOPS for n in descendants(callee.node, _HELPER_NODES))


def _defines_getter(function: Node) -> bool:
    """Detect ``defineProperty(a, b, {get: c})`` of a function's first three parameters."""
    names = [str(each.name) for each in function.params[:3]]
    for node in descendants(function.body, _HELPER_NODES):
        given = list(node.arguments) if node.type == "CallExpression" else []
        if len(given) != 3 or given[2].type != "ObjectExpression":
            continue
        getters = [
            each.value for each in given[2].properties if each.key and each.key.name == "get"
        ]
        if [each.name for each in [*given[:2], *getters]] == names:
            return True
    return False


def _last(callee: Node) -> Node:
    """Return f of ``(0, f)(...)``."""
    return callee.expressions[-1] if callee.type == "SequenceExpression" else callee
