"""A server of the tests ends with its connections closed, whatever its handler was doing."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest

from tests.loopback import listening, open_connections


async def forget(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Return without closing."""


async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def send_too_much(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(bytes(64 * 1024 * 1024))


@pytest.mark.parametrize("handle", [forget, wait, send_too_much])
async def test_connections_are_closed(handle: object) -> None:
    async with listening(handle) as port:  # type: ignore[arg-type] # one of the three above
        _, client = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.02)
    client.close()
    await asyncio.sleep(0)
    assert open_connections() == []


@pytest.mark.parametrize("turns", range(6))
async def test_connection_that_just_came_is_closed(turns: int) -> None:
    async with listening(wait) as port:
        client = socket.create_connection(("127.0.0.1", port))
        for _ in range(turns):
            await asyncio.sleep(0)
    client.close()
    assert open_connections() == []
    gc.collect()  # warns of what was forgotten
