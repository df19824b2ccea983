"""A TCP proxy on loopback between one client and a server, which a test can partition.

It runs on a thread of its own, so that tests with and without an event loop use it alike.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from enum import Enum
from typing import Any, TypeVar

PIECE = 65_536
SOON_S = 10.0

T = TypeVar("T")


class Fault(Enum):
    """What the proxy does with its connections."""

    NONE = "none"
    STALL = "stall"
    """What is sent in either direction waits, and comes later; new connections hang."""
    DROP = "drop"
    """What is sent while this lasts is never delivered, and its connection is dead afterwards."""
    REFUSE = "refuse"
    """Connections are reset, new ones too."""


class Proxy:
    """Passes bytes to ``port`` on loopback; ``fault`` is what it does instead."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._fault = Fault.NONE
        self._healthy = asyncio.Event()
        self._healthy.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.accepted = 0

    def __repr__(self) -> str:
        return f"Proxy({self.port} -> {self._target}, {self._fault.value})"

    def start(self) -> None:
        """Listen; ``port`` is where."""
        self._thread.start()
        self._do(self._listen)

    def stop(self) -> None:
        """End with all connections."""
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SOON_S)
        self._loop.close()

    def set(self, fault: Fault) -> None:
        """Begin or end a fault; connections that dropped something are reset at its end."""
        self._do(self._set, fault)

    def cut(self) -> None:
        """Reset the connections that there are; new ones are served."""
        self._do(self._cut)

    def point_at(self, port: int) -> None:
        """Send new connections to another server, and reset those that there are."""
        self._target = port
        self.cut()

    def _do(self, work: Callable[..., Awaitable[T]], *given: Any) -> T:
        async def doing() -> T:
            return await work(*given)

        done: Future[T] = asyncio.run_coroutine_threadsafe(doing(), self._loop)
        return done.result(SOON_S)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await self._cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _set(self, fault: Fault) -> None:
        was, self._fault = self._fault, fault
        if was is Fault.DROP or fault is Fault.REFUSE:
            await self._cut()
        if fault is Fault.STALL:
            self._healthy.clear()
        else:
            self._healthy.set()

    async def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._fault is Fault.REFUSE:
            writer.transport.abort()
            return
        self._writers.add(writer)
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._healthy.wait()
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            self._writers.discard(writer)
            return
        self._writers.add(back)
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        finally:
            for each in (writer, back):
                each.transport.abort()
                self._writers.discard(each)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(PIECE):
                await self._healthy.wait()
                if self._fault is Fault.DROP:
                    continue
                writer.write(data)
                await writer.drain()
            writer.write_eof()


@contextmanager
def proxied(port: int) -> Iterator[Proxy]:
    """Yield a proxy to a port that listens, and end it afterwards."""
    proxy = Proxy(port)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
