"""What expressions evaluate to: constants, objects, functions, calls that stay calls.

Parts of a value stay unevaluated (``Thunk``) until they are needed, so that one odd member does
not spoil the rest. What cannot be known is an ``Unsupported`` with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from services.executor.bundle.evaluate.utf16 import joined
from services.executor.bundle.syntax.scope import Binding, Scope
from services.executor.bundle.syntax.syntax import Node, clean_text

ANY = "*"  # stands for a member whose name is not known


@dataclass(frozen=True, eq=False)
class Frame:
    """One call of a function: its arguments, and the frame the function was made in.

    ``arguments`` is None for a function inspected without a call. ``values`` keeps what its
    bindings evaluated to; None marks one being evaluated. ``made`` keeps the modules evaluated
    in it.
    """

    scope: Scope
    parent: Frame | None
    arguments: tuple[Thunk, ...] | None
    values: dict[Binding, Value | None] = field(default_factory=dict, repr=False)
    looked_into: dict[Scope, Frame] = field(default_factory=dict, repr=False)
    made: dict[str, Value] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class Env:
    """Where an expression is: the scope for names and the frame for arguments."""

    scope: Scope
    frame: Frame


@dataclass(eq=False)
class Thunk:
    """An expression to evaluate later, with its value once evaluated; or a known value."""

    node: Node
    env: Env | None = None
    value: Value | None = None


@dataclass(frozen=True, eq=False)
class Constant:
    """A string, number, boolean or null.

    ``value`` of a string is valid UTF-8 text: a lone half of a UTF-16 pair is U+FFFD in it. Only
    then is ``raw`` set, to the string as JavaScript has it.
    """

    value: str | int | float | bool | None
    node: Node = field(default=None, repr=False)
    raw: str | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Undefined:
    """JavaScript's ``undefined``."""

    node: Node = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class BigInt:
    """A BigInt literal."""

    value: int
    node: Node = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class RegExp:
    """A regular expression literal."""

    pattern: str
    flags: str
    node: Node = field(default=None, repr=False)


def is_index(key: str) -> bool:
    """Return whether ``key`` is an array index, which objects order before other keys."""
    if not key.isascii() or not key.isdecimal() or len(key) > 10:
        return False
    return key == "0" or (key[0] != "0" and int(key) < 2**32 - 1)


@dataclass(frozen=True, eq=False)
class Entry:
    """A key of an object literal."""

    key: str
    thunk: Thunk


@dataclass(frozen=True, eq=False)
class OpaqueRest:
    """A spread or a computed key that could not be followed: it may hold any key."""

    value: Value


@dataclass(frozen=True, eq=False)
class ObjectValue:
    """An object as its parts in order. ``uncertain`` are keys set at an unknown time.

    ``ANY`` among these means that any key may be. ``is_module`` marks a CommonJS module or a
    namespace import, ``is_marked`` one that has a true ``__esModule``, which is not an entry.
    ``prototype`` is what ``__proto__: value`` sets: None for a plain object's, an object, or null.
    """

    parts: tuple[Entry | OpaqueRest, ...]
    node: Node = field(default=None, repr=False)
    uncertain: Mapping[str, Node] = field(default_factory=dict, repr=False)
    is_module: bool = False
    prototype: Value | None = field(default=None, repr=False)
    is_marked: bool = False

    def entries(self) -> Mapping[str, Thunk]:
        """Return the known keys in JavaScript's order, the last of each winning.

        Keys that are array indexes come first, by number. A rest after a key may hide it.
        """
        return self._entries

    @cached_property
    def _entries(self) -> Mapping[str, Thunk]:
        found: dict[str, Thunk] = {}
        indexes = False
        for part in self.parts:
            if isinstance(part, Entry):
                found[part.key] = part.thunk
                indexes = indexes or is_index(part.key)
        if indexes:
            first = sorted((key for key in found if is_index(key)), key=int)
            found = {key: found[key] for key in first} | found
        return found

    def opaque(self) -> tuple[OpaqueRest, ...]:
        """Return the parts whose keys are not known."""
        return tuple(part for part in self.parts if isinstance(part, OpaqueRest))

    def hidden_by(self, key: str) -> OpaqueRest | None:
        """Return the unknown part that may replace ``key``, or hold it when it is absent."""
        for part in reversed(self.parts):
            if isinstance(part, OpaqueRest):
                return part
            if part.key == key:
                return None
        return None


@dataclass(frozen=True, eq=False)
class Changed(ObjectValue):
    """What is set on an instance after its construction, where it counts before the definition.

    ``grown`` are the items that are pushed to lists of the instance, at least one of each;
    ``below`` are the members of its members that are set.
    """

    grown: Mapping[str, tuple[Thunk, ...]] = field(default_factory=dict, repr=False)
    below: Mapping[str, Mapping[str, Node]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class ArrayValue:
    """An array; ``opaque`` is a spread that could not be followed, if any."""

    items: tuple[Thunk, ...]
    node: Node = field(default=None, repr=False)
    opaque: Value | None = None


@dataclass(frozen=True, eq=False)
class FunctionValue:
    """A function with its place of definition and the members set on it."""

    node: Node
    env: Env
    members: Mapping[str, Thunk] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class ClassValue:
    """A class with its place of definition and its static members."""

    node: Node
    env: Env
    members: Mapping[str, Thunk] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class ImportRef:
    """What another module exports: ``("zod", ("z",))``; an empty path is the module itself."""

    specifier: str
    path: tuple[str, ...]
    node: Node = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class GlobalRef:
    """A global of the runtime, such as ``Object.assign``."""

    path: tuple[str, ...]
    node: Node = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class CallValue:
    """A call, or a construction with ``new``, that was not followed (yet).

    ``receiver`` and ``method`` are set when the callee is a plain member: ``receiver.method(...)``.
    ``changes`` returns what is set on the result through its name, None for a call without one.
    """

    node: Node
    env: Env
    is_new: bool
    callee: Thunk
    receiver: Thunk | None
    method: str | None
    arguments: tuple[Thunk, ...]
    opaque_arguments: bool = False
    changes: Callable[[], Changed | None] | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class MemberValue:
    """A member of something that stays opaque, such as ``schema.shape``."""

    target: Value
    key: str
    node: Node


@dataclass(frozen=True, eq=False)
class Unsupported:
    """Something unknown: the reason, worded to end a sentence, and the node at fault.

    ``variable`` names the environment variable it came from; the value acts as ``undefined`` where
    only that counts (``??``, ``||``, conditions), since only a run can grant them.
    """

    reason: str
    node: Node | None = field(default=None, repr=False)
    variable: str | None = None


@dataclass(frozen=True, eq=False)
class Hole(Unsupported):
    """A hole of an array."""


Value: TypeAlias = (
    Constant
    | Undefined
    | BigInt
    | RegExp
    | ObjectValue
    | ArrayValue
    | FunctionValue
    | ClassValue
    | ImportRef
    | GlobalRef
    | CallValue
    | MemberValue
    | Unsupported
)


def has_hole(items: tuple[Thunk, ...]) -> bool:
    """Return whether an array has a hole, which is not the same as undefined."""
    return any(isinstance(each.value, Hole) for each in items)


def text_constant(text: str, node: Node) -> Constant:
    """Return a string; lone surrogates in ``text`` are kept aside in ``raw``."""
    whole = joined(text)
    clean = clean_text(whole)
    return Constant(clean, node, None if clean == whole else whole)


def raw_text(value: Value) -> str | None:
    """Return ``value`` as a JavaScript string; None when it is not a string."""
    if not isinstance(value, Constant) or not isinstance(value.value, str):
        return None
    return value.value if value.raw is None else value.raw


def known(value: Value, node: Node = None) -> Thunk:
    """Return a thunk of a value that is already known."""
    return Thunk(node if node is not None else value.node, None, value)


# Globals that every runtime has, and that bundles check for before use.
_THERE = frozenset(
    {
        ("Array",),
        ("JSON",),
        ("Map",),
        ("Math",),
        ("Object",),
        ("Object", "assign"),
        ("Object", "create"),
        ("Object", "defineProperty"),
        ("Object", "freeze"),
        ("Object", "keys"),
        ("Promise",),
        ("Proxy",),
        ("Reflect",),
        ("Set",),
        ("Symbol",),
        ("globalThis",),
        ("process",),
        ("process", "env"),
    }
)


def truthiness(value: Value) -> bool | None:
    """Return whether ``value`` is truthy in JavaScript, or None when it is not known."""
    if isinstance(value, Constant):
        return bool(value.value) and value.value == value.value
    if isinstance(value, Undefined):
        return False
    if isinstance(value, BigInt):
        return value.value != 0
    if isinstance(value, (ObjectValue, ArrayValue, FunctionValue, ClassValue, RegExp)):
        return True
    if isinstance(value, CallValue) and value.is_new:
        return True
    if isinstance(value, GlobalRef):
        return True if value.path in _THERE else None
    return None


def is_nullish(value: Value) -> bool | None:
    """Return whether ``value`` is null or undefined, or None when it is not known."""
    if isinstance(value, Undefined):
        return True
    if isinstance(value, Constant):
        return value.value is None
    return None if truthiness(value) is None else False
