"""Reads a zod expression as a ``Zod`` schema, through the functions and methods that make it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from services.executor.bundle.evaluate.calls import apply_function
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.other_files import ONE_FILE, from_other_file, is_other_file
from services.executor.bundle.evaluate.values import (
    CallValue,
    Entry,
    FunctionValue,
    MemberValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.bundle.schema.model import Deferred, UnreadableSchemaError, Zod
from services.executor.bundle.schema.zod_arguments import Arguments
from services.executor.bundle.schema.zod_instances import made_instance
from services.executor.bundle.schema.zod_names import ZodName, foreign_library, zod_function
from services.executor.bundle.syntax.syntax import Node, describe

MAX_SCHEMAS = 4_000
MAX_DEPTH = 96


class ZodReader:
    """Reads schemas of one program; ``notes`` are what was left out, with path and place."""

    def __init__(self, evaluator: Evaluator, tables: Tables) -> None:
        self.machine = evaluator
        self.notes: list[tuple[str, str, Node]] = []
        self.tables = tables
        self._left = MAX_SCHEMAS
        self._depth = 0
        self._read: dict[tuple[int, int], Zod | None] = {}
        self._kept: list[CallValue] = []  # keeps calls alive, so that no id is reused

    def __repr__(self) -> str:
        """Show how much was read."""
        return f"ZodReader(read={len(self._read)}, left={self._left})"

    def read(self, value: Value, path: str = "") -> Zod:
        """Return ``value`` as a schema.

        Raises:
            UnreadableSchemaError: it is not a schema, or cannot be read statically.
        """
        self._left -= 1
        if self._left < 0 or self._depth >= MAX_DEPTH:
            raise UnreadableSchemaError("it is too large or nested too deeply", value.node, path)
        self._depth += 1
        try:
            match value:
                case CallValue():
                    return self._once(value, path)
                case MemberValue():
                    reason = f"{describe(value.node)} is not a schema that can be found"
                    raise UnreadableSchemaError(reason, value.node, path)
                case Unsupported(reason, node):
                    raise UnreadableSchemaError(reason, node, path)
                case FunctionValue():
                    raise UnreadableSchemaError("it is a function, no schema", value.node, path)
                case _:
                    reason = from_other_file(value) or "it is not a zod schema"
                    raise UnreadableSchemaError(reason, value.node, path)
        finally:
            self._depth -= 1

    def is_schema(self, value: Value) -> bool:
        """Return whether ``value`` can be read as a schema."""
        if not isinstance(value, CallValue):
            return False
        try:
            self.read(value)
        except UnreadableSchemaError:
            return False
        return True

    def _once(self, call: CallValue, path: str) -> Zod:
        """Read a call; the same call of the same function gives the same schema."""
        key = (id(call.node), id(call.env.frame))
        if key in self._read:
            found = self._read[key]
            if found is None:
                raise UnreadableSchemaError("it is defined by itself", call.node, path)
            return found
        self._read[key] = None
        self._kept.append(call)
        try:
            schema = self._call(call, path)
        except UnreadableSchemaError:
            del self._read[key]
            raise
        self._read[key] = schema
        return schema

    def _call(self, call: CallValue, path: str) -> Zod:
        name = zod_function(self.machine, call)
        if name is not None:
            return self._made(name, call, path)
        made = made_instance(self.machine, call)
        if made is not None:
            return self._made(ZodName(made.name), made.call, path)
        schema = self._method(call, path)
        if schema is not None:
            return schema
        library = foreign_library(self.machine, call)
        if library is not None:
            instead = ONE_FILE if is_other_file(library) else "use zod or a JSON Schema instead"
            reason = f"it is made by `{library}`; {instead}"
            raise UnreadableSchemaError(reason, call.node, path)
        return self.read(self._followed(call, path), path)

    def _made(self, name: ZodName, call: CallValue, path: str) -> Zod:
        maker = self.tables.makers.get(name.name) or self.tables.makers.get(name.name.lstrip("_"))
        if maker is not None:
            return maker(self, Arguments(self, call, path, skip=name.skip, is_v3=name.is_v3))
        raise UnreadableSchemaError(f"`z.{name.name}` is not read", call.node, path)

    def _method(self, call: CallValue, path: str) -> Zod | None:
        """Read ``schema.method(...)``; None when there is no schema before the dot."""
        if call.receiver is None or call.method is None:
            return None
        method = self.tables.methods.get(call.method)
        receiver = self.machine.value_of(call.receiver)
        if method is None or not isinstance(receiver, (CallValue, MemberValue)):
            return None
        schema = self.read(receiver, path)
        return method(self, schema, Arguments(self, call, path, is_v3=schema.is_v3))

    def _followed(self, call: CallValue, path: str) -> Value:
        value = self.machine.reduced(call)
        if not isinstance(value, Unsupported):
            return value
        reason = value.reason
        if call.receiver is not None and isinstance(
            self.machine.value_of(call.receiver), CallValue
        ):
            reason = f"what `.{call.method}()` makes of a schema is not read"
        raise UnreadableSchemaError(reason, value.node or call.node, path)

    def shape(self, value: Value, path: str) -> dict[str, Deferred]:
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

    def _shape_of(self, whole: ObjectValue, path: str) -> dict[str, Deferred]:
        for key, node in whole.uncertain.items():
            reason = f"member `{key}` of its shape is set at an unknown time"
            raise UnreadableSchemaError(reason, node, path)
        found: dict[str, Deferred] = {}
        for part in whole.parts:
            if isinstance(part, Entry):
                found[part.key] = self._entry(part, f"{path}.{part.key}")
            else:
                found.update(self.shape(part.value, path))
        return found

    def _entry(self, part: Entry, path: str) -> Deferred:
        def make() -> Zod:
            return self.read(self.machine.value_of(part.thunk), path)

        return Deferred(make)

    def note(self, reason: str, path: str, node: Node) -> None:
        """Record that something was left out."""
        self.notes.append((reason, path, node))


Maker: TypeAlias = Callable[[ZodReader, Arguments], Zod]
Method: TypeAlias = Callable[[ZodReader, Zod, Arguments], Zod]


@dataclass(frozen=True)
class Tables:
    """The results of zod's functions and methods, by name."""

    makers: Mapping[str, Maker]
    methods: Mapping[str, Method]
