"""What expressions evaluate to: constants, objects, functions, calls that stay calls.

Parts of a value stay unevaluated (``Thunk``) until something asks for them, so that one strange
member does not spoil the rest. What cannot be known is an ``Unsupported`` with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.executor.bundle.scope import Binding, Scope
from services.executor.bundle.syntax import Node


@dataclass(frozen=True, eq=False)
class Frame:
    """One call of a function: its arguments, and the frame the function was made in.

    ``arguments`` is None for a function that is looked into without a call. ``values`` keeps what
    its bindings evaluated to; None marks one that is being evaluated.
    """

    scope: Scope
    parent: Frame | None
    arguments: tuple[Thunk, ...] | None
    values: dict[Binding, Value | None] = field(default_factory=dict, repr=False)
    looked_into: dict[Scope, Frame] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class Env:
    """Where an expression stands: the scope for names and the frame for arguments."""

    scope: Scope
    frame: Frame


@dataclass(eq=False)
class Thunk:
    """An expression to evaluate later, and its value once it was; or a value from the start."""

    node: Node
    env: Env | None = None
    value: Value | None = None


@dataclass(frozen=True, eq=False)
class Constant:
    """A string, number, boolean or null."""

    value: str | int | float | bool | None
    node: Node = field(default=None, repr=False)


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


@dataclass(frozen=True, eq=False)
class Entry:
    """A key of an object literal."""

    key: str
    thunk: Thunk


@dataclass(frozen=True, eq=False)
class OpaqueRest:
    """A spread or a computed key that could not be followed: any key may be in it."""

    value: Value


@dataclass(frozen=True, eq=False)
class ObjectValue:
    """An object by its parts in order. ``uncertain`` are keys that are set at an unknown time.

    ``is_module`` marks what a CommonJS module or a namespace import holds.
    """

    parts: tuple[Entry | OpaqueRest, ...]
    node: Node = field(default=None, repr=False)
    uncertain: Mapping[str, Node] = field(default_factory=dict, repr=False)
    is_module: bool = False

    def entries(self) -> dict[str, Thunk]:
        """Return the known keys, the last of each winning; a rest after a key may hide it."""
        found: dict[str, Thunk] = {}
        for part in self.parts:
            if isinstance(part, Entry):
                found[part.key] = part.thunk
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
class ArrayValue:
    """An array; ``opaque`` is a spread that could not be followed, if there is one."""

    items: tuple[Thunk, ...]
    node: Node = field(default=None, repr=False)
    opaque: Value | None = None


@dataclass(frozen=True, eq=False)
class FunctionValue:
    """A function with the place it was made in, and the members set on it."""

    node: Node
    env: Env
    members: Mapping[str, Thunk] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class ClassValue:
    """A class with the place it was made in, and its static members."""

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
    """

    node: Node
    env: Env
    is_new: bool
    callee: Thunk
    receiver: Thunk | None
    method: str | None
    arguments: tuple[Thunk, ...]
    opaque_arguments: bool = False


@dataclass(frozen=True, eq=False)
class MemberValue:
    """A member of something that stays opaque, such as ``schema.shape``."""

    target: Value
    key: str
    node: Node


@dataclass(frozen=True, eq=False)
class Unsupported:
    """What could not be known, in words that end a sentence, and the node at fault."""

    reason: str
    node: Node | None = field(default=None, repr=False)


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


def known(value: Value, node: Node = None) -> Thunk:
    """Return a thunk of a value that is there already."""
    return Thunk(node if node is not None else value.node, None, value)


def truthiness(value: Value) -> bool | None:
    """Return whether JavaScript takes ``value`` as true, or None when it is not known."""
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
    return None


def is_nullish(value: Value) -> bool | None:
    """Return whether ``value`` is null or undefined, or None when it is not known."""
    if isinstance(value, Undefined):
        return True
    if isinstance(value, Constant):
        return value.value is None
    return None if truthiness(value) is None else False
