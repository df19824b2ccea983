"""Health and reflection beside the service, whose streams no client can hold from others.

The health service that comes with gRPC lets a client that does not read its stream hold a lock that
every other watcher, and a server that stops, waits for; and neither counts its streams.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import suppress
from typing import Any

import grpc
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection

from services.executor.clients import Shares, client_of
from services.executor.errors import OverloadedError

WATCHERS = 32
REFLECTIONS = 16
REFLECTION_S = 30.0
STALL_S = 10.0

Context = grpc.aio.ServicerContext[Any, Any]
Status = health_pb2.HealthCheckResponse


async def counted(
    work: Coroutine[Any, Any, None],
    shares: Shares,
    context: Context,
    what: str,
    end_s: float | None = None,
) -> None:
    """Do the work of a stream while it has a place; end it after ``end_s`` or when it is not read.

    Args:
        work: what the stream does; it raises TimeoutError when the client does not read.
        shares: the places.
        context: of the RPC.
        what: names the streams.
        end_s: seconds that it may take; None for any time.
    """
    try:
        with shares.holding(client_of(context.peer()), what):
            async with asyncio.timeout(end_s):
                await work
        return
    except OverloadedError as error:
        work.close()
        code, message = grpc.StatusCode.RESOURCE_EXHAUSTED, error.message
    except TimeoutError:
        code, message = grpc.StatusCode.DEADLINE_EXCEEDED, f"The time for {what} is up; ask again."
    with suppress(TimeoutError):  # a client that does not read may not take this, either
        async with asyncio.timeout(STALL_S):
            await context.abort(code, message)


class Health:
    """The health service: the state of each service that was ``set``."""

    def __init__(self) -> None:
        self._states: dict[str, Any] = {}
        self._changed = asyncio.Event()
        self._watchers = Shares(WATCHERS)

    def __repr__(self) -> str:
        return f"Health({self._states}, watchers={self._watchers.held})"

    def set(self, service: str, state: Any) -> None:
        """Tell the state of a service from now on."""
        self._states[service] = state
        self._changed.set()
        self._changed = asyncio.Event()

    async def Check(  # noqa: N802 - the name is the protocol's
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        """Return the state of a service; NOT_FOUND when it was never set."""
        state = self._states.get(request.service)
        if state is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "There is no such service here.")
        return Status(status=state)

    async def List(  # noqa: N802 - the name is the protocol's
        self, request: health_pb2.HealthListRequest, context: Context
    ) -> health_pb2.HealthListResponse:
        """Return the states of all services."""
        states = {service: Status(status=state) for service, state in self._states.items()}
        return health_pb2.HealthListResponse(statuses=states)

    async def Watch(  # noqa: N802 - the name is the protocol's
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> None:
        """Send the state of a service, and again whenever it changes."""
        watching = self._watch(request.service, context)
        await counted(watching, self._watchers, context, "streams that watch its health")

    async def _watch(self, service: str, context: Context) -> None:
        told: Any = None
        while True:
            changed = self._changed
            state = self._states.get(service, Status.SERVICE_UNKNOWN)
            if state != told:
                async with asyncio.timeout(STALL_S):
                    await context.write(Status(status=state))
                told = state
            await changed.wait()


class Reflection:
    """The reflection service of ``names``, each stream for ``REFLECTION_S`` seconds at most."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: Any = reflection.aio.ReflectionServicer(names)  # its types know no generators
        self._streams = Shares(REFLECTIONS)

    def __repr__(self) -> str:
        return f"Reflection(streams={self._streams.held})"

    async def ServerReflectionInfo(  # noqa: N802 - the name is the protocol's
        self, requests: AsyncIterator[Any], context: Context
    ) -> None:
        """Answer the requests of one stream."""
        answering = self._answer(requests, context)
        await counted(answering, self._streams, context, "reflection streams", REFLECTION_S)

    async def _answer(self, requests: AsyncIterator[Any], context: Context) -> None:
        async for response in self._names.ServerReflectionInfo(requests, context):
            await context.write(response)
