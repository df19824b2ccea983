"""Member assignments on a value after its creation, and what may change it unseen.

Assumptions about a program, so that not every object is unknown:

- A member added once, at the top level of the function that makes the object or of one that runs
  there at once, exists whenever it is read. One that replaces another, is set in a condition, in
  a function that may run later, or under an unknown name, is unknown at all times.
- Other names for an object are followed (``const a = b``, ``const {c} = b``, an argument of a
  function that is called in place): a member set through them becomes unknown.
- A function called as a statement (``f(object);``) changes what it sets on its own parameter. One
  whose result is used (``const a = createAgent(object)``) is assumed to leave its arguments alone,
  and so is one outside the bundle. Whatever is put into another object or array, or returned, is
  assumed to change only under its own name.
- What is set on the result of a call that cannot be followed (``agent.name = "x"`` after
  ``const agent = new Agent({...})``) is kept with the call: what reads an agent or a tool asks for
  it, and the rest is a note if it is at the top of a module. Agents are followed further, to
  lists, functions and classes that hold them (``manifest/value_flow.py``).
- Methods that change an array (``push``, ``sort``) make it unknown, except ``push`` at the top.
"""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.evaluate.definers import is_definer
from services.executor.bundle.evaluate.frames import looked_into
from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.values import (
    ANY,
    ArrayValue,
    CallValue,
    Changed,
    ClassValue,
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
from services.executor.bundle.syntax.member_writes import named_getter, returned_by
from services.executor.bundle.syntax.scope import (
    CALLED,
    Binding,
    BindingKind,
    MemberWrite,
    Scope,
)
from services.executor.bundle.syntax.syntax import Node, descendants, span

MODULE_MARK = "__esModule"
_HELPER_NODES = 200
_MAX_NAMES = 6
_NAME = "Identifier"


def with_members(
    machine: Machine, value: Value, binding: Binding, home: Scope, frame: Frame
) -> Value:
    """Return ``value``, which ``binding`` holds, with the members set on it.

    ``home`` is the scope in which the value is made.
    """
    if isinstance(value, CallValue):
        made = machine.forced(value) if binding.members else value
        if not isinstance(made, (ObjectValue, ArrayValue, FunctionValue)):
            first = value.changes
            if first is None:
                return replace(value, changes=InstanceChanges(machine, binding, home, frame))
            if isinstance(first, InstanceChanges) and not first.covers(binding):
                InstanceChanges(machine, binding, home, frame)  # notes what it does not follow
            return value
        value = made
    if not isinstance(value, (ObjectValue, ArrayValue, FunctionValue, ClassValue)):
        return value
    writes = _all_writes(binding, ())
    if not writes:
        return value
    changes = _Changes(machine, binding, home, frame)
    for write in writes:
        changes.add(write, value)
    return changes.made(value)


# A member that is set, or an array member that grows: `agent.handoffs.push(other)`.
_TOLD = frozenset({"", "push", "splice", "unshift"})


class InstanceChanges:
    """What is set on the result of a call that cannot be followed; read when it is asked for."""

    def __init__(self, machine: Machine, binding: Binding, home: Scope, frame: Frame) -> None:
        self._machine = machine
        self._binding = binding
        self._home = home
        self._frame = frame
        self._asked = False
        if binding.members:
            machine.untold.append(self)

    def __repr__(self) -> str:
        """Show the name."""
        return f"InstanceChanges({self._binding.name!r}, asked={self._asked})"

    def __call__(self) -> Changed | None:
        """Return the changes, None when nothing is set."""
        self._asked = True
        writes = _all_writes(self._binding, ())
        if not writes:
            return None
        changes = _InstanceWrites(self._machine, self._binding, self._home, self._frame)
        for write in writes:
            changes.add(write, Undefined(write.node))
        return changes.changed()

    def covers(self, binding: Binding) -> bool:
        """Return whether what is set through another name counts here."""
        nodes = {id(write.node) for write in _all_writes(self._binding, ())}
        return all(id(write.node) in nodes for write in binding.members)

    def tell(self) -> None:
        """Note the members that nothing asked for, except those set inside a function."""
        if self._asked or (self._frame.arguments is not None and not self._frame.made):
            return
        for write in self._binding.members:
            is_told = write.mutator in _TOLD and write.path != ("prototype",)
            if is_told and len(write.path) == 1:
                name = f"`{self._binding.name}.{write.path[0]}`"
                reason = f"{name} is set on the result of a call, and not followed"
                self._machine.note(reason, write.node)


def _all_writes(binding: Binding, seen: tuple[Binding, ...]) -> list[MemberWrite]:
    """Return what is set on members through ``binding``'s name and its aliases."""
    writes = list(binding.members)
    if len(seen) >= _MAX_NAMES:
        return writes
    for other in binding.other_names:
        if other.binding in seen or other.binding is binding:
            continue
        for write in _all_writes(other.binding, (*seen, binding)):
            is_argument = other.binding.kind is BindingKind.PARAMETER and not other.path
            if is_argument:
                writes.append(write)
            else:
                path = (*other.path, *write.path)
                writes.append(replace(write, path=path, straight=False))
    return writes


class _Changes:
    """The changes of one value: members that are set, and those that are not known."""

    def __init__(self, machine: Machine, binding: Binding, home: Scope, frame: Frame) -> None:
        self._machine = machine
        self._binding = binding
        self._home = home.function
        self._frame = frame
        self._done: dict[str, Thunk] = {}
        self._pushed: list[Thunk] = []
        self._uncertain: dict[str, Node] = {}
        self._getters = False
        self._marked = False

    def add(self, write: MemberWrite, value: Value) -> None:
        """Take a write into account."""
        if write.path[:1] == ("prototype",):
            return
        if (
            write.is_getter
            and named_getter(write.node)
            and not is_definer(self._machine, write, self._frame)
        ):
            return
        if write.mutator:
            self._change(write, value)
        elif write.path == (MODULE_MARK,):
            self._marked = True
        elif write.path == ("__proto__",):
            self._lose((), write.node)
        elif not self._is_sure(write) or len(write.path) != 1 or write.value is None:
            self._lose(write.path, write.node)
        else:
            self._set(write, value)

    def _set(self, write: MemberWrite, value: Value) -> None:
        key = write.path[0]
        before = self._done.get(key)
        if before is None and isinstance(value, ObjectValue):
            before = value.entries().get(key)
        if before is not None and not isinstance(self._machine.value_of(before), Undefined):
            self._lose(write.path, write.node)
            return
        self._done[key] = written(self._machine, write, self._frame)
        self._getters = self._getters or write.is_getter

    def _change(self, write: MemberWrite, value: Value) -> None:
        if write.mutator == CALLED:
            self._called(write)
        elif write.path:
            self._lose(write.path, write.node)
        elif write.mutator == "push" and isinstance(value, ArrayValue) and self._is_sure(write):
            place = Env(write.scope, looked_into(self._frame, write.scope.function))
            for argument in write.value.arguments:
                if argument.type == "SpreadElement":
                    self._lose((), write.node)
                self._pushed.append(Thunk(argument, place))
        else:
            self._lose((), write.node)

    def _called(self, write: MemberWrite) -> None:
        """Take into account what a function called as a statement sets on its parameter."""
        callee = write.node.callee
        place = Env(write.scope, looked_into(self._frame, write.scope.function))
        function = self._machine.forced(self._machine.evaluate(callee, place))
        if not isinstance(function, FunctionValue):
            return
        index = next(i for i, a in enumerate(write.node.arguments) if a is write.value)
        parameters = function.node.params
        if index >= len(parameters) or parameters[index].type != "Identifier":
            return
        if index == 0 and self._gets(function, write):
            return
        scope = self._machine.tree.of(function.node, function.env.scope)
        parameter = scope.bindings.get(str(parameters[index].name))
        if parameter is None or parameter is self._binding:
            return
        for inner in _all_writes(parameter, ()):
            if inner.path == (MODULE_MARK,) and not write.path:
                self._marked = True
            elif inner.mutator != CALLED and not self._defines(write):
                self._lose((*write.path, *inner.path), write.node)

    def _gets(self, function: FunctionValue, write: MemberWrite) -> bool:
        """Take ``d(target, getters)`` of webpack into account, which defines each as a member."""
        arguments = write.node.arguments
        if len(arguments) != 2 or write.path or arguments[1].type != "Identifier":
            return False
        words = {str(n.name) for n in descendants(function.node, _HELPER_NODES) if n.type == _NAME}
        if "defineProperty" not in words:
            return False
        place = Env(write.scope, looked_into(self._frame, write.scope.function))
        getters = self._machine.forced(self._machine.evaluate(arguments[1], place))
        if not isinstance(getters, ObjectValue) or getters.opaque() or getters.uncertain:
            return False
        made: dict[str, Thunk] = {}
        for key, thunk in getters.entries().items():
            getter = self._machine.value_of(thunk)
            if not isinstance(getter, FunctionValue) or getter.node.params:
                return False
            call = CallValue(getter.node, getter.env, False, known(getter), None, None, ())
            made[key] = Thunk(getter.node, None, call)
        self._done.update(made)
        self._getters = True
        return True

    def _defines(self, write: MemberWrite) -> bool:
        """Return whether a call's changes are known in detail, as with ``__export(x, {...})``."""
        return any(
            other.node is write.node and other.mutator == "" for other in self._binding.members
        )

    def _lose(self, path: tuple[str, ...], node: Node) -> None:
        self._uncertain.setdefault(path[0] if path else ANY, node)

    def _is_sure(self, write: MemberWrite) -> bool:
        """Return whether a write happens once, before the value's creator returns."""
        if not write.straight:
            return False
        function: Scope | None = write.scope.function
        while function is not None and function is not self._home:
            if not (function.runs_at_once or _returns(function.node, self._binding.name)):
                return False
            function = function.parent.function if function.parent is not None else None
        if function is None:
            return False
        by_helper = _is_defined_by_call(write) and not write.mutator
        return is_definer(self._machine, write, self._frame) if by_helper else True

    def made(self, value: Value) -> Value:
        """Return the value with its changes."""
        if isinstance(value, ArrayValue):
            return self._array(value)
        if isinstance(value, ObjectValue):
            parts = (*value.parts, *(Entry(key, thunk) for key, thunk in self._done.items()))
            return replace(
                value,
                parts=parts,
                uncertain={**self._uncertain, **value.uncertain},
                is_module=value.is_module or self._getters,
                is_marked=value.is_marked or self._marked,
            )
        assert isinstance(value, (FunctionValue, ClassValue))
        members = {**value.members, **self._done}
        for key, node in self._uncertain.items():
            lost = Unsupported(f"member `{key}` is set at an unknown time", node)
            members[key] = Thunk(node, None, lost)
        return replace(value, members=members)

    def _array(self, value: ArrayValue) -> ArrayValue:
        for node in self._uncertain.values():
            line = span(node).line
            reason = f"the array is changed at an unknown time, in line {line}"
            return replace(value, opaque=Unsupported(reason, node))
        if self._done:
            node = next(iter(self._done.values())).node
            return replace(value, opaque=Unsupported("an item of the array is replaced", node))
        return replace(value, items=(*value.items, *self._pushed))


class _InstanceWrites(_Changes):
    """The changes of an instance, whose own members are not known here."""

    def __init__(self, machine: Machine, binding: Binding, home: Scope, frame: Frame) -> None:
        super().__init__(machine, binding, home, frame)
        self._grown: dict[str, tuple[Thunk, ...]] = {}
        self._below: dict[str, dict[str, Node]] = {}

    def _set(self, write: MemberWrite, value: Value) -> None:
        key = write.path[0]
        self._grown.pop(key, None)
        self._done[key] = written(self._machine, write, self._frame)

    def _change(self, write: MemberWrite, value: Value) -> None:
        is_push = write.mutator == "push" and len(write.path) == 1 and self._is_sure(write)
        pushed = write.value.arguments if is_push else ()
        if not is_push or any(argument.type == "SpreadElement" for argument in pushed):
            super()._change(write, value)
            return
        place = Env(write.scope, looked_into(self._frame, write.scope.function))
        key = write.path[0]
        more = (*self._grown.get(key, ()), *(Thunk(argument, place) for argument in pushed))
        if more:
            self._grown[key] = more

    def _lose(self, path: tuple[str, ...], node: Node) -> None:
        super()._lose(path, node)
        if path:
            member = path[1] if len(path) > 1 else ANY
            self._below.setdefault(path[0], {}).setdefault(member, node)

    def changed(self) -> Changed | None:
        """Return the changes, None when there are none."""
        if not (self._done or self._grown or self._uncertain):
            return None
        parts = tuple(Entry(key, thunk) for key, thunk in self._done.items())
        node, uncertain = self._binding.node, self._uncertain
        return Changed(parts, node, uncertain, grown=self._grown, below=self._below)


def _is_defined_by_call(write: MemberWrite) -> bool:
    return bool(write.node.type == "CallExpression")


def _returns(function: Node, name: str) -> bool:
    """Return whether a function ends by returning a name, as lazy modules of rollup do."""
    if function.type == "Program":
        return False
    returned = returned_by(function)
    if returned is None and function.body.type == "BlockStatement" and function.body.body:
        last = function.body.body[-1]
        returned = last.argument if last.type == "ReturnStatement" else None
    while returned is not None and returned.type in ("ConditionalExpression", "SequenceExpression"):
        inner = returned.type == "ConditionalExpression"
        returned = returned.alternate if inner else returned.expressions[-1]
    return returned is not None and returned.type == "Identifier" and returned.name == name


def written(machine: Machine, write: MemberWrite, frame: Frame) -> Thunk:
    """Return what ``write`` sets; for a getter, what its function returns."""
    place = Env(write.scope, looked_into(frame, write.scope.function))
    node = write.value
    if not write.is_getter:
        return Thunk(node, place)
    inner = machine.tree.of(node, write.scope)
    returned = returned_by(node)
    if returned is None:
        return Thunk(node, None, Unsupported("a getter that does more than return", node))
    return Thunk(returned, Env(inner, looked_into(place.frame, inner)))
