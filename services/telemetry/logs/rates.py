"""Limits how many lines one place in the code may log, so that no fault fills a disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.telemetry.logs.json_lines import FIELDS

MOST: Final = 100
EVERY_S: Final = 10.0
MOST_SITES: Final = 1000


@dataclass
class _Site:
    began_s: float
    logged: int = 0
    left_out: int = 0


class RateLimit(logging.Filter):
    """Lets ``most`` records of a call site pass in ``every_s`` seconds, and counts the others.

    How many were left out is said by the next line that passes after that, whichever it is. Records
    with fields of their own, such as the one of a run at its end, always pass: there are as many as
    there is work.

    Args:
        tell: logs a line.
        clock: returns seconds.
    """

    def __init__(
        self,
        tell: Callable[[str, tuple[object, ...]], None],
        most: int = MOST,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._tell = tell
        self._most = most
        self._every_s = every_s
        self._clock = clock
        self._sites: dict[tuple[str, int], _Site] = {}
        self._due_s = clock() + every_s

    def __repr__(self) -> str:
        return f"RateLimit({self._most} in {self._every_s:g} s, sites={len(self._sites)})"

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        now = self._clock()
        if now >= self._due_s:
            self._due_s = now + self._every_s
            self._tell_left_out(now)
        if hasattr(record, FIELDS):
            return True
        key = (record.name, record.lineno)
        site = self._sites.get(key)
        if site is None:
            if len(self._sites) >= MOST_SITES:
                self._sites.pop(next(iter(self._sites)))
            site = self._sites[key] = _Site(now)
        if site.logged < self._most:
            site.logged += 1
            return True
        site.left_out += 1
        return False

    def _tell_left_out(self, now: float) -> None:
        ended = [key for key, site in self._sites.items() if now >= site.began_s + self._every_s]
        for key in ended:
            site = self._sites.pop(key)
            if site.left_out:
                self._tell("%d lines of %s:%d were left out", (site.left_out, *key))

    def tell_rest(self) -> None:
        """Say what was left out until now."""
        self._tell_left_out(float("inf"))
