"""Syntax nodes that are parsed on first access."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from esprima.nodes import Node as EsprimaNode

# The most parts of an array or an object that are told; such a value is not followed.
MOST_PARTS = 50_000


class Deferred(EsprimaNode):  # type: ignore[misc]
    """A node with a known ``type``, the rest of it parsed on first access.

    It then becomes, in place, the node it stands for, so existing references stay valid.

    Args:
        kind: its type in ESTree.
        fill: parses it and calls ``become``.
    """

    def __init__(self, kind: str, fill: Callable[[Deferred], None]) -> None:
        self.type = kind
        self._fill = fill

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        filled(self)
        return getattr(self, name)

    def become(self, node: Any) -> None:
        """Turn into ``node``."""
        self.__dict__ = node.__dict__
        self.__class__ = node.__class__


class DeferredData(Deferred):
    """A literal of constants only: nothing in it declares, reads or changes a name."""


def filled(node: Any) -> Any:
    """Return ``node``, parsing it if needed."""
    if isinstance(node, Deferred):
        node._fill(node)
    return node
