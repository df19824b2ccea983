"""The arguments of a zod call: schemas, lists of them, and constants."""

from __future__ import annotations

from typing import Protocol

from services.executor.bundle.evaluate.calls import apply_function
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    BigInt,
    CallValue,
    Constant,
    FunctionValue,
    ObjectValue,
    Thunk,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.bundle.schema.model import (
    Absent,
    BigLiteral,
    Literal,
    UnreadableSchemaError,
    Zod,
)
from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import Json, JsonObject

MAX_ITEMS = 5_000


class Reader(Protocol):
    """What arguments need from the schema reader."""

    @property
    def machine(self) -> Evaluator:
        """The evaluator of the program."""
        ...

    def read(self, value: Value, path: str = "") -> Zod:
        """Return the schema that ``value`` is."""
        ...


class Arguments:
    """The arguments of a zod call; ``skip`` counts the arguments before them."""

    def __init__(
        self, reader: Reader, call: CallValue, path: str, *, skip: int = 0, is_v3: bool = False
    ) -> None:
        self._reader = reader
        self._call = call
        self._skip = skip
        self.path = path
        self.is_v3 = is_v3

    @property
    def node(self) -> Node:
        """The call."""
        return self._call.node

    def __len__(self) -> int:
        """Return how many there are."""
        return max(len(self._call.arguments) - self._skip, 0)

    def value(self, index: int) -> Value:
        """Return an argument; ``Undefined`` when it is missing.

        Raises:
            UnreadableSchemaError: the arguments are spread from something unknown.
        """
        if self._call.opaque_arguments:
            reason = "its arguments have a spread that cannot be followed"
            raise UnreadableSchemaError(reason, self.node, self.path)
        if index >= len(self):
            return Undefined(self.node)
        return self._reader.machine.value_of(self._call.arguments[index + self._skip])

    def thunks(self, index: int) -> tuple[Thunk, ...]:
        """Return the items of an array that is an argument."""
        machine = self._reader.machine
        value = machine.forced(self.value(index))
        if isinstance(value, ArrayValue) and value.opaque is None:
            return value.items
        reason = value.reason if isinstance(value, Unsupported) else "its list is not known"
        raise UnreadableSchemaError(reason, value.node or self.node, self.path)

    def schema(self, index: int, path: str = "") -> Zod:
        """Return the schema that an argument is; ``path`` is added to the path."""
        return self._reader.read(self.value(index), self.path + path)

    def schemas(self, index: int) -> tuple[Zod, ...]:
        """Return the schemas in an array."""
        read, value_of = self._reader.read, self._reader.machine.value_of
        return tuple(
            read(value_of(thunk), f"{self.path}[{i}]") for i, thunk in enumerate(self.thunks(index))
        )

    def options(self, index: int) -> JsonObject:
        """Return the constants of an options object, without its other members."""
        value = self._reader.machine.forced(self.value(index))
        found: JsonObject = {}
        if isinstance(value, ObjectValue):
            for key, thunk in value.entries().items():
                inner = self._reader.machine.forced(self._reader.machine.value_of(thunk))
                if isinstance(inner, Constant):
                    found[key] = inner.value
        return found

    def option(self, index: int, key: str) -> Value | None:
        """Return a member of an options object, or None if it is missing."""
        value = self._reader.machine.forced(self.value(index))
        thunk = value.entries().get(key) if isinstance(value, ObjectValue) else None
        return None if thunk is None else self._reader.machine.value_of(thunk)

    def json(self, index: int) -> Json:
        """Return an argument that is a constant.

        Raises:
            UnreadableSchemaError: it is not a constant.
        """
        value = self.value(index)
        try:
            return whole_numbers(json_of(self._reader.machine, value))
        except NotLiteralError as error:
            node = error.node if error.node is not None else self.node
            raise UnreadableSchemaError(error.reason, node, self.path) from None

    def json_or_none(self, index: int) -> tuple[bool, Json]:
        """Return whether an argument is a constant or a function returning one, and its value."""
        value = self.value(index)
        machine = self._reader.machine
        whole = machine.forced(value) if isinstance(value, CallValue) else value
        if isinstance(whole, FunctionValue):
            value = apply_function(machine, whole, None, self.node)
        try:
            return True, whole_numbers(json_of(self._reader.machine, value))
        except (NotLiteralError, UnreadableSchemaError):
            return False, None

    def literals(self, index: int) -> tuple[Literal, ...]:
        """Return the values of ``z.literal(value)`` and ``z.literal([a, b])``."""
        value = self._reader.machine.forced(self.value(index))
        if isinstance(value, ArrayValue):
            items = [self._reader.machine.value_of(item) for item in self.thunks(index)]
            return tuple(self._literal(item) for item in items)
        return (self._literal(value),)

    def _literal(self, value: Value) -> Literal:
        value = self._reader.machine.forced(value)
        if isinstance(value, Undefined):
            return Absent.UNDEFINED
        if isinstance(value, BigInt):
            return BigLiteral(value.value)
        try:
            return whole_numbers(json_of(self._reader.machine, value))
        except NotLiteralError as error:
            raise UnreadableSchemaError(error.reason, error.node, self.path) from None


def enum_values(entries: object) -> list[Json]:
    """Return the values of an enum object, without the reverse mapping from numbers to names."""
    assert isinstance(entries, dict)
    numbers = {v for v in entries.values() if isinstance(v, (int, float))}
    return [v for key, v in entries.items() if not (_is_number(key) and float(key) in numbers)]


def _is_number(key: str) -> bool:
    return key.removeprefix("-").replace(".", "", 1).isdecimal()


def whole_numbers(value: Json) -> Json:
    """Return ``value`` with whole floats such as 2.0 as integers, as JSON writes them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in value.items()}
    return value
