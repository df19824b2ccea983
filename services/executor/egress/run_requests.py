"""The requests of one run: how many there were, and how many go on at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeAlias

from services.executor.egress.response_body import FetchBounds
from services.executor.errors import FetchFailedError

Slot: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


class RunRequests:
    """What the brokers of all agents of a run share.

    Args:
        bounds: the limits of the run's requests.
        slot: waits for one of the slots that all runs of the client share.
        count: how many requests the run made before it was resumed.
    """

    def __init__(self, bounds: FetchBounds, slot: Slot, count: int) -> None:
        self._bounds = bounds
        self._slot = slot
        self._room = asyncio.Semaphore(bounds.at_once)
        self._pieces = asyncio.Semaphore(bounds.at_once)
        self.count = count

    def __repr__(self) -> str:
        return f"RunRequests({self.count})"

    async def enter(self, opened: AsyncExitStack) -> None:
        """Count one request of the run, and hold a slot for it until ``opened`` closes.

        Raises:
            FetchFailedError: the run has used up its requests.
        """
        self.count += 1
        if self.count > self._bounds.requests:
            raise FetchFailedError(
                f"the run made {self._bounds.requests} requests, the limit "
                "(CAISSON_EXECUTOR_TOOL_FETCH_REQUESTS)"
            )
        await self._room.acquire()
        opened.callback(self._room.release)
        await opened.enter_async_context(self._slot())

    async def hold_piece(self, held: AsyncExitStack) -> None:
        """Wait for a slot to buffer a piece of a body, held until ``held`` closes."""
        await self._pieces.acquire()
        held.callback(self._pieces.release)
