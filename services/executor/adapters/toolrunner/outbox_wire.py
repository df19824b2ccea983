"""The outbox of one toolrunner stream: one writer, bounded, cancels first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.parts_wire import ABANDONED, in_parts

OUTBOX_BYTES: Final = 4 * 1024 * 1024
BEGINNINGS: Final = ("call", "evaluate")

Write: TypeAlias = Callable[[pb.RunToolsRequest], Awaitable[None]]


@dataclass(eq=False, slots=True)
class _Waiting:
    """A request that waits or is being written, and its call, if any.

    ``cancel`` ends a call that is cancelled while this is being written.
    """

    request: pb.RunToolsRequest
    call_id: str
    size: int
    cancel: pb.RunToolsRequest | None = None

    @property
    def begins(self) -> bool:
        """Whether it starts its call."""
        return self.request.WhichOneof("message") in BEGINNINGS


class LinkOutbox:
    """Requests in order, urgent ones first; once closed, new ones are dropped.

    Args:
        most_bytes: ``put`` waits while this much or more is queued.
    """

    def __init__(self, most_bytes: int = OUTBOX_BYTES) -> None:
        self._most = most_bytes
        self._requests: deque[_Waiting] = deque()
        self._urgent: deque[pb.RunToolsRequest] = deque()
        self._writing: _Waiting | None = None
        self._closed = False
        self._turn = asyncio.Lock()  # otherwise all waiters would put theirs at once
        self._room, self._news = asyncio.Event(), asyncio.Event()
        self._room.set()
        self.held_bytes = 0

    def __repr__(self) -> str:
        waiting = len(self._requests) + len(self._urgent)
        return f"LinkOutbox({waiting} requests, {self.held_bytes} bytes)"

    async def put(self, request: pb.RunToolsRequest, call_id: str = "") -> None:
        """Add a request when there is room; one that is cancelled before that is not added."""
        async with self._turn:
            await self._room.wait()
            if not self._closed:
                waiting = _Waiting(request, call_id, request.ByteSize())
                self._requests.append(waiting)
                self._count(waiting.size)
                self._news.set()

    def put_now(self, request: pb.RunToolsRequest) -> None:
        """Add a small request that waits for no other, not even between the parts of one."""
        if not self._closed:
            self._urgent.append(request)
            self._news.set()

    def cancel(self, call_id: str, cancel: pb.RunToolsRequest) -> None:
        """Drop a call's queued requests, and send ``cancel`` if the runner knows the call."""
        begun = True
        for waiting in [each for each in self._requests if each.call_id == call_id]:
            self._requests.remove(waiting)
            self._count(-waiting.size)
            begun = begun and not waiting.begins
        writing = self._writing
        if writing is not None and writing.call_id == call_id:
            writing.cancel = cancel
            begun = begun and not writing.begins
        if begun:
            self.put_now(cancel)

    async def pump(self, write: Write) -> None:
        """Write queued requests until ``write`` fails or this is cancelled, then free waiters."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._urgent or self._requests:
                    if self._urgent:
                        await write(self._urgent.popleft())
                    else:
                        await self._write(write, self._requests.popleft())
        finally:
            self.close()

    async def _write(self, write: Write, waiting: _Waiting) -> None:
        """Write a request, with urgent ones between its parts."""
        self._writing = waiting
        parts = in_parts(waiting.request, waiting.size)
        for number, part in enumerate(parts):
            while number and self._urgent:
                await write(self._urgent.popleft())
            if number and waiting.cancel is not None:
                await write(ABANDONED)
                break
            await write(part)
        else:
            if waiting.cancel is not None and waiting.begins:
                self._urgent.append(waiting.cancel)
        self._writing = None
        if not self._closed:
            self._count(-waiting.size)

    def close(self) -> None:
        """Drop queued and later requests. Idempotent."""
        self._closed = True
        self._requests.clear()
        self._urgent.clear()
        self._count(-self.held_bytes)

    def _count(self, size: int) -> None:
        self.held_bytes += size
        if self.held_bytes < self._most:
            self._room.set()
        else:
            self._room.clear()
