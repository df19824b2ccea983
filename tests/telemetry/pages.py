"""A small HTTP client of an admin port on a Unix socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

ANSWER_S = 20.0
LOOK_S = 0.05


@dataclass(frozen=True)
class Answer:
    """A page, or why it is not shown."""

    status: int
    head: str
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@asynccontextmanager
async def connected(
    address: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
    try:
        yield reader, writer
    finally:
        writer.close()


async def get(address: str, path: str, **headers: str) -> Answer:
    """Return a page of an admin port."""
    sent = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    async with asyncio.timeout(ANSWER_S), connected(address) as (reader, writer):
        writer.write(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n{sent}\r\n".encode())
        whole = await reader.read()
    head, _, body = whole.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), head.decode().lower(), body.decode())


async def page(address: str, path: str) -> Any:
    """Return the JSON object of a page, whatever its status."""
    return (await get(address, path, accept="application/json")).json


async def looks(address: str, path: str) -> AsyncGenerator[Any, None]:
    """Yield the object of a page again and again, for a bounded time."""
    async with asyncio.timeout(ANSWER_S):
        while True:
            yield await page(address, path)
            await asyncio.sleep(LOOK_S)


async def until_ready(address: str, *, ready: bool) -> dict[str, Any]:
    """Wait until /readyz says so; return what it says."""
    async with aclosing(looks(address, "/readyz")) as found:
        async for each in found:
            if each["ready"] is ready:
                return dict(each)
    raise AssertionError("looks end in time or never")
