"""CommonJS modules inside a bundle: what they export, and the wrappers that bundlers give them."""

from __future__ import annotations

from services.executor.bundle.frames import looked_into
from services.executor.bundle.machine import Machine
from services.executor.bundle.scope import MemberWrite
from services.executor.bundle.set_members import written
from services.executor.bundle.syntax import Node, descendants
from services.executor.bundle.values import (
    CallValue,
    Entry,
    Frame,
    FunctionValue,
    ImportRef,
    ObjectValue,
    Thunk,
    Value,
)

HELPER_NODES = 400
_MARK = "__esModule"


def module_value(
    machine: Machine, exports: list[MemberWrite], module: list[MemberWrite], frame: Frame, at: Node
) -> Value:
    """Return what a module's writes to ``exports`` and ``module`` make of ``module.exports``."""
    replaced = [w for w in module if w.path == ("exports",) and w.straight and w.value is not None]
    added = _added(machine, exports, module, frame)
    if not replaced:
        return ObjectValue(tuple(Entry(k, t) for k, t in added.items()), at, {}, True)
    value = machine.value_of(written(machine, replaced[-1], frame))
    if not added:
        return value
    whole = machine.forced(value)
    if not isinstance(whole, ObjectValue):
        return value
    parts = (*whole.parts, *(Entry(key, thunk) for key, thunk in added.items()))
    return ObjectValue(parts, whole.node, whole.uncertain, True)


def _added(
    machine: Machine, exports: list[MemberWrite], module: list[MemberWrite], frame: Frame
) -> dict[str, Thunk]:
    found: dict[str, Thunk] = {}
    for write in exports:
        if len(write.path) == 1 and write.straight and write.value is not None:
            found[write.path[0]] = written(machine, write, frame)
    for write in module:
        if len(write.path) == 2 and write.path[0] == "exports" and write.value is not None:
            found[write.path[1]] = written(machine, write, frame)
    return {key: thunk for key, thunk in found.items() if key != _MARK}


def lazy_module(machine: Machine, wrapper: CallValue, call: CallValue) -> Value | None:
    """Return the module of ``require_x()`` where ``require_x = wrap((exports, module) => {...})``.

    ``wrapper`` is the call that made the function being called. None when it is no such wrapper.
    """
    if call.arguments or len(wrapper.arguments) != 1:
        return None
    function = _module_function(machine, machine.value_of(wrapper.arguments[0]))
    if function is None or not 1 <= len(function.node.params) <= 2:
        return None
    names = [str(p.name) for p in function.node.params if p.type == "Identifier"]
    scope = machine.tree.of(function.node, function.env.scope)
    if len(names) != len(function.node.params) or function.node.body.type != "BlockStatement":
        return None
    bindings = [scope.bindings[name] for name in names]
    exports = bindings[0].members
    module = bindings[1].members if len(bindings) == 2 else []
    if not exports and not module:
        return None
    frame = looked_into(function.env.frame, scope)
    return module_value(machine, exports, module, frame, call.node)


def _module_function(machine: Machine, value: Value) -> FunctionValue | None:
    if isinstance(value, ObjectValue):
        entries = list(value.entries().values())
        value = machine.value_of(entries[0]) if len(entries) == 1 else value
    return value if isinstance(value, FunctionValue) else None


def passes_module_on(machine: Machine, function: FunctionValue, call: CallValue) -> Value | None:
    """Return the module that a bundler's ``__toESM`` or ``__toCommonJS`` is called with.

    Such a helper is known by the name `__esModule` in it and by a module as its first argument.
    """
    if not 1 <= len(call.arguments) <= 3 or len(function.node.params) > 3:
        return None
    if not _mentions_mark(function.node):
        return None
    value = machine.forced(machine.value_of(call.arguments[0]))
    if isinstance(value, ImportRef) and not value.path:
        return value
    return value if isinstance(value, ObjectValue) else None


def _mentions_mark(node: Node) -> bool:
    for child in descendants(node, HELPER_NODES):
        if child.type == "Literal" and child.value == _MARK:
            return True
        if child.type == "Identifier" and child.name == _MARK:
            return True
    return False
