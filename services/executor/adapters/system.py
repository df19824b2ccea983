"""The system clock and random ids."""

from __future__ import annotations

import asyncio
import secrets
import time


class SystemClock:
    """The machine's clock."""

    def __repr__(self) -> str:
        return "SystemClock()"

    def now_ns(self) -> int:
        """Return nanoseconds since 1970."""
        return time.time_ns()

    def monotonic(self) -> float:
        """Return seconds of a monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class RandomIds:
    """Ids of 96 random bits."""

    def __repr__(self) -> str:
        return "RandomIds()"

    def new(self, prefix: str) -> str:
        """Return ``prefix``, an underscore and 24 hexadecimal digits."""
        return f"{prefix}_{secrets.token_hex(12)}"
