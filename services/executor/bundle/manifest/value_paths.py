"""Where in a value something is, as far as a program's text tells: ``("agents", "0")``.

The steps of a path are names of members; ``*`` is any of a list, ``CALLED`` what a function
returns, and ``MAPPED`` any value of a ``Map``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from services.executor.bundle.syntax.patterns import Target, pattern_targets
from services.executor.bundle.syntax.scope import DefaultStep, IndexStep, KeyStep, RestStep
from services.executor.bundle.syntax.syntax import Node, property_name

Path: TypeAlias = tuple[str, ...]
SOME = "*"
CALLED = "()"
MAPPED = "=>"
MAX_PATH = 12
# Functions of `Object` and `Reflect` that set one member, or several.
DEFINING = frozenset({"defineProperty", "deleteProperty", "set"})
WHOLE = frozenset({"assign", "defineProperties", "setPrototypeOf"})


def stepped(path: Path, key: str | None) -> Path | None:
    """Return where it is in the member ``key`` (None: any), None if it is not in there."""
    if not path or path[0] in (CALLED, MAPPED):
        return None
    return path[1:] if key is None or SOME in (key, path[0]) or key == path[0] else None


def iterated(path: Path) -> Path | None:
    """Return where it is in what a loop over a list, a set or a map gives."""
    if not path or path[0] == CALLED:
        return None
    return ("1", *path[1:]) if path[0] == MAPPED else path[1:]


def named_in(pattern: Node, path: Path, index: int | None = None) -> Iterator[tuple[Target, Path]]:
    """Yield the names of a pattern that hold a value, or what it is in, with where it is."""
    for target in pattern_targets(pattern, parameter_index=index):
        found = _through(target, path)
        if found is not None:
            yield target, found


def _through(target: Target, path: Path) -> Path | None:
    found: Path | None = path
    for step in target.steps:
        if found is None:
            return None
        if isinstance(step, KeyStep):
            found = stepped(found, property_name(step.key, computed=step.computed))
        elif isinstance(step, IndexStep):
            found = stepped(found, str(step.index))
        elif isinstance(step, RestStep):
            found = found if step.index is None else (SOME, *found[1:])
        else:
            assert isinstance(step, DefaultStep)
    return found


def defines_members(call: Node) -> bool:
    """Detect ``Object.assign(...)`` and its like."""
    callee = call.callee
    if callee.type != "MemberExpression" or callee.object.type != "Identifier":
        return False
    is_global = callee.object.name in ("Object", "Reflect")
    return is_global and callee.property.name in DEFINING | WHOLE


def is_written(path: Sequence[Node], at: int) -> bool:
    """Tell whether what encloses a member assigns, updates or deletes it.

    ``path`` leads from the program to the member, which is at ``at``.
    """
    node, parent = path[at], path[at - 1]
    kind = parent.type
    if kind in ("AssignmentExpression", "AssignmentPattern", "ForInStatement", "ForOfStatement"):
        return node is parent.left
    if kind == "UnaryExpression":
        return bool(parent.operator == "delete")
    if kind == "Property":
        return bool(path[at - 2].type == "ObjectPattern")
    return kind in ("ArrayPattern", "RestElement", "UpdateExpression")
