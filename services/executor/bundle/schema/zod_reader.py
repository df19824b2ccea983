"""Reads a zod schema as JSON Schema, on the side of what goes in.

Follows ``z.toJSONSchema(schema, {io: "input"})`` of zod 4 (https://zod.dev/json-schema), but for
two things: the patterns that zod gives to formats (``email``, ``uuid``, ...) are left out, since
``format`` says it, and an integer has no bounds of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from services.executor.bundle.calls import apply_function
from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.literals import NotLiteralError, json_of
from services.executor.bundle.schema.model import Schema, UnreadableSchemaError
from services.executor.bundle.schema.zod_names import foreign_library, zod_function
from services.executor.bundle.syntax import Node, describe
from services.executor.bundle.values import (
    CallValue,
    Entry,
    FunctionValue,
    MemberValue,
    ObjectValue,
    Thunk,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.domain import Json, JsonObject

MAX_SCHEMAS = 4_000
MAX_DEPTH = 64


class ZodReader:
    """Reads schemas of one program; ``notes`` are what was left out, with path and place."""

    def __init__(self, evaluator: Evaluator, tables: Tables) -> None:
        self.machine = evaluator
        self.notes: list[tuple[str, str, Node]] = []
        self.definitions: dict[str, JsonObject] = {}
        self._tables = tables
        self._left = MAX_SCHEMAS
        self._reading: dict[int, str] = {}
        self._recursive: set[str] = set()
        self._depth = 0

    def read(self, value: Value, path: str = "") -> Schema:
        """Return the schema that ``value`` is.

        Raises:
            UnreadableSchemaError: it is none, or not one that can be read statically.
        """
        self._left -= 1
        if self._left < 0 or self._depth >= MAX_DEPTH:
            raise UnreadableSchemaError("it is too large or nested too deeply", value.node, path)
        self._depth += 1
        try:
            return self._read(value, path)
        finally:
            self._depth -= 1

    def _read(self, value: Value, path: str) -> Schema:
        match value:
            case CallValue():
                return self._named(value, path)
            case MemberValue():
                return self._member(value, path)
            case Unsupported(reason, node):
                raise UnreadableSchemaError(reason, node, path)
            case FunctionValue():
                raise UnreadableSchemaError("it is a function, no schema", value.node, path)
            case _:
                raise UnreadableSchemaError("it is no zod schema", value.node, path)

    def _named(self, call: CallValue, path: str) -> Schema:
        """Read a call; one that is met again inside of itself becomes a reference."""
        key = id(call.node)
        name = self._reading.get(key)
        if name is not None:
            self._recursive.add(name)
            return Schema("ref", {"$ref": f"#/$defs/{name}"})
        name = self._reading[key] = f"schema{len(self._reading) + len(self.definitions) + 1}"
        try:
            schema = self._call(call, path)
        finally:
            del self._reading[key]
        if name in self._recursive:
            self._recursive.discard(name)
            self.definitions[name] = schema.json()
        return schema

    def _call(self, call: CallValue, path: str) -> Schema:
        name = zod_function(self.machine, call)
        if name is not None:
            maker = self._tables.makers.get(name) or self._tables.makers.get(name.lstrip("_"))
            if maker is None:
                raise UnreadableSchemaError(f"`z.{name}` has no JSON Schema", call.node, path)
            return maker(self, Arguments(self, call, path))
        schema = self._method(call, path)
        if schema is not None:
            return schema
        library = foreign_library(self.machine, call)
        if library is not None:
            reason = f"it is made by `{library}`; use zod or a JSON Schema instead"
            raise UnreadableSchemaError(reason, call.node, path)
        return self.read(self._followed(call, path), path)

    def _method(self, call: CallValue, path: str) -> Schema | None:
        """Read ``schema.method(...)``; None when there is no schema before the dot."""
        if call.receiver is None or call.method is None:
            return None
        method = self._tables.methods.get(call.method)
        receiver = self.machine.value_of(call.receiver)
        if method is None or not isinstance(receiver, (CallValue, MemberValue)):
            return None
        return method(self, self.read(receiver, path), Arguments(self, call, path))

    def _followed(self, call: CallValue, path: str) -> Value:
        value = self.machine.reduced(call)
        if isinstance(value, Unsupported):
            raise UnreadableSchemaError(value.reason, value.node or call.node, path)
        return value

    def _member(self, member: MemberValue, path: str) -> Schema:
        """Read ``schema.shape.key`` and ``schema.element``."""
        target = member.target
        if isinstance(target, MemberValue) and target.key == "shape":
            schema = self.read(target.target, path)
            found = (schema.shape or {}).get(member.key)
            if found is not None:
                return found
        elif member.key in ("element", "innerType"):
            inner = self.read(target, path).inner
            if inner is not None:
                return inner
        reason = f"{describe(member.node)} is no schema that can be found"
        raise UnreadableSchemaError(reason, member.node, path)

    def shape(self, value: Value, path: str) -> dict[str, Schema]:
        """Return the schemas of an object's keys: an object literal, or another schema's shape."""
        if isinstance(value, MemberValue) and value.key in ("shape", "_def"):
            found = self.read(value.target, path).shape
            if found is not None:
                return dict(found)
        whole = self.machine.forced(value)
        if isinstance(whole, FunctionValue) and not whole.node.params:
            whole = self.machine.forced(apply_function(self.machine, whole, (), whole.node))
        if isinstance(whole, Undefined):
            return {}
        if not isinstance(whole, ObjectValue):
            reason = whole.reason if isinstance(whole, Unsupported) else "its shape is not known"
            raise UnreadableSchemaError(reason, whole.node, path)
        return self._shape_of(whole, path)

    def _shape_of(self, whole: ObjectValue, path: str) -> dict[str, Schema]:
        for key, node in whole.uncertain.items():
            reason = f"member `{key}` of its shape is set at an unknown time"
            raise UnreadableSchemaError(reason, node, path)
        found: dict[str, Schema] = {}
        for part in whole.parts:
            if isinstance(part, Entry):
                inner = self.machine.value_of(part.thunk)
                found[part.key] = self.read(inner, f"{path}.{part.key}")
            else:
                found.update(self.shape(part.value, path))
        return found

    def note(self, reason: str, path: str, node: Node) -> None:
        """Remember that something was left out."""
        self.notes.append((reason, path, node))


class Arguments:
    """The arguments of a call of zod."""

    def __init__(self, reader: ZodReader, call: CallValue, path: str) -> None:
        self._reader = reader
        self._call = call
        self.path = path

    @property
    def node(self) -> Node:
        """The call."""
        return self._call.node

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._call.arguments)

    def value(self, index: int) -> Value:
        """Return an argument; ``Undefined`` when there is none.

        Raises:
            UnreadableSchemaError: the arguments are spread from something unknown.
        """
        if self._call.opaque_arguments:
            reason = "its arguments have a spread that cannot be followed"
            raise UnreadableSchemaError(reason, self.node, self.path)
        if index >= len(self._call.arguments):
            return Undefined(self.node)
        return self._reader.machine.value_of(self._call.arguments[index])

    def thunks(self, index: int) -> tuple[Thunk, ...]:
        """Return the items of an array that is an argument."""
        value = self._reader.machine.forced(self.value(index))
        items = getattr(value, "items", None)
        if items is None or getattr(value, "opaque", None) is not None:
            reason = value.reason if isinstance(value, Unsupported) else "its list is not known"
            raise UnreadableSchemaError(reason, value.node or self.node, self.path)
        return tuple(items)

    def schema(self, index: int, path: str = "") -> Schema:
        """Return the schema that an argument is; ``path`` is added to the path."""
        return self._reader.read(self.value(index), self.path + path)

    def schemas(self, index: int) -> list[Schema]:
        """Return the schemas that an array has."""
        read, value_of = self._reader.read, self._reader.machine.value_of
        return [
            read(value_of(thunk), f"{self.path}[{i}]") for i, thunk in enumerate(self.thunks(index))
        ]

    def json(self, index: int) -> Json:
        """Return an argument that is a constant.

        Raises:
            UnreadableSchemaError: it is none.
        """
        try:
            return json_of(self._reader.machine, self.value(index))
        except NotLiteralError as error:
            node = error.node if error.node is not None else self.node
            raise UnreadableSchemaError(error.reason, node, self.path) from None

    def json_or_none(self, index: int) -> tuple[bool, Json]:
        """Return whether an argument is a constant, and the constant."""
        try:
            return True, json_of(self._reader.machine, self.value(index))
        except NotLiteralError:
            return False, None


Maker: TypeAlias = Callable[[ZodReader, Arguments], Schema]
Method: TypeAlias = Callable[[ZodReader, Schema, Arguments], Schema]


@dataclass(frozen=True)
class Tables:
    """What zod's functions and methods make, by name."""

    makers: Mapping[str, Maker]
    methods: Mapping[str, Method]
