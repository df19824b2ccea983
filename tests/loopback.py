"""Servers on loopback that leave nothing open: they end with all their connections closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import grpc

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handle: Handle, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """Serve each connection with ``handle``, and yield the port.

    A connection is closed when its handler ends. At the end the handlers are cancelled, and
    connections that still have something to send are aborted: one that is dropped open warns when
    its garbage is collected, which fails whatever test runs then.
    """
    handling: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_handled(handle, reader, writer))
        # Not in the task: one that is cancelled before it starts runs none of its cleanup.
        task.add_done_callback(lambda _: writer.close())
        task.add_done_callback(handling.discard)
        handling.add(task)
        writers.append(writer)

    server = await asyncio.start_server(accept, host, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await stop_accepting(server)
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()


@asynccontextmanager
async def started(server: grpc.aio.Server) -> AsyncIterator[None]:
    """Start a gRPC server, and stop it at the end without waiting for its RPCs."""
    await server.start()
    try:
        yield
    finally:
        await server.stop(0)


async def _handled(
    handle: Handle, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with suppress(ConnectionError, asyncio.IncompleteReadError):  # the client has gone
        await handle(reader, writer)


async def stop_accepting(server: asyncio.Server) -> None:
    """Close a server after what it has accepted has reached a handler, which takes three turns.

    Python 3.11 forgets a connection, open, whose server closes in between.
    """
    for listener in server.sockets:
        asyncio.get_running_loop().remove_reader(listener.fileno())
    for _ in range(5):
        await asyncio.sleep(0)
    server.close()


def open_connections() -> list[Any]:
    """Return the transports of this loop's sockets that nobody has closed."""
    transports = getattr(asyncio.get_running_loop(), "_transports", {})
    return [each for each in transports.values() if not each.is_closing()]


async def left_open(grace_s: float) -> list[Any]:
    """Return the connections that are still open after as many seconds."""
    for _ in range(int(grace_s * 100)):
        if not open_connections():
            break
        await asyncio.sleep(0.01)
    return open_connections()
