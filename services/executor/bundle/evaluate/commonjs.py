"""CommonJS modules inside a bundle: what they export, and the wrappers bundlers put around them.

esbuild and rolldown wrap a module in ``__commonJS((exports, module) => {...})``, webpack keeps
functions ``(module, exports, require)`` in a map that its ``require`` looks up, UMD passes
``exports`` to a factory. In each, a function is called with a fresh ``module.exports``, and what it
sets there is the module.
"""

from __future__ import annotations

from services.executor.bundle.evaluate.definers import is_definer
from services.executor.bundle.evaluate.frames import looked_into
from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.operators import text_of
from services.executor.bundle.evaluate.set_members import MODULE_MARK, written
from services.executor.bundle.evaluate.values import (
    ANY,
    ArrayValue,
    CallValue,
    Entry,
    Env,
    Frame,
    FunctionValue,
    ObjectValue,
    Thunk,
    Undefined,
    Unsupported,
    Value,
    known,
)
from services.executor.bundle.syntax.member_writes import named_getter
from services.executor.bundle.syntax.scope import CALLED, MemberWrite, Scope
from services.executor.bundle.syntax.syntax import Node, descendants, dotted_name

HELPER_NODES = 260
EXPORTS, MODULE, REQUIRE = "exports", "module", "require"


def module_value(
    machine: Machine, exports: list[MemberWrite], module: list[MemberWrite], frame: Frame, at: Node
) -> Value:
    """Return ``module.exports`` after a module's writes to ``exports`` and ``module``."""
    replaced = [w for w in module if w.path == (EXPORTS,) and not w.mutator]
    straight = [w for w in replaced if w.straight and w.value is not None]
    if replaced and not straight and not all(_never_runs(machine, w, frame) for w in replaced):
        return Unsupported("`module.exports` is set in a condition", replaced[-1].node)
    inside = [w for w in module if w.path[:1] == (EXPORTS,) and (w.mutator or len(w.path) > 1)]
    inner = [_shortened(w) for w in inside]
    whole = _exported(machine, [*exports, *inner], frame, at)
    if not straight:
        return whole
    value = machine.value_of(written(machine, straight[-1], frame))
    if not whole.parts and not whole.uncertain:
        return value
    own = machine.forced(value)
    if not isinstance(own, ObjectValue):
        return value
    parts = (*own.parts, *whole.parts)
    uncertain = {**own.uncertain, **whole.uncertain}
    marked = own.is_marked or whole.is_marked
    return ObjectValue(parts, own.node, uncertain, True, own.prototype, marked)


def _shortened(write: MemberWrite) -> MemberWrite:
    return MemberWrite(
        write.node,
        write.path[1:],
        write.value,
        write.scope,
        write.straight,
        write.is_getter,
        write.mutator,
    )


def _exported(machine: Machine, writes: list[MemberWrite], frame: Frame, at: Node) -> ObjectValue:
    """Return ``exports`` after the writes to it; what is set conditionally is not known."""
    found: dict[str, Thunk] = {}
    uncertain: dict[str, Node] = {}
    marked = False
    for write in writes:
        name = write.path[0] if write.path else ANY
        if name == MODULE_MARK:
            marked = True
        elif write.mutator:
            marked = marked or _marks(machine, write, frame)
            for key, thunk in _starred(machine, write, frame).items():
                found.setdefault(key, thunk)
            found |= _assigned(machine, write, frame)
        elif write.is_getter and named_getter(write.node) and not is_definer(machine, write, frame):
            continue
        elif len(write.path) == 1 and write.straight and write.value is not None:
            found[name] = written(machine, write, frame)
            uncertain.pop(name, None)
        elif not _never_runs(machine, write, frame):
            uncertain[name] = write.node
    parts = tuple(Entry(key, thunk) for key, thunk in found.items())
    return ObjectValue(parts, at, uncertain, True, is_marked=marked)


def _marks(machine: Machine, write: MemberWrite, frame: Frame) -> bool:
    """Return whether a call statement is webpack's ``r.r(exports)``, which marks a module."""
    if write.node.type != "CallExpression" or len(write.node.arguments) != 1:
        return False
    place = Env(write.scope, looked_into(frame, write.scope.function))
    callee = machine.forced(machine.evaluate(write.node.callee, place))
    if not isinstance(callee, FunctionValue):
        return False
    return any(n.value == MODULE_MARK for n in descendants(callee.node, HELPER_NODES))


def _starred(machine: Machine, write: MemberWrite, frame: Frame) -> dict[str, Thunk]:
    """Return what a call statement such as ``__exportStar(require("./a"), exports)`` exports."""
    if write.mutator != CALLED or write.path or len(write.node.arguments) != 2:
        return {}
    place = Env(write.scope, looked_into(frame, write.scope.function))
    callee = machine.forced(machine.evaluate(write.node.callee, place))
    if not isinstance(callee, FunctionValue) or len(callee.node.params) != 2:
        return {}
    nodes = list(descendants(callee.node, HELPER_NODES))
    has_loop = any(n.type == "ForInStatement" or n.name == "forEach" for n in nodes)
    if not has_loop or not any(n.value == "default" for n in nodes):
        return {}
    source = next(each for each in write.node.arguments if each is not write.value)
    whole = machine.forced(machine.evaluate(source, place))
    entries = whole.entries() if isinstance(whole, ObjectValue) else {}
    return {key: thunk for key, thunk in entries.items() if key != "default"}


def _assigned(machine: Machine, write: MemberWrite, frame: Frame) -> dict[str, Thunk]:
    """Return what a call statement ``Object.assign(exports, value)`` exports."""
    node = write.node
    if write.mutator != CALLED or write.path or not write.straight:
        return {}
    if dotted_name(node.callee) != "Object.assign" or node.arguments[0] is not write.value:
        return {}
    place = Env(write.scope, looked_into(frame, write.scope.function))
    found: dict[str, Thunk] = {}
    for source in node.arguments[1:]:
        whole = machine.forced(machine.evaluate(source, place))
        if isinstance(whole, ObjectValue):
            found |= whole.entries()
    return found


def _never_runs(machine: Machine, write: MemberWrite, frame: Frame) -> bool:
    """Return whether a write is the one in ``0 && (module.exports = {...})``, a note for Node."""
    body = write.scope.function.node.body
    start, end = write.node._start, write.node._end
    for statement in body if isinstance(body, list) else body.body:
        if statement.type == "ExpressionStatement" and statement._start <= start < statement._end:
            test = statement.expression
            guarded = test.type == "LogicalExpression" and test.operator == "&&"
            if guarded and test.right._start <= start and end <= test.right._end:
                return bool(test.left.type == "Literal" and not test.left.value)
    return False


def run_module(
    machine: Machine, function: FunctionValue, roles: tuple[str | Thunk, ...], at: Node
) -> Value:
    """Return the exports a module's function produces, evaluated once for all callers.

    Args:
        machine: the evaluator.
        function: the module's function.
        roles: what its parameters are: ``EXPORTS``, ``MODULE``, or a value.
        at: where the module is required.
    """
    scope = machine.tree.of(function.node, function.env.scope)
    parent = function.env.frame
    frame = parent.looked_into.get(scope)
    if frame is not None and MODULE in frame.made:
        return frame.made[MODULE]
    arguments = tuple(known(Undefined(at)) if isinstance(r, str) else r for r in roles)
    frame = parent.looked_into[scope] = Frame(scope, parent, arguments)
    frame.made[MODULE] = Unsupported("the module asks for itself while it is made", at)
    exports, module = _writes(scope, function.node, roles)
    own = _exported(machine, exports, frame, at)
    replaced = [w for w in module if w.path == (EXPORTS,) and w.straight and not w.mutator]
    current = written(machine, replaced[-1], frame) if replaced else known(own, at)
    for role, parameter in zip(roles, function.node.params, strict=False):
        if isinstance(role, str) and parameter.type == "Identifier":
            binding = scope.bindings[str(parameter.name)]
            holder = ObjectValue((Entry(EXPORTS, current),), at)
            frame.values[binding] = own if role == EXPORTS else holder
    value = module_value(machine, exports, module, frame, at)
    frame.made[MODULE] = value
    return value


def _writes(
    scope: Scope, function: Node, roles: tuple[str | Thunk, ...]
) -> tuple[list[MemberWrite], list[MemberWrite]]:
    """Return what is set on the parameters that stand for ``exports`` and ``module``."""
    found: dict[str, list[MemberWrite]] = {EXPORTS: [], MODULE: []}
    for role, parameter in zip(roles, function.params, strict=False):
        if isinstance(role, str) and parameter.type == "Identifier":
            binding = scope.bindings[str(parameter.name)]
            found[role] += binding.members
    return found[EXPORTS], found[MODULE]


def lazy_module(machine: Machine, wrapper: CallValue, call: CallValue) -> Value | None:
    """Return the module of ``require_x()`` where ``require_x = wrap((exports, module) => {...})``.

    ``wrapper`` is the call that made the function being called. None when it is not a wrapper.
    """
    if call.arguments or len(wrapper.arguments) != 1:
        return None
    roles = wraps_modules(machine.forced(machine.value_of(wrapper.callee)))
    if roles is None:
        return None
    function = _module_function(machine, machine.settled(wrapper.arguments[0]))
    return None if function is None else run_module(machine, function, roles, call.node)


def wraps_modules(helper: Value) -> tuple[str, ...] | None:
    """Return what a helper calls the function of a module with; None when it is no such helper."""
    handed = _hands_exports(helper.node) if isinstance(helper, FunctionValue) else None
    return None if handed is None or REQUIRE in handed[1] else handed[1]


def asks_a_map(function: Node) -> tuple[Node, tuple[str, ...]] | None:
    """Return the map whose member ``require(id)`` calls, and with what; None for another function.

    It is the function that looks up its parameter in a map and calls the result.
    """
    handed = _hands_exports(function) if len(function.params) == 1 else None
    if handed is None:
        return None
    callee, roles = handed
    parameter = function.params[0]
    if callee.type != "MemberExpression" or not callee.computed or parameter.type != "Identifier":
        return None
    if callee.property.type != "Identifier" or callee.property.name != parameter.name:
        return None
    return callee.object, roles


def _module_function(machine: Machine, value: Value) -> FunctionValue | None:
    if isinstance(value, ObjectValue):
        entries = list(value.entries().values())
        value = machine.value_of(entries[0]) if len(entries) == 1 else value
    return value if isinstance(value, FunctionValue) else None


def required_module(machine: Machine, function: FunctionValue, call: CallValue) -> Value | None:
    """Return the module of ``__webpack_require__(id)``; None when it is another function."""
    asked = asks_a_map(function.node) if len(call.arguments) == 1 else None
    if asked is None:
        return None
    modules, roles = asked
    key = text_of(machine.settled(call.arguments[0]))
    if key is None:
        return Unsupported("a module is asked for whose name is not known", call.node)
    scope = machine.tree.of(function.node, function.env.scope)
    place = Env(scope, looked_into(function.env.frame, scope))
    found = _in_map(machine, machine.forced(machine.evaluate(modules, place)), key)
    if not isinstance(found, FunctionValue):
        return Unsupported(f"module `{key}` is not in the bundle", call.node)
    itself = known(function)
    handed_over = tuple(itself if role == REQUIRE else role for role in roles)
    return run_module(machine, found, handed_over, call.node)


def _in_map(machine: Machine, modules: Value, key: str) -> Value | None:
    if isinstance(modules, ArrayValue) and key.isdecimal() and int(key) < len(modules.items):
        return machine.settled(modules.items[int(key)])
    if isinstance(modules, ObjectValue):
        thunk = modules.entries().get(key)
        return None if thunk is None else machine.settled(thunk)
    return None


def _hands_exports(function: Node) -> tuple[Node, tuple[str, ...]] | None:
    """Return what a helper calls with a fresh ``module`` and its ``exports``, and their order.

    As in ``f((m = {exports: {}}).exports, m)`` and ``modules[id](m, m.exports, require)``.
    """
    for node in descendants(function, HELPER_NODES):
        if node.type != "CallExpression" or len(node.arguments) < 1:
            continue
        callee, arguments = _last(node.callee), list(node.arguments)
        if callee.type == "MemberExpression" and not callee.computed:
            if callee.property.name != "call":
                continue
            callee, arguments = callee.object, arguments[1:]
        held = [a for a in arguments if _is_exports(a)]
        if held:
            name = _holder(held[0])
            return callee, tuple(_role(argument, name) for argument in arguments)
    return None


def _last(callee: Node) -> Node:
    """Return f of ``(0, f)(...)``."""
    return callee.expressions[-1] if callee.type == "SequenceExpression" else callee


def _is_exports(node: Node) -> bool:
    if node.type != "MemberExpression" or node.computed:
        return False
    return bool(node.property.name == EXPORTS)


def _holder(member: Node) -> str:
    """Return m of ``m.exports`` and of ``(m = {exports: {}}).exports``."""
    whole = member.object
    whole = whole.left if whole.type == "AssignmentExpression" else whole
    return str(whole.name) if whole.type == "Identifier" else ""


def _role(argument: Node, holder: str) -> str:
    if _is_exports(argument):
        return EXPORTS
    if argument.type == "AssignmentExpression":
        argument = argument.left
    return MODULE if argument.type == "Identifier" and argument.name == holder else REQUIRE
