"""A connection that can be cut or go silent, as if the client's machine were gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.loopback import listening

BYTES = 65536


class Wire:
    """Passes on to ``host`` and ``port`` what comes to ``address``, and what is answered."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._ends: list[asyncio.StreamWriter] = []
        self._silent = False
        self.address = ""

    def fall_silent(self) -> None:
        """Stop forwarding, and leave the connections open."""
        self._silent = True

    def cut(self) -> None:
        """Drop all connections; both sides notice."""
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        self._ends += [writer, far_writer]
        try:
            await asyncio.gather(
                self._pass_on(reader, far_writer), self._pass_on(far_reader, writer)
            )
        finally:
            far_writer.close()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(BYTES):
                if not self._silent:
                    sink.write(data)
                    await sink.drain()
        sink.close()


@asynccontextmanager
async def wire_to(address: str) -> AsyncIterator[Wire]:
    host, _, port = address.rpartition(":")
    made = Wire(host, int(port))
    async with listening(made.take) as near:
        made.address = f"127.0.0.1:{near}"
        yield made
