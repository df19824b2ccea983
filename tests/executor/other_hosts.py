"""Clients on other loopback addresses, which a server cannot tell from other hosts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from tests.loopback import listening

OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]


@asynccontextmanager
async def channel_from(host: str, address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Yield a channel of its own connection that reaches ``address`` from ``host``, 127.x.x.x."""
    port = int(address.rpartition(":")[2])

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0))
        try:
            await asyncio.gather(_pump(reader, forth), _pump(back, writer))
        finally:
            forth.close()

    async with (
        listening(relay) as near,
        grpc.aio.insecure_channel(f"127.0.0.1:{near}", options=OWN_CONNECTION) as made,
    ):
        yield made


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
