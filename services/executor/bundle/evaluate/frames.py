"""Function frames, which hold a call's arguments and the values of its names."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import Frame
from services.executor.bundle.syntax.scope import Scope


def looked_into(frame: Frame, scope: Scope) -> Frame:
    """Return the frame of ``scope``'s function, created without arguments if there is none yet."""
    function = scope.function
    found = frame_of(frame, function)
    if found is not None:
        return found
    if function.parent is None:
        return frame
    parent = looked_into(frame, function.parent)
    fresh = parent.looked_into.get(function)
    if fresh is None:
        fresh = parent.looked_into[function] = Frame(function, parent, None)
    return fresh


def frame_of(frame: Frame, function: Scope) -> Frame | None:
    """Return the frame of ``function``: ``frame`` or one around it, or None."""
    current: Frame | None = frame
    while current is not None and current.scope is not function:
        current = current.parent
    return current
