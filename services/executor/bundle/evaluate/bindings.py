"""What a name evaluates to: its definition, and the members set on it afterwards."""

from __future__ import annotations

from services.executor.bundle.evaluate.frames import frame_of, looked_into
from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.members import member_of, without_keys
from services.executor.bundle.evaluate.object_literals import key_of
from services.executor.bundle.evaluate.set_members import with_members
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Env,
    Frame,
    FunctionValue,
    ImportRef,
    Undefined,
    Unsupported,
    Value,
    known,
    raw_text,
    text_constant,
)
from services.executor.bundle.syntax.async_modules import waits_only
from services.executor.bundle.syntax.scope import (
    Binding,
    BindingKind,
    DefaultStep,
    IndexStep,
    KeyStep,
    RestStep,
    Step,
    Write,
)
from services.executor.bundle.syntax.syntax import (
    FUNCTION_TYPES,
    Node,
    dotted_name,
    property_name,
    span,
)


def binding_value(machine: Machine, binding: Binding, env: Env, node: Node) -> Value:
    """Return what ``binding`` holds, seen from ``env``; ``node`` is the name's use."""
    frame = frame_of(env.frame, binding.scope.function)
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
    """Return whether ``node``, a use of ``binding``, is in its definition and not in a closure."""
    value, scope = binding.value, binding.scope
    if value is None and len(binding.writes) == 1:
        value, scope = binding.writes[0].value, binding.writes[0].scope
    if value is None or env.scope.function is not scope.function:
        return False
    return bool(value._start <= node._start < value._end)


def _defined(machine: Machine, binding: Binding, frame: Frame, node: Node) -> Value:
    definition = _definition(binding)
    if isinstance(definition, Write):
        place = Env(definition.scope, looked_into(frame, definition.scope.function))
        value = machine.evaluate(definition.value, place)
        return with_members(machine, value, binding, definition.scope, place.frame)
    if definition is not None:
        return definition
    home = Env(binding.home or binding.scope, looked_into(frame, (binding.home or binding.scope)))
    value = _base(machine, binding, frame, home, node)
    value = project(machine, value, binding.steps, home, node)
    return with_members(machine, value, binding, binding.scope, frame)


def _definition(binding: Binding) -> Write | Unsupported | None:
    """Return the one assignment that defines a name declared without a value, or what is wrong.

    A name assigned exactly once, anywhere, is assumed to have that value whenever it is
    read: bundlers take declarations apart and assign in functions that run later. So is one that
    an empty object only stands in for, as for parcel's modules.
    """
    writes = [
        write
        for write in binding.writes
        if not waits_only(write, binding.name)
        and not _replaces_itself(binding, write)
        and not _decorates(binding, write)
    ]
    if not writes:
        return None
    undefined = binding.kind is BindingKind.VARIABLE and binding.value is None
    if len(writes) == 1 and writes[0].value is not None:
        only = writes[0] if undefined or _stood_in(binding, writes[0]) else None
        if only is not None:
            return only
    last = writes[-1]
    where = span(last.node)
    return Unsupported(f"`{binding.name}` is assigned again in line {where.line}", last.node)


def _stood_in(binding: Binding, write: Write) -> bool:
    """Detect ``var a = {}; a = value;``: an empty object until a statement that always runs."""
    own = binding.value
    if own is None or own.type != "ObjectExpression" or own.properties:
        return False
    if binding.kind is not BindingKind.VARIABLE or write.scope is not binding.scope:
        return False
    body = write.scope.node.body
    for statement in body if isinstance(body, list) else body.body:
        if statement.type == "ExpressionStatement":
            whole = statement.expression
            parts = whole.expressions if whole.type == "SequenceExpression" else [whole]
            if any(each is write.node for each in parts):
                return True
    return False


def _replaces_itself(binding: Binding, write: Write) -> bool:
    """Detect TypeScript's ``__assign``, which is ``Object.assign`` from its first call on."""
    value, own = write.value, binding.value
    if own is None or value is None or value.type != "LogicalExpression":
        return False
    inside = own.type in FUNCTION_TYPES and own._start <= write.node._start < own._end
    return bool(inside and dotted_name(value.left) == "Object.assign")


def _decorates(binding: Binding, write: Write) -> bool:
    """Detect ``A = __decorate([...], A)``, how compilers apply the decorators of a class.

    With ``A = _A``, what a call in the class made of ``this`` is in ``_A``.
    """
    own, value = binding.value, write.value
    if own is None or value is None or own.type not in ("ClassDeclaration", "ClassExpression"):
        return False
    if value.type == "Identifier":
        made = write.scope.lookup(str(value.name))
        inner = [] if made is None else [each.value for each in made.writes]
        return bool(inner) and all(_made_of_this(each, own) for each in inner)
    if value.type != "CallExpression" or len(value.arguments) < 2:
        return False
    last = value.arguments[-1]
    return bool(last.type == "Identifier" and last.name == binding.name)


def _made_of_this(value: Node | None, inside: Node) -> bool:
    if value is None or value.type != "CallExpression":
        return False
    is_inside = inside._start <= value._start < inside._end
    return is_inside and any(each.type == "ThisExpression" for each in value.arguments)


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
                return Unsupported("its pattern has a computed key that is not known", key)
            return _or_default(machine, member_of(machine, value, name, node), default, env)
        case IndexStep(index, default):
            element = member_of(machine, _listed(machine, value, node), str(index), node)
            return _or_default(machine, element, default, env)
        case RestStep(excluded, None):
            names = [_key(machine, s.key, env, computed=s.computed) for s in excluded]
            return without_keys(machine, value, [n for n in names if n is not None], node)
        case RestStep(_, index):
            whole = machine.forced(_listed(machine, value, node))
            if isinstance(whole, ArrayValue) and whole.opaque is None:
                return ArrayValue(whole.items[index:], node)
            return Unsupported("the rest of something that is no known array", node)


def _listed(machine: Machine, value: Value, node: Node) -> Value:
    """Return the list that destructuring a string gives: its characters, not its units."""
    whole = machine.forced(value) if isinstance(value, CallValue) else value
    text = raw_text(whole)
    if text is None:
        return value
    return ArrayValue(tuple(known(text_constant(c, node)) for c in text), node)


def _key(machine: Machine, key: Node, env: Env, *, computed: bool) -> str | None:
    name = property_name(key, computed=computed)
    if name is not None:
        return name
    return key_of(machine, machine.forced(machine.evaluate(key, env)))


def _or_default(machine: Machine, value: Value, default: Node | None, env: Env) -> Value:
    if default is None:
        return value
    if isinstance(value, Unsupported) and value.variable is not None:
        machine.note_unset(value, "the default is taken")
        return machine.evaluate(default, env)
    if isinstance(value, CallValue):
        settled = machine.forced(value)
        value = settled if isinstance(settled, Undefined) else value
    return machine.evaluate(default, env) if isinstance(value, Undefined) else value
