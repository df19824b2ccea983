"""Finds the syntax nodes around a place of a text, parsing only what is around it."""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.bundle.index.indexed import IndexedTree
from services.executor.bundle.index.regions import Region
from services.executor.bundle.syntax.deferred import filled
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.syntax import Node, children


def enclosing(parsed: ParsedProgram, at: int) -> list[Node]:
    """Return the nodes around the character at ``at``, from the program inwards.

    Statement lists of large functions may be left out between a function and its statement.
    """
    tree = parsed.tree
    if not isinstance(tree, IndexedTree):
        return [parsed.program, *_down(parsed.program, at, None)]
    path = [parsed.program]
    region: Region | None = tree.region
    while region is not None:
        unit = region.unit_at(at)
        if unit is None:
            break
        unit.parse()
        region = unit.hole_at(at)
        path += _below(unit.stub, at, None if region is None else region.start)
    return path


def _down(node: Node, at: int, hole: int | None) -> Iterator[Node]:
    while True:
        inner = next((child for child in children(node) if _holds(child, at)), None)
        if inner is None or inner._start == hole:
            return
        yield inner
        node = inner


def _below(node: Node, at: int, hole: int | None) -> Iterator[Node]:
    yield filled(node)
    yield from _down(node, at, hole)


def _holds(node: Node, at: int) -> bool:
    start = node._start
    return start is not None and start <= at < node._end
