"""Converts values to JSON: constants, and objects and arrays of constants, within bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    Constant,
    FunctionValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.bundle.syntax.syntax import Node, describe
from services.executor.domain import Json

MAX_JSON_DEPTH = 48
MAX_JSON_NODES = 20_000


@dataclass(eq=False)
class NotLiteralError(Exception):
    """A value is not JSON: the reason, the path inside it, and the node at fault."""

    reason: str
    node: Node = None
    path: str = ""


class _Reader:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._left = MAX_JSON_NODES

    def read(self, value: Value, path: str, depth: int) -> Json:
        value = self._machine.forced(value)
        self._left -= 1
        if depth > MAX_JSON_DEPTH or self._left < 0:
            raise NotLiteralError("it is too large or nested too deeply", value.node, path)
        match value:
            case Constant(inner):
                return self._constant(inner, value, path)
            case ObjectValue():
                return self._object(value, path, depth)
            case ArrayValue(items=items, opaque=None):
                return [
                    self.read(self._machine.value_of(item), f"{path}[{index}]", depth + 1)
                    for index, item in enumerate(items)
                ]
            case Unsupported(reason, node):
                raise NotLiteralError(reason, node, path)
            case FunctionValue():
                raise NotLiteralError("it is a function", value.node, path)
            case _:
                what = describe(value.node) if value.node is not None else "it"
                raise NotLiteralError(f"{what} is not a constant", value.node, path)

    def _constant(self, inner: Json, value: Value, path: str) -> Json:
        if isinstance(inner, float) and not math.isfinite(inner):
            raise NotLiteralError(f"{inner} is not a JSON number", value.node, path)
        return 0 if inner == 0 and isinstance(inner, float) else inner  # -0 is 0 in JSON

    def _object(self, value: ObjectValue, path: str, depth: int) -> Json:
        for rest in value.opaque():
            inner = rest.value
            reason = inner.reason if isinstance(inner, Unsupported) else "a spread is not known"
            raise NotLiteralError(reason, inner.node, path)
        for key, node in value.uncertain.items():
            raise NotLiteralError(f"member `{key}` is set at an unknown time", node, path)
        found: dict[str, Json] = {}
        for key, thunk in value.entries().items():
            inner = self._machine.value_of(thunk)
            if not isinstance(inner, Undefined):
                found[key] = self.read(inner, f"{path}.{key}", depth + 1)
        return found


def json_of(machine: Machine, value: Value) -> Json:
    """Return ``value`` as JSON; members that are undefined are left out, as JSON.stringify does.

    Raises:
        NotLiteralError: a part is not a constant, or there are over 20,000 parts or 48 levels.
    """
    return _Reader(machine).read(value, "", 0)
