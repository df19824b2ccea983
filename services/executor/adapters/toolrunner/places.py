"""Where a stream to a toolrunner begins: the seam between a stream and those who choose."""

from __future__ import annotations

from typing import Any, Final, Protocol

import grpc

from services.executor.adapters.toolrunner.runner_wire import RunnerCapabilities
from services.executor.adapters.toolrunner.wire import Opening
from services.executor.errors import RunnerUnavailableError

# How gRPC ends an RPC that met a GOAWAY or a connection that was just closed.
NOT_TAKEN: Final = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
    }
)


class Place(Protocol):
    """The toolrunner of one stream, or, one after the other, of all attempts to open it."""

    async def connect(self) -> None:
        """Wait until there is one; raises RunnerUnavailableError."""
        ...

    def start(self) -> Any:
        """Start the RunTools RPC."""
        ...

    def served(self) -> None:
        """Note that the toolrunner has answered a call."""
        ...

    def drains(self) -> None:
        """Note that the toolrunner is stopping."""
        ...

    def broke(self, error: grpc.aio.AioRpcError | RunnerUnavailableError) -> bool:
        """Note that the stream has ended with an error; return whether to open it again.

        It is a RunnerUnavailableError if the toolrunner was silent.

        Nothing had begun on the stream then if it is opened again; the caller knows that.
        """
        ...


class Runners(Protocol):
    """The toolrunners of an executor: one, or several."""

    def place(self, opening: Opening) -> Place:
        """Return where a stream is opened."""
        ...

    async def connected(self) -> None:
        """Wait until there is one; raises RunnerUnavailableError."""
        ...

    async def answers(self) -> bool:
        """Return whether one answers, takes runs by its health, and serves us."""
        ...

    async def capabilities(self) -> RunnerCapabilities:
        """Return a toolrunner's description; raises RunnerUnavailableError, AioRpcError."""
        ...

    async def close(self) -> None:
        """Close all connections; idempotent."""
        ...
