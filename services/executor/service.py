"""The executor's RPCs over grpc.aio."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import grpc
from grpc_status import rpc_status

from services.executor.adapters.client_stream import ClientStream
from services.executor.adapters.rpc_methods import in_parts
from services.executor.agent.planner import Planner
from services.executor.agent.run import AgentRun, RunParts
from services.executor.agent.session_desk import SessionDesk
from services.executor.bundle.ports import BundleReader
from services.executor.errors import (
    ClientGoneError,
    ClientStalledError,
    ExecutorError,
    InternalError,
    LimitError,
    OverloadedError,
    RunInterruptedError,
    ShuttingDownError,
)
from services.executor.events import Abort, AbortCause, Error, Finish, Terminal
from services.executor.side_thread import SIDE
from services.executor.wire.long_requests import LongRequest
from services.executor.wire.manifest import to_inspect_response
from services.executor.wire.requests import from_execute_request, from_inspect_request
from services.executor.wire.sessions import (
    from_delete_request,
    from_get_request,
    from_list_request,
    to_get_response,
    to_list_response,
)
from services.executor.wire.status import to_status
from services.gen.caisson.executor.v1 import executor_service_pb2 as pb
from services.gen.caisson.executor.v1 import executor_service_pb2_grpc as pb_grpc
from services.gen.caisson.executor.v1 import sessions_pb2 as sessions_pb

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 1.0
STOPPING = "The executor is being stopped. Send the request again, to another one or later."
ABORTS: dict[AbortCause, Callable[[str], ExecutorError]] = {
    AbortCause.CLIENT_CANCELLED: ClientGoneError,
    AbortCause.CLIENT_DEADLINE: ClientGoneError,
    AbortCause.SHUTDOWN: lambda _: ShuttingDownError(STOPPING),
    AbortCause.INTERRUPTED: RunInterruptedError,
    AbortCause.CLIENT_STALLED: ClientStalledError,
}

ExecuteContext = grpc.aio.ServicerContext[pb.ExecuteAgentRequest, pb.ExecuteAgentResponse]
AnyContext = grpc.aio.ServicerContext[Any, Any]

T = TypeVar("T")


class ExecutorService(pb_grpc.ExecutorServiceServicer):
    """Runs agents; at most ``most_runs`` requests are worked on at once.

    Args:
        planner: makes plans of requests.
        parts: what every run uses.
        bundles: reads bundles.
        sessions: answers for the conversations that are kept.
        most_runs: one more is refused.
        stall_s: seconds that a client may leave what it is sent unread.
        response_bytes: the largest message that is sent.
    """

    def __init__(
        self,
        planner: Planner,
        parts: RunParts,
        bundles: BundleReader,
        sessions: SessionDesk,
        most_runs: int,
        stall_s: float,
        response_bytes: int,
    ) -> None:
        self._planner = planner
        self._parts = parts
        self._bundles = bundles
        self._sessions = sessions
        self._most_runs = most_runs
        self._stall_s = stall_s
        self._response_bytes = response_bytes
        self._working = 0
        self._stopping = self._aborted = False
        self._runs: set[AgentRun] = set()
        self._reading: set[asyncio.Timeout] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def __repr__(self) -> str:
        return f"ExecutorService({self._working} of {self._most_runs}, stopping={self._stopping})"

    async def drain(self, drain_s: float) -> None:
        """Refuse new requests, let those there end for ``drain_s`` seconds, then abort the runs."""
        self._stopping = True
        try:
            async with asyncio.timeout(drain_s):
                await self._idle.wait()
        except TimeoutError:
            self.abort_runs()

    def abort_runs(self) -> None:
        """End every run with an abort, and every request whose bundle is still being read."""
        self._aborted = True
        for run in self._runs:
            run.abort(AbortCause.SHUTDOWN)
        while self._reading:
            self._reading.pop().reschedule(asyncio.get_running_loop().time())

    async def ExecuteAgent(  # noqa: N802 - the name is the protocol's
        self, request: pb.ExecuteAgentRequest | LongRequest, context: ExecuteContext
    ) -> None:
        """Stream the events of one run; a run that fails ends with the status of its error."""
        client = ClientStream(context, self._stall_s)
        try:
            with self._room():
                failure = await self._run(request, client)
        except Exception as error:  # noqa: BLE001 - whatever fails, the client gets a status
            failure = known_error(error)
        if failure is not None:
            await client.end(failure)

    async def InspectBundle(  # noqa: N802 - the name is the protocol's
        self, request: pb.InspectBundleRequest | LongRequest, context: AnyContext
    ) -> bytes:
        """Return the manifest of a bundle, serialized."""
        return await self._answer(context, self._inspect(request))

    async def ListSessions(  # noqa: N802 - the name is the protocol's
        self, request: sessions_pb.ListSessionsRequest, context: AnyContext
    ) -> sessions_pb.ListSessionsResponse:
        """Return the conversations of a resource."""
        return await self._answer(context, self._list_sessions(request))

    async def GetSession(  # noqa: N802 - the name is the protocol's
        self, request: sessions_pb.GetSessionRequest, context: AnyContext
    ) -> sessions_pb.GetSessionResponse:
        """Return what was said in a conversation."""
        return await self._answer(context, self._get_session(request))

    async def DeleteSession(  # noqa: N802 - the name is the protocol's
        self, request: sessions_pb.DeleteSessionRequest, context: AnyContext
    ) -> sessions_pb.DeleteSessionResponse:
        """Forget a conversation."""
        return await self._answer(context, self._delete_session(request))

    async def _answer(self, context: AnyContext, work: Awaitable[T]) -> T:
        """Return what ``work`` returns; whatever fails, the client gets a status."""
        try:
            with self._room():
                return await work
        except Exception as error:  # noqa: BLE001 - whatever fails, the client gets a status
            status = to_status(known_error(error))
            return await context.abort_with_status(rpc_status.to_status(status))

    async def _inspect(self, request: pb.InspectBundleRequest | LongRequest) -> bytes:
        async with self._while_not_aborted():
            message, _ = await in_parts(pb.InspectBundleRequest, request)
            bundle = await self._bundles.read(from_inspect_request(message))
        response = await SIDE.run(0, partial(to_inspect_response, bundle.manifest))
        self._check_size(len(response))
        return response

    async def _list_sessions(
        self, request: sessions_pb.ListSessionsRequest
    ) -> sessions_pb.ListSessionsResponse:
        asked = from_list_request(request)
        page = await self._sessions.page(asked.key.resource_id, asked.size, asked.start)
        return to_list_response(page)

    async def _get_session(
        self, request: sessions_pb.GetSessionRequest
    ) -> sessions_pb.GetSessionResponse:
        asked = from_get_request(request)
        page = await self._sessions.transcript(asked.key, asked.size, asked.start)
        return await SIDE.run(len(page.messages), partial(to_get_response, page))

    async def _delete_session(
        self, request: sessions_pb.DeleteSessionRequest
    ) -> sessions_pb.DeleteSessionResponse:
        await self._sessions.delete(from_delete_request(request))
        return sessions_pb.DeleteSessionResponse()

    async def _run(
        self, request: pb.ExecuteAgentRequest | LongRequest, client: ClientStream
    ) -> ExecutorError | None:
        """Run one agent; return the error that the RPC is to end with, if any."""
        async with self._while_not_aborted():
            message, structs = await in_parts(pb.ExecuteAgentRequest, request)
            plan = await self._planner.plan(from_execute_request(message, structs))
        run = AgentRun(plan, self._parts, client.left)
        terminal: Terminal | None = None
        self._runs.add(run)
        try:
            async with aclosing(run.events()) as events:
                async for event in events:
                    if isinstance(event.event, Finish | Abort | Error):
                        terminal = event.event
                    await client.send(event)
        finally:
            self._runs.discard(run)
        return failure_of(terminal)

    @asynccontextmanager
    async def _while_not_aborted(self) -> AsyncIterator[None]:
        """Stop what is awaited in here when all is aborted; raises ShuttingDownError then."""
        try:
            async with asyncio.timeout(None) as reading:
                self._reading.add(reading)
                try:
                    yield
                finally:
                    self._reading.discard(reading)
        except TimeoutError:
            if not reading.expired():
                raise
        if self._aborted:
            raise ShuttingDownError(STOPPING)

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Count one request in and out; raises when there is no room for it."""
        if self._stopping:
            raise ShuttingDownError(STOPPING)
        if self._working >= self._most_runs:
            raise OverloadedError(
                f"The executor is running {self._most_runs} agents, its most. Try again later.",
                retry_after_s=RETRY_AFTER_S,
            )
        self._working += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()

    def _check_size(self, size: int) -> None:
        if size > self._response_bytes:
            raise LimitError(
                f"The manifest has {size} bytes; at most {self._response_bytes} can be sent. "
                "Make the descriptions and schemas of the bundle smaller."
            )


def failure_of(terminal: Terminal | None) -> ExecutorError | None:
    """Return the error that an RPC ends with after this event, None when it ends well."""
    if isinstance(terminal, Error):
        return terminal.error
    return ABORTS[terminal.cause](terminal.reason) if isinstance(terminal, Abort) else None


def known_error(error: Exception) -> ExecutorError:
    """Return ``error`` when it is one of ours; anything else goes to the log under an id."""
    if isinstance(error, ExecutorError):
        return error
    incident = f"incident_{secrets.token_hex(8)}"
    logger.error("a request failed, %s", incident, exc_info=error)
    return InternalError(
        f"The executor failed; this is our fault. Its log has the details under {incident}.",
        {"incident": incident},
    )
