"""HTTP/1.1 for few and short requests, by uvicorn, in the event loop of a service.

A connection carries one request and lasts for seconds, whatever its peer does: a header that does
not end, and an answer that is not read, end with it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.front.peers import LOCAL_HOST, Peer
from services.front.shares import PeerShares

CONNECTIONS: Final = 64
CONNECTION_S: Final = 30.0
HEADER_BYTES: Final = 16 * 1024
LEAVE_S: Final = 1


class HttpServer(Server):
    """Serves an ASGI application on sockets, and leaves signals to its process."""

    def __init__(self, app: Any) -> None:
        shares = PeerShares(CONNECTIONS)

        class OneRequest(H11Protocol):
            """One connection."""

            _peer: Peer | None = None
            _end: asyncio.TimerHandle | None = None

            def connection_made(self, transport: Any) -> None:
                peer = _peer_of(transport)
                if not shares.take(peer):
                    transport.abort()
                    return
                self._peer = peer
                self._end = asyncio.get_running_loop().call_later(CONNECTION_S, transport.abort)
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                if self._peer is None or self._end is None:
                    return
                self._end.cancel()
                shares.give_back(self._peer)
                super().connection_lost(exc)

        super().__init__(
            Config(
                app,
                http=OneRequest,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                headers=[("connection", "close")],
                h11_max_incomplete_event_size=HEADER_BYTES,
                backlog=CONNECTIONS,
                timeout_graceful_shutdown=LEAVE_S,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals: the service drains on them."""
        yield

    def begin(self, sockets: list[socket.socket]) -> None:
        """Serve on sockets that listen already; ``end`` closes them."""
        self._serving = asyncio.create_task(self.serve(sockets))

    async def end(self) -> None:
        """Stop; answers that are being written get ``LEAVE_S`` seconds."""
        self.should_exit = True
        if self._serving is not None:
            await asyncio.wait([self._serving])


def _peer_of(transport: asyncio.Transport) -> Peer:
    name = transport.get_extra_info("peername")
    if not isinstance(name, tuple):
        return Peer(LOCAL_HOST, LOCAL_HOST)
    return Peer(str(name[0]), f"{name[0]}:{name[1]}")
