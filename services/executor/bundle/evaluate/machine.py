"""The interface the evaluator's parts use, so that each part can be its own file."""

from __future__ import annotations

from typing import Protocol

from services.executor.bundle.evaluate.values import CallValue, Env, Thunk, Unsupported, Value
from services.executor.bundle.syntax.scope import ScopeTree
from services.executor.bundle.syntax.syntax import Node


class Untold(Protocol):
    """What is set on an instance, which nothing may have asked for."""

    def tell(self) -> None:
        """Record a note about what nothing asked for."""
        ...


class Machine(Protocol):
    """The evaluator, as its parts see it."""

    @property
    def tree(self) -> ScopeTree:
        """The scopes of the program."""
        ...

    def evaluate(self, node: Node, env: Env) -> Value:
        """Return the value of an expression; a call stays a call."""
        ...

    def value_of(self, thunk: Thunk) -> Value:
        """Return the value of a thunk, evaluated once; a call stays a call."""
        ...

    def forced(self, value: Value) -> Value:
        """Return ``value`` with calls followed until it is no longer a call."""
        ...

    def reduced(self, call: CallValue) -> Value:
        """Return what one call evaluates to, followed one step."""
        ...

    def settled(self, thunk: Thunk) -> Value:
        """Return the value of a thunk with calls followed."""
        ...

    def note(self, reason: str, node: Node) -> None:
        """Record a note for users of the result."""
        ...

    @property
    def untold(self) -> list[Untold]:
        """The changes of instances, to be told at the end."""
        ...

    def note_unset(self, value: Unsupported, what: str) -> None:
        """Record what holds because a variable of the environment counts as unset."""
        ...
