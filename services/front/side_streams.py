"""Health and reflection, with streams that no client can keep from others.

In gRPC's own health service, a client that does not read its stream holds a lock that every other
watcher, and a stopping server, waits for. Neither service limits its streams.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import suppress
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

from services.front.checkers import Checkers
from services.front.peers import peer_of
from services.front.shares import PeerShares

WATCHERS = 32
REFLECTIONS = 16
# Newer clients ask for v1 first. It has the same method and messages as v1alpha, the only version
# in grpcio-reflection.
REFLECTION_V1 = "grpc.reflection.v1.ServerReflection"
REFLECTION_S = 30.0
STALL_S = 10.0

Context = grpc.aio.ServicerContext[Any, Any]
Status = health_pb2.HealthCheckResponse


async def counted(
    work: Coroutine[Any, Any, None],
    shares: PeerShares,
    context: Context,
    what: str,
    end_s: float | None = None,
) -> None:
    """Run a stream's work in a slot; end it after ``end_s`` or when the client stops reading.

    Args:
        work: what the stream does; it raises TimeoutError when the client does not read.
        shares: the slots.
        context: of the RPC.
        what: names the streams.
        end_s: time limit in seconds; None for no limit.
    """
    peer = peer_of(context.peer())
    if shares.take(peer):
        try:
            async with asyncio.timeout(end_s):
                await work
            return
        except TimeoutError:
            code = grpc.StatusCode.DEADLINE_EXCEEDED
            message = f"The time for {what} is up; ask again."
        finally:
            shares.give_back(peer)
    else:
        work.close()
        code, message = grpc.StatusCode.RESOURCE_EXHAUSTED, shares.reason(peer, what)
    with suppress(TimeoutError):  # a client that does not read may not receive this either
        async with asyncio.timeout(STALL_S):
            await context.abort(code, message)


class Health:
    """The health service: the state of each service that was ``set``."""

    def __init__(self) -> None:
        self._states: dict[str, Any] = {}
        self._changed = asyncio.Event()
        self._watchers = PeerShares(WATCHERS)
        self._checkers = Checkers()
        self._closed = False

    def __repr__(self) -> str:
        return f"Health({self._states}, watchers={self._watchers.held})"

    def set(self, service: str, state: Any) -> None:
        """Set the state of a service."""
        self._states[service] = state
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Report every service as not serving, and end the streams that watch."""
        for service in self._states:
            self._states[service] = Status.NOT_SERVING
        self._closed = True
        self._changed.set()

    async def told(self, within_s: float) -> None:
        """Wait, after ``close``, until those who check again and again know, as ``Checkers``."""
        await self._checkers.told(within_s)

    async def Check(  # noqa: N802 - the name is the protocol's
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        """Return the state of a service; NOT_FOUND when it was never set."""
        state = self._states.get(request.service)
        if state is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "There is no such service here.")
        self._checkers.note(context.peer())
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
        """Send the state of a service, and each change."""
        watching = self._watch(request.service, context)
        await counted(watching, self._watchers, context, "streams that watch its health")

    async def _watch(self, service: str, context: Context) -> None:
        told: Any = None
        while True:
            changed, closed = self._changed, self._closed
            state = self._states.get(service, Status.SERVICE_UNKNOWN)
            if state != told:
                async with asyncio.timeout(STALL_S):
                    await context.write(Status(status=state))
                told = state
            if closed:
                return
            await changed.wait()


class Reflection:
    """The reflection service of ``names``, each stream for ``REFLECTION_S`` seconds at most."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: Any = reflection.aio.ReflectionServicer(names)  # no generators in its types
        self._streams = PeerShares(REFLECTIONS)

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


def add_side_services(server: grpc.aio.Server, health_service: Health, *services: str) -> None:
    """Add health to ``server``, and reflection of itself and of the named services.

    Reflection is served as v1alpha and as v1.
    """
    health_pb2_grpc.add_HealthServicer_to_server(health_service, server)
    names = (*services, health.SERVICE_NAME, reflection.SERVICE_NAME)
    add_reflection: Any = reflection_pb2_grpc.add_ServerReflectionServicer_to_server
    reflecting = Reflection(names)
    add_reflection(reflecting, server)
    method = grpc.stream_stream_rpc_method_handler(
        reflecting.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    handlers = {"ServerReflectionInfo": method}
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(REFLECTION_V1, handlers),)
    )
