"""What a name evaluates to: its definition, and the members that are set on it afterwards."""

from __future__ import annotations

from services.executor.bundle.machine import Machine
from services.executor.bundle.members import member_of, without_keys
from services.executor.bundle.scope import (
    Binding,
    BindingKind,
    DefaultStep,
    IndexStep,
    KeyStep,
    MemberWrite,
    RestStep,
    Scope,
    Step,
    Write,
)
from services.executor.bundle.syntax import Node, property_name, span
from services.executor.bundle.values import (
    ArrayValue,
    ClassValue,
    Constant,
    Entry,
    Env,
    Frame,
    FunctionValue,
    ImportRef,
    ObjectValue,
    Thunk,
    Undefined,
    Unsupported,
    Value,
)


def binding_value(machine: Machine, binding: Binding, env: Env, node: Node) -> Value:
    """Return what ``binding`` holds, seen from ``env``; ``node`` is the name's use."""
    frame = _frame_of(env.frame, binding.scope.function)
    if frame is None:
        return Unsupported(f"`{binding.name}` is known only when its function is called", node)
    if binding in frame.values:
        value = frame.values[binding]
        if value is None:
            return Unsupported(f"`{binding.name}` is defined by itself", node)
        return value
    frame.values[binding] = None
    value = _defined(machine, binding, frame, node)
    frame.values[binding] = value
    return value


def is_being_defined(binding: Binding, env: Env, node: Node) -> bool:
    """Tell whether ``node``, a use of ``binding``, stands in its definition, not in a closure."""
    value = binding.value
    if value is None or env.scope.function is not binding.scope.function:
        return False
    return bool(value._start <= node._start < value._end)


def _defined(machine: Machine, binding: Binding, frame: Frame, node: Node) -> Value:
    definition = _definition(binding)
    if isinstance(definition, Write):
        place = Env(definition.scope, looked_into(frame, definition.scope.function))
        value = machine.evaluate(definition.value, place)
        return with_members(machine, value, binding.members, definition.scope, place.frame)
    if definition is not None:
        return definition
    home = Env(binding.home or binding.scope, looked_into(frame, (binding.home or binding.scope)))
    value = _base(machine, binding, frame, home, node)
    value = project(machine, value, binding.steps, home, node)
    return with_members(machine, value, binding.members, binding.scope, frame)


def _definition(binding: Binding) -> Write | Unsupported | None:
    """Return the one assignment that defines a name declared without a value, or what is wrong."""
    if not binding.writes:
        return None
    first = binding.writes[0]
    undefined = binding.kind is BindingKind.VARIABLE and binding.value is None
    if undefined and len(binding.writes) == 1 and first.value is not None:
        return first
    last = binding.writes[-1]
    where = span(last.node)
    return Unsupported(f"`{binding.name}` is assigned again in line {where.line}", last.node)


def _base(machine: Machine, binding: Binding, frame: Frame, home: Env, node: Node) -> Value:
    match binding.kind:
        case BindingKind.VARIABLE:
            return (
                Undefined(node) if binding.value is None else machine.evaluate(binding.value, home)
            )
        case BindingKind.FUNCTION:
            return FunctionValue(binding.value, Env(binding.scope, frame))
        case BindingKind.CLASS:
            return machine.evaluate(binding.value, Env(binding.scope, frame))
        case BindingKind.PARAMETER:
            return _argument(machine, binding, frame, node)
        case BindingKind.IMPORT:
            return _imported(binding)
        case _:
            return Unsupported(f"`{binding.name}` is known only when the bundle runs", node)


def _imported(binding: Binding) -> Value:
    specifier = binding.value
    if specifier.type == "ImportDefaultSpecifier":
        path: tuple[str, ...] = ("default",)
    elif specifier.type == "ImportNamespaceSpecifier":
        path = ()
    else:
        name = property_name(specifier.imported, computed=False)
        path = (name or binding.name,)
    return ImportRef(binding.source, path, binding.node)


def _argument(machine: Machine, binding: Binding, frame: Frame, node: Node) -> Value:
    arguments = frame.arguments
    if arguments is None:
        return Unsupported(f"`{binding.name}` is known only when its function is called", node)
    first = binding.steps[0] if binding.steps else None
    if isinstance(first, RestStep) and first.index is not None:
        return ArrayValue(arguments, node)
    if binding.index >= len(arguments):
        return Undefined(node)
    return machine.value_of(arguments[binding.index])


def project(machine: Machine, value: Value, steps: tuple[Step, ...], env: Env, node: Node) -> Value:
    """Return the part of ``value`` that the steps of a pattern lead to."""
    for step in steps:
        value = _step(machine, value, step, env, node)
        if isinstance(value, Unsupported):
            return value
    return value


def _step(machine: Machine, value: Value, step: Step, env: Env, node: Node) -> Value:
    match step:
        case DefaultStep(default):
            return _or_default(machine, value, default, env)
        case KeyStep(key, computed, default):
            name = _key(machine, key, env, computed=computed)
            if name is None:
                return Unsupported("its pattern has a computed key", key)
            return _or_default(machine, member_of(machine, value, name, node), default, env)
        case IndexStep(index, default):
            element = member_of(machine, value, str(index), node)
            return _or_default(machine, element, default, env)
        case RestStep(excluded, None):
            names = [_key(machine, s.key, env, computed=s.computed) for s in excluded]
            return without_keys(machine, value, [n for n in names if n is not None], node)
        case RestStep(_, index):
            whole = machine.forced(value)
            if isinstance(whole, ArrayValue) and whole.opaque is None:
                return ArrayValue(whole.items[index:], node)
            return Unsupported("the rest of something that is no known array", node)


def _key(machine: Machine, key: Node, env: Env, *, computed: bool) -> str | None:
    name = property_name(key, computed=computed)
    if name is not None:
        return name
    value = machine.forced(machine.evaluate(key, env))
    return str(value.value) if isinstance(value, Constant) else None


def _or_default(machine: Machine, value: Value, default: Node | None, env: Env) -> Value:
    if default is None:
        return value
    return machine.evaluate(default, env) if isinstance(value, Undefined) else value


def with_members(
    machine: Machine, value: Value, writes: list[MemberWrite], home: Scope, frame: Frame
) -> Value:
    """Return ``value`` with the members that ``writes`` set on it.

    A write at the top of the function in which the value is made is taken as done; another makes
    its member uncertain.
    """
    if not writes or not isinstance(value, (ObjectValue, FunctionValue, ClassValue)):
        return value
    done: dict[str, Thunk] = {}
    uncertain: dict[str, Node] = {}
    for write in writes:
        sure = write.straight and _runs_with(write.scope.function, home.function)
        if sure and len(write.path) == 1 and write.value is not None:
            done[write.path[0]] = written(machine, write, frame)
        elif write.path[:1] != ("prototype",):
            uncertain[write.path[0] if write.path else "*"] = write.node
    if isinstance(value, ObjectValue):
        getters = any(write.is_getter for write in writes)
        parts = (*value.parts, *(Entry(key, thunk) for key, thunk in done.items()))
        return ObjectValue(parts, value.node, uncertain, value.is_module or getters)
    kind = type(value)
    return kind(value.node, value.env, {**value.members, **done})


def _runs_with(function: Scope, home: Scope) -> bool:
    """Tell whether ``function`` is ``home`` or a function that ``home`` calls at once."""
    return function is home or function.parent is home


def written(machine: Machine, write: MemberWrite, frame: Frame) -> Thunk:
    """Return what ``write`` sets; a getter's function is looked into for what it returns."""
    place = Env(write.scope, looked_into(frame, write.scope.function))
    node = write.value
    if not write.is_getter:
        return Thunk(node, place)
    inner = machine.tree.of(node, write.scope)
    body = node.body if node.body.type != "BlockStatement" else node.body.body[0].argument
    return Thunk(body, Env(inner, looked_into(place.frame, inner)))


def looked_into(frame: Frame, scope: Scope) -> Frame:
    """Return the frame of ``scope``'s function, made without arguments if there is none yet."""
    function = scope.function
    found = _frame_of(frame, function)
    if found is not None:
        return found
    if function.parent is None:
        return frame
    parent = looked_into(frame, function.parent)
    fresh = parent.looked_into.get(function)
    if fresh is None:
        fresh = parent.looked_into[function] = Frame(function, parent, None)
    return fresh


def _frame_of(frame: Frame, function: Scope) -> Frame | None:
    current: Frame | None = frame
    while current is not None and current.scope is not function:
        current = current.parent
    return current
