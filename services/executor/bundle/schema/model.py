"""A zod schema as read: what zod keeps of it, before conversion to JSON Schema.

The names of types and checks are those of zod 4's own definitions (``_zod.def``,
https://zod.dev/packages/core); schemas of zod 3 use the same names and are marked as zod 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeAlias, TypeVar

from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import Json, JsonObject

MAX_INDEX = 2**32
T = TypeVar("T")


@dataclass(eq=False)
class UnreadableSchemaError(Exception):
    """A schema cannot be read: the reason, the path inside it, and the node at fault."""

    reason: str
    node: Node = None
    path: str = ""


class Absent(Enum):
    """A literal value that JSON cannot express."""

    UNDEFINED = "undefined"


@dataclass(frozen=True)
class BigLiteral:
    """A BigInt as a literal value."""

    value: int


Literal: TypeAlias = "Json | Absent | BigLiteral"


@dataclass(frozen=True, eq=False)
class Pattern:
    """A regular expression; zod compares them by identity."""

    source: str
    flags: str = ""


@dataclass(frozen=True, eq=False)
class Check:
    """A check by its zod 4 name, such as ``min_length``.

    ``value`` is its bound, ``format`` the name of a string or number format, and ``lax`` says that
    the format accepts more than JSON Schema's format of that name.
    """

    name: str
    value: Json = None
    inclusive: bool = True
    format: str = ""
    pattern: Pattern | None = None
    lax: bool = False


class Deferred:
    """A schema that is read once, on demand, so that recursion ends."""

    def __init__(self, make: Callable[[], Zod]) -> None:
        self._make = make
        self._made: Zod | None = None

    def __repr__(self) -> str:
        """Show what was read."""
        return f"Deferred({self._made.type if self._made else '?'})"

    def __call__(self) -> Zod:
        """Return the schema.

        Raises:
            UnreadableSchemaError: it cannot be read.
        """
        if self._made is None:
            self._made = self._make()
        return self._made


@dataclass(eq=False, repr=False)
class Zod:
    """A schema. Which fields have a meaning depends on ``type``.

    ``inner``: what wrappers hold, an array's element, a record's or a map's values, a pipe's input.
    ``out``: a pipe's output. ``key``: a record's or a map's keys. ``rest``: a tuple's further
    items, an object's further keys (never for a strict one). ``options``: a union's options, a
    tuple's items, both sides of an intersection, the parts of a template literal. ``values``:
    literals. ``entries``: an enum's. ``value``: a default, or a fallback for bad input.
    ``parent`` is the original if this is a refined or described copy.
    """

    type: str
    is_v3: bool
    node: Node = None
    path: str = ""
    checks: tuple[Check, ...] = ()
    inner: Zod | None = None
    out: Zod | None = None
    key: Zod | None = None
    rest: Zod | None = None
    lazy: Deferred | None = None
    shape: Mapping[str, Deferred] | None = None
    options: tuple[Zod, ...] = ()
    parts: tuple[Zod | str, ...] = ()
    values: tuple[Literal, ...] = ()
    entries: Mapping[str, Json] = field(default_factory=dict)
    value: Json = None
    flags: frozenset[str] = frozenset()
    meta: JsonObject = field(default_factory=dict)
    parent: Zod | None = None

    def __repr__(self) -> str:
        """Show what kind of schema it is; the rest may be recursive."""
        return f"Zod({self.type}, flags={sorted(self.flags)}, path={self.path!r})"

    def having(self, **changes: object) -> Zod:
        """Return a copy with changed fields; only zod 3 schemas keep their metadata."""
        changes.setdefault("parent", None)
        if not self.is_v3:
            changes.setdefault("meta", {})
        return replace(self, **changes)  # type: ignore[arg-type]  # any field of this class

    def checked(self, *checks: Check) -> Zod:
        """Return a copy with more checks, which inherits this one's metadata."""
        return self.having(checks=(*self.checks, *checks), parent=None if self.is_v3 else self)

    def described(self, meta: JsonObject) -> Zod:
        """Return a copy with more metadata."""
        if self.is_v3:
            return self.having(meta={**self.meta, **meta})
        return self.having(meta=dict(meta), parent=self)


def metadata(schema: Zod) -> JsonObject:
    """Return the metadata of a zod 4 schema, including what it inherits except ``id``."""
    chain = [schema]
    while chain[-1].parent is not None:
        chain.append(chain[-1].parent)
    found: JsonObject = {}
    for part in reversed(chain):
        found.pop("id", None)
        found.update(part.meta)
    return found


def in_order(members: Mapping[str, T]) -> list[tuple[str, T]]:
    """Return an object's members in JavaScript's order: indices first, in numeric order."""
    return sorted(members.items(), key=lambda item: _index(item[0]))


def _index(key: str) -> int:
    is_index = key.isascii() and key.isdecimal() and (key == "0" or key[0] != "0")
    return int(key) if is_index and len(key) < 10 else MAX_INDEX


def javascript_text(value: Literal) -> str:
    """Return the text of a value in a JavaScript template literal."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
