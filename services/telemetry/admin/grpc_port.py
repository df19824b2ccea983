"""The admin port that speaks gRPC: channelz, health, reflection, and services of its owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import grpc
from grpc_channelz.v1 import channelz

from services.front.listening import Listener
from services.front.side_streams import Health, add_side_services

CHANNELZ: Final = "grpc.channelz.v1.Channelz"
LEAVE_S: Final = 1.0


class GrpcAdminPort:
    """Serves what operators' gRPC tools ask for; without an address, nothing.

    Args:
        address: where to listen; empty for no port.
        interceptors: what requests pass first.
        options: of the server.
        health: the one of the service, which its other ports show too.
        services: the full names of what ``add`` adds.
        add: adds further services to the server.
    """

    def __init__(
        self,
        address: str,
        interceptors: Sequence[Any],
        options: Sequence[tuple[str, int]],
        health: Health,
        services: Sequence[str] = (),
        add: Callable[[grpc.aio.Server], None] = lambda _: None,
    ) -> None:
        self._listener = Listener(address)
        self._server: grpc.aio.Server | None = None
        if address:
            self._server = grpc.aio.server(interceptors=list(interceptors), options=list(options))
            channelz.add_channelz_servicer(self._server)
            add(self._server)
            add_side_services(self._server, health, CHANNELZ, *services)

    def __repr__(self) -> str:
        return f"GrpcAdminPort({self.address or 'none'})"

    @property
    def address(self) -> str:
        """The address it listens on; empty if there is none."""
        return self._listener.address

    async def start(self, listen: Callable[[grpc.aio.Server], Listener]) -> None:
        """Serve where ``listen`` makes the server listen; raises what that raises."""
        if self._server is not None:
            self._listener = listen(self._server)
            await self._server.start()

    async def stop(self) -> None:
        """Stop, and remove the Unix socket."""
        if self._server is not None:
            await self._server.stop(LEAVE_S)
            self._listener.close()
