"""Syntax nodes that are parsed when they are first looked into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from esprima.nodes import Node as EsprimaNode


class Deferred(EsprimaNode):  # type: ignore[misc]
    """A node whose ``type`` is known and the rest of which is parsed when it is first asked for.

    It then becomes the node that it stands for, in place: who holds it holds that node.

    Args:
        kind: its type in ESTree.
        fill: parses it, and calls ``become``.
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


def filled(node: Any) -> Any:
    """Return ``node``, parsed now if it was not yet."""
    if isinstance(node, Deferred):
        node._fill(node)
    return node
