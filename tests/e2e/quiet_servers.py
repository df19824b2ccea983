"""Silent servers: one that reads a request and never answers, one that accepts no connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.loopback import listening

SYN_SENT = "02"


@dataclass(eq=False)
class SilentServer:
    """An HTTP server that never answers; ``reached`` and ``left`` tell of its one client."""

    url: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def forget(self) -> None:
        """Wait for another client."""
        self.reached.clear()
        self.left.clear()

    async def serve(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.reached.set()
            await reader.read(1)
        finally:
            self.left.set()


@asynccontextmanager
async def silent_server() -> AsyncIterator[SilentServer]:
    made = SilentServer()
    async with listening(made.serve) as port:
        made.url = f"http://127.0.0.1:{port}/"
        yield made


@dataclass(frozen=True)
class DeafServer:
    """A port whose connection queue is full, so that clients wait to connect."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def clients(self) -> int:
        """How many are connecting."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        sockets = [line.split() for line in lines]
        to = f":{self.port:04X}"
        return sum(each[2].endswith(to) and each[3] == SYN_SENT for each in sockets)


@contextmanager
def deaf_server() -> Iterator[DeafServer]:
    with socket.socket() as listening, socket.socket() as only:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        only.connect(listening.getsockname())
        yield DeafServer(listening.getsockname()[1])
