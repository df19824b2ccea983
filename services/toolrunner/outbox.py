"""What waits to be written to one stream: one writer, a bound, and an end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from services.toolrunner.errors import OverLimitError, ToolRunnerError
from services.toolrunner.messages import CallAsks, CallConsole, CallEnded, Reply

REPLY_BYTES = 256


class Outbox:
    """Replies in order. ``put`` never waits; a peer that does not read ends its own stream.

    Above ``high_bytes`` the peer's next messages should not be read (see ``room``); above
    ``most_bytes`` the stream fails.
    """

    def __init__(self, high_bytes: int, most_bytes: int) -> None:
        self._high = high_bytes
        self._most = most_bytes
        self._replies: deque[tuple[Reply, int]] = deque()
        self._bytes = 0
        self._closed = False
        self._error: ToolRunnerError | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __repr__(self) -> str:
        return f"<Outbox {len(self._replies)} replies, {self._bytes} bytes, closed={self._closed}>"

    def put(self, reply: Reply) -> None:
        """Add a reply; dropped when the outbox is closed."""
        if self._closed:
            return
        size = size_of(reply)
        self._replies.append((reply, size))
        self._bytes += size
        if self._bytes > self._high:
            self._room.clear()
        if self._bytes > self._most:
            self.fail(OverLimitError("The caller does not read what its tools send."))
        self._news.set()

    def close(self) -> None:
        """Take no more; what is there is still written."""
        self._closed = True
        self._news.set()

    def fail(self, error: ToolRunnerError) -> None:
        """Take no more, and raise ``error`` to the writer at once."""
        if self._error is None:
            self._error = error
        self.close()

    async def room(self) -> None:
        """Wait while more is waiting than ``high_bytes``."""
        await self._room.wait()

    async def pump(self, write: Callable[[Reply], Awaitable[None]]) -> None:
        """Write replies until the outbox is closed and empty; raises what it failed with."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._replies and self._error is None:
                reply, size = self._replies.popleft()
                await write(reply)
                self._bytes -= size
                if self._bytes <= self._high:
                    self._room.set()
            if self._error is not None:
                raise self._error
            if self._closed:
                return


def size_of(reply: Reply) -> int:
    """Return about how many bytes a reply takes."""
    if isinstance(reply, CallEnded):
        return REPLY_BYTES + len(reply.outcome.output_json)
    if isinstance(reply, CallConsole):
        return REPLY_BYTES + len(reply.line.text)
    if isinstance(reply, CallAsks):
        return REPLY_BYTES + len(reply.input_json)
    return REPLY_BYTES
