"""The conditions that chose values, such as an agent by a variable of the environment."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import Thunk, Value
from services.executor.bundle.syntax.syntax import Node

MAX_CHOICES = 10_000


class Choices:
    """What decided between values, by the node that the value taken is of."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Node, list[Thunk]]] = {}

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Choices({len(self._made)})"

    def note(self, value: Value, test: Thunk) -> Value:
        """Remember the condition that chose a value, and return the value."""
        if len(self._made) < MAX_CHOICES and value.node is not None:
            self._made.setdefault(id(value.node), (value.node, []))[1].append(test)
        return value

    def of(self, value: Value) -> tuple[Thunk, ...]:
        """Return the conditions that chose a value."""
        _, tests = self._made.get(id(value.node), (value.node, []))
        return tuple(tests)
