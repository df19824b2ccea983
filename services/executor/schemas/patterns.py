"""Estimates the cost of compiling and matching a regular expression from its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST: Final = 10**9
"""Costs are capped at this: nested counts grow past any number."""
NEGATED: Final = 8
UNICODE_CLASS: Final = 300
FOLDED: Final = 2
"""Ignoring case about doubles the size."""

_COUNT = re.compile(r"\{(\d{1,9})(?:,(\d{0,9}))?\}")
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!", "(?>", "(?(")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-[a-zA-Z]*)?[:)]")
_BACK_REFERENCES = frozenset("123456789kgK")


@dataclass(frozen=True)
class PatternCost:
    """The cost of a pattern.

    Attributes:
        size: about how many states it compiles to, with counts expanded; a state takes up to 6 us
            and 200 bytes (measured with regex 1.12).
        backtracks: whether matching is not linear in the text: it has lookaround or backreferences.
    """

    size: int
    backtracks: bool


def cost_of(pattern: str) -> PatternCost:
    """Return the cost of ``pattern``; that of a malformed one is arbitrary."""
    scan = _Scan(pattern)
    while scan.at < len(pattern):
        scan.step()
    return PatternCost(scan.total(), scan.backtracks)


class _Scan:
    """Scans a pattern once, without recursion: ``open`` has the size of each open group."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._open = [0]
        self._last = 0
        self._folds = False
        self.at = 0
        self.backtracks = False

    def total(self) -> int:
        """Return the total size."""
        return min(MOST, sum(self._open) * (FOLDED if self._folds else 1))

    def step(self) -> None:
        """Read one atom, group boundary or quantifier."""
        character = self._pattern[self.at]
        if character == "\\":
            self._escape()
        elif character == "[":
            self._class()
        elif character == "(":
            self._group()
        elif character == ")":
            self._close()
        elif character in "*+?":
            self._repeat(2 if character != "?" else 1)
            self.at += 1
        elif character == "{" and (count := _COUNT.match(self._pattern, self.at)):
            low, high = int(count[1]), int(count[2] or 0)
            self._repeat(max(low + 1, high, 1) if count[2] == "" else max(low, high, 1))
            self.at = count.end()
        else:
            self._atom(NEGATED if character == "." else 1)
            self.at += 1

    def _atom(self, size: int) -> None:
        self._last = size
        self._open[-1] = min(MOST, self._open[-1] + size)

    def _repeat(self, times: int) -> None:
        """Count the last atom as often as it may repeat."""
        more = min(MOST, self._last * (times - 1))
        self._last = min(MOST, self._last + more)
        self._open[-1] = min(MOST, self._open[-1] + more)

    def _escape(self) -> None:
        name = self._pattern[self.at + 1 : self.at + 2]
        self.at += 2
        if name and name in "pP":
            end = self._pattern.find("}", self.at)
            if self._pattern.startswith("{", self.at) and end > 0:
                self.at = end + 1
            self._atom(UNICODE_CLASS)
            return
        self.backtracks = self.backtracks or name in _BACK_REFERENCES
        self._atom(NEGATED if name and name in "DSW" else 1)

    def _class(self) -> None:
        """Read ``[...]``, including nested classes, which some dialects have."""
        start, depth = self.at, 0
        size = 2
        while self.at < len(self._pattern):
            character = self._pattern[self.at]
            if character == "\\":
                is_unicode = self._pattern[self.at + 1 : self.at + 2] in ("p", "P")
                size += UNICODE_CLASS if is_unicode else 1
                self.at += 1
            elif character == "[":
                depth += 1
            elif character == "]" and self.at > start + 1:
                depth = 0  # a bracket inside may be literal: the first end counts
            self.at += 1
            if not depth:
                break
        is_negated = self._pattern[start + 1 : start + 2] == "^"
        span = (self.at - start) // 4
        self._atom(size + span + (NEGATED if is_negated else 0))

    def _group(self) -> None:
        self.backtracks = self.backtracks or self._pattern.startswith(_LOOKS, self.at)
        flags = _FLAGS.match(self._pattern, self.at)
        if flags is not None:
            self._folds = self._folds or "i" in flags[1]
            self.at = flags.end()
            if self._pattern[self.at - 1] == ")":
                return
        else:
            self.at += 1
            if self._pattern.startswith("?", self.at):
                self.at += 1  # the rest of a name or lookaround is counted as text
        self._open.append(0)
        self._last = 0

    def _close(self) -> None:
        self.at += 1
        inner = self._open.pop()
        if not self._open:
            self._open.append(0)  # unbalanced: it is malformed
        self._atom(max(1, inner))  # an empty group is a state, too
