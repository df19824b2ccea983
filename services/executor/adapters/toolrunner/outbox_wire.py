"""The outbox of one toolrunner stream: ordered, with one writer, bounded in bytes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.parts_wire import in_parts

OUTBOX_BYTES: Final = 4 * 1024 * 1024


class LinkOutbox:
    """Queued requests, in order; once closed, everything put here is dropped.

    Args:
        most_bytes: ``put`` waits while this much or more is queued.
    """

    def __init__(self, most_bytes: int = OUTBOX_BYTES) -> None:
        self._most = most_bytes
        self._requests: deque[pb.RunToolsRequest] = deque()
        self._closed = False
        self._turn = asyncio.Lock()  # else all waiters would put theirs as soon as there is room
        self._room, self._news = asyncio.Event(), asyncio.Event()
        self._room.set()
        self.held_bytes = 0

    def __repr__(self) -> str:
        return f"LinkOutbox({len(self._requests)} requests, {self.held_bytes} bytes)"

    async def put(self, request: pb.RunToolsRequest) -> None:
        """Add a request once there is room; nothing is added if this is cancelled before."""
        async with self._turn:
            await self._room.wait()
            self.put_now(request)

    def put_now(self, request: pb.RunToolsRequest) -> None:
        """Add a small request without waiting."""
        if not self._closed:
            self._requests.append(request)
            self._count(request.ByteSize())
            self._news.set()

    async def pump(self, write: Callable[[pb.RunToolsRequest], Awaitable[None]]) -> None:
        """Write queued requests until ``write`` fails or this is cancelled; then free waiters."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._requests:
                    request = self._requests.popleft()
                    for part in in_parts(request):
                        await write(part)
                    if not self._closed:
                        self._count(-request.ByteSize())
        finally:
            self.close()

    def close(self) -> None:
        """Drop queued and later requests. Idempotent."""
        self._closed = True
        self._requests.clear()
        self._count(-self.held_bytes)

    def _count(self, size: int) -> None:
        self.held_bytes += size
        if self.held_bytes < self._most:
            self._room.set()
        else:
            self._room.clear()
