"""Clients that check a server's health at a pace of their own, as load balancers do."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

MOST: Final = 64
"""Clients that are remembered, the latest."""
SLOWEST_S: Final = 5.0
"""A client that checks less often than this is not waited for."""
ON_THE_WAY_S: Final = 0.25
"""A client that was told may have a connection on its way for so long."""


@dataclass
class _Checks:
    """When a client checked last, and after how long since the time before."""

    last_s: float
    every_s: float = math.inf

    def goes_on(self, now_s: float) -> bool:
        """Return whether another check is to be expected soon."""
        return self.every_s <= SLOWEST_S and now_s - self.last_s <= 2 * self.every_s


class Checkers:
    """The clients that check, by the name of their connection.

    A server that stops is to accept connections until they know: the kernel resets what waits to
    be accepted when a listener closes, and a proxy may have sent a request on it, which it cannot
    send again, for it does not know whether it was served.
    """

    def __init__(self) -> None:
        self._checks: OrderedDict[str, _Checks] = OrderedDict()
        self._waited_for: set[str] = set()
        self._all_told = asyncio.Event()

    def __repr__(self) -> str:
        return f"Checkers({len(self._checks)}, waited_for={len(self._waited_for)})"

    def note(self, client: str) -> None:
        """Record a check that is being answered."""
        now_s = asyncio.get_running_loop().time()
        known = self._checks.pop(client, None)
        every_s = math.inf if known is None else now_s - known.last_s
        self._checks[client] = _Checks(now_s, every_s)
        if len(self._checks) > MOST:
            self._checks.popitem(last=False)
        self._waited_for.discard(client)
        if not self._waited_for:
            self._all_told.set()

    async def told(self, within_s: float) -> None:
        """Wait until each client that checks again and again has done so, and its connections came.

        Returns after ``within_s`` seconds at most, plus ``ON_THE_WAY_S``, and at once if there is
        no such client. One that misses two checks is gone.
        """
        now_s = asyncio.get_running_loop().time()
        going_on = {name: each for name, each in self._checks.items() if each.goes_on(now_s)}
        if not going_on or within_s <= 0:
            return
        self._waited_for = set(going_on)
        self._all_told.clear()
        slowest_s = max(2 * each.every_s for each in going_on.values())
        with suppress(TimeoutError):
            async with asyncio.timeout(min(within_s, slowest_s)):
                await self._all_told.wait()
        await asyncio.sleep(ON_THE_WAY_S)
