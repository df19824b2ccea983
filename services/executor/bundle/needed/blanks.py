"""The text of a program without what its agents and tools do not need.

That is blanked, so that every line and column stays where it was.
"""

from __future__ import annotations

import re

from services.executor.bundle.ports import Omissions

_NOT_LINE_END = re.compile(r"[^\t\r\n]")


def without(text: str, omitted: Omissions) -> str:
    """Return the text with what is left out replaced by blanks."""
    parts, at = [], 0
    for start, end, mark in omitted.ranges:
        parts.append(text[at:start])
        blank = _NOT_LINE_END.sub(" ", text[start:end])
        if mark:
            blank = mark[0] + blank[1:]
        if len(mark) > 1:
            blank = blank.replace(" ", mark[1], 1)  # a line may end between them
        parts.append(blank)
        at = end
    return "".join([*parts, text[at:]])
