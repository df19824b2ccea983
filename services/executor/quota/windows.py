"""Windows of amounts: minutes, days and calendar months, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

SECOND_US: Final = 1_000_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class Window(Enum):
    """The time within which an amount counts; the value is its name in settings and errors."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"


SIZES: Final = {Window.MINUTE: 60 * SECOND_US, Window.DAY: 86_400 * SECOND_US}


def window_at(window: Window, now_us: int) -> tuple[int, int]:
    """Return where the window of this moment starts, and where the next one does.

    Both in microseconds since 1970, as ``now_us`` is.
    """
    if window in SIZES:
        size = SIZES[window]
        start = now_us - now_us % size
        return start, start + size
    now = EPOCH + now_us * MICROSECOND
    first = datetime(now.year, now.month, 1, tzinfo=UTC)
    after = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    return (first - EPOCH) // MICROSECOND, (after - EPOCH) // MICROSECOND
