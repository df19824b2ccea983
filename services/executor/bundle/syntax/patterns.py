"""Which names a binding pattern declares, and the path from the whole value to each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.executor.bundle.syntax.scope import DefaultStep, IndexStep, KeyStep, RestStep, Step
from services.executor.bundle.syntax.syntax import Node

MAX_PATTERN_DEPTH = 32
MAX_MEMBER_TARGETS = 1_000


@dataclass(frozen=True)
class Target:
    """A name in a pattern and the steps to it."""

    name: str
    node: Node
    steps: tuple[Step, ...]


def pattern_targets(pattern: Node, *, parameter_index: int | None = None) -> Iterator[Target]:
    """Yield the names in ``pattern``; a rest parameter counts from ``parameter_index``.

    Patterns nested deeper than 32 levels are left out.
    """
    if pattern.type == "RestElement" and parameter_index is not None:
        yield from _targets(pattern.argument, (RestStep(index=parameter_index),), 0)
    else:
        yield from _targets(pattern, (), 0)


def member_targets(pattern: Node) -> Iterator[Node]:
    """Yield the members that an assignment pattern sets: o.a in ``[o.a, {b: o.c = 1}]``."""
    stack, left = [pattern], MAX_MEMBER_TARGETS
    while stack and left:
        node = stack.pop()
        left -= 1
        if node is None or node.type == "Identifier":
            continue
        if node.type == "MemberExpression":
            yield node
        elif node.type == "ObjectPattern":
            stack += [p.argument if p.type == "RestElement" else p.value for p in node.properties]
        elif node.type == "ArrayPattern":
            stack += node.elements
        else:
            stack.append(node.left if node.type == "AssignmentPattern" else node.argument)


def _targets(pattern: Node, steps: tuple[Step, ...], depth: int) -> Iterator[Target]:
    if depth > MAX_PATTERN_DEPTH:
        return
    if pattern.type == "Identifier":
        yield Target(str(pattern.name), pattern, steps)
    elif pattern.type == "AssignmentPattern":
        default = DefaultStep(pattern.right)
        yield from _targets(pattern.left, (*steps, default), depth + 1)
    elif pattern.type == "ObjectPattern":
        yield from _object_targets(pattern, steps, depth)
    elif pattern.type == "ArrayPattern":
        yield from _array_targets(pattern, steps, depth)


def _object_targets(pattern: Node, steps: tuple[Step, ...], depth: int) -> Iterator[Target]:
    before: list[KeyStep] = []
    for prop in pattern.properties:
        if prop.type == "RestElement":
            yield from _targets(prop.argument, (*steps, RestStep(tuple(before))), depth + 1)
            continue
        value, default = _without_default(prop.value)
        step = KeyStep(prop.key, bool(prop.computed), default)
        before.append(step)
        yield from _targets(value, (*steps, step), depth + 1)


def _array_targets(pattern: Node, steps: tuple[Step, ...], depth: int) -> Iterator[Target]:
    for index, element in enumerate(pattern.elements):
        if element is None:
            continue
        if element.type == "RestElement":
            yield from _targets(element.argument, (*steps, RestStep(index=index)), depth + 1)
            continue
        value, default = _without_default(element)
        yield from _targets(value, (*steps, IndexStep(index, default)), depth + 1)


def _without_default(pattern: Node) -> tuple[Node, Node | None]:
    if pattern.type == "AssignmentPattern":
        return pattern.left, pattern.right
    return pattern, None
