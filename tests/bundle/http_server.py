"""A real HTTP server on loopback whose answers a test writes byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.loopback import listening

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def http_server(answer: Answer) -> AsyncIterator[str]:
    """Serve connections with ``answer(path, writer)`` and yield the base URL."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(65536)
        if head:
            await answer(head.split(b" ")[1].decode("latin-1"), writer)
            await writer.drain()

    async with listening(handle) as port:
        yield f"http://127.0.0.1:{port}"


def response(
    body: bytes, content_type: str = "text/javascript", status: str = "200 OK", extra: str = ""
) -> bytes:
    """Return a whole HTTP response."""
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n{extra}\r\n"
    )
    return head.encode() + body
