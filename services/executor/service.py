"""The executor's RPCs over grpc.aio."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import grpc
from grpc_status import rpc_status

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import executor_service_pb2_grpc as pb_grpc
from caisson.executor.v1 import sessions_pb2 as sessions_pb
from services.executor.adapters.client_stream import ClientStream
from services.executor.adapters.rpc_methods import in_parts
from services.executor.agent.planner import Planner
from services.executor.agent.run import AgentRun, RunParts
from services.executor.agent.session_manager import SessionManager
from services.executor.bundle.ports import BundleReader
from services.executor.clients import Client, Holding, Shares, SharesOnce, client_of
from services.executor.errors import (
    ClientGoneError,
    ClientStalledError,
    ExecutorError,
    InternalError,
    LimitError,
    RunInterruptedError,
    ShuttingDownError,
)
from services.executor.events import Abort, AbortCause, Error, Finish, Terminal
from services.executor.fair_slots import FairSlots
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

logger = logging.getLogger(__name__)

QUICK = 64
# Session requests that run in the one thread of the sessions' file, or are next.
SESSION_READERS = 2
SESSION_READ_S = 0.001
STOPPING = "The executor is shutting down. Send the request again, to another one or later."
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


@dataclass(frozen=True)
class Lane:
    """The quota of concurrent requests of one kind, shared by clients; ``what`` names it."""

    what: str
    places: Shares


class ExecutorService(pb_grpc.ExecutorServiceServicer):
    """Runs agents; at most ``most_runs`` runs and bundle readings at once.

    Requests that only look something up have ``QUICK`` slots of their own. No client gets the last
    slot; see ``Shares``.

    Args:
        planner: turns requests into plans.
        parts: the parts that every run uses.
        bundles: reads bundles.
        sessions: manages stored conversations.
        most_runs: the most runs at once.
        stall_s: seconds that a client may leave events unread.
        response_bytes: the largest message to send.
        request_bytes: the most bytes of concurrent requests; also shared by clients.
    """

    def __init__(
        self,
        planner: Planner,
        parts: RunParts,
        bundles: BundleReader,
        sessions: SessionManager,
        most_runs: int,
        stall_s: float,
        response_bytes: int,
        request_bytes: int,
    ) -> None:
        self._planner = planner
        self._parts = parts
        self._bundles = bundles
        self._sessions = sessions
        self._runs_lane = Lane(
            "slots for runs and bundle readings (CAISSON_EXECUTOR_RUNS)", Shares(most_runs)
        )
        self._quick_lane = Lane("slots for short requests", Shares(QUICK))
        self._request_bytes = Lane(
            "bytes for requests (CAISSON_EXECUTOR_REQUEST_BYTES)", Shares(request_bytes)
        )
        self._programs = SharesOnce(self._request_bytes.places, self._request_bytes.what)
        self._stall_s = stall_s
        self._response_bytes = response_bytes
        self._session_turns = FairSlots(SESSION_READERS)
        self._working = 0
        self._stopping = self._aborted = False
        self._runs: set[AgentRun] = set()
        self._reading: set[asyncio.Timeout] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def __repr__(self) -> str:
        places = f"runs={self._runs_lane.places!r}, quick={self._quick_lane.places!r}"
        return f"ExecutorService({places}, stopping={self._stopping})"

    async def drain(self, drain_s: float) -> None:
        """Refuse new requests, let active ones finish for ``drain_s`` seconds, then abort runs."""
        self._stopping = True
        try:
            async with asyncio.timeout(drain_s):
                await self._idle.wait()
        except TimeoutError:
            self.abort_runs()

    def abort_runs(self) -> None:
        """Abort every run, and every request whose bundle is still being read."""
        self._aborted = True
        for run in self._runs:
            run.abort(AbortCause.SHUTDOWN)
        while self._reading:
            self._reading.pop().reschedule(asyncio.get_running_loop().time())

    async def ExecuteAgent(  # noqa: N802 - the name is the protocol's
        self, request: pb.ExecuteAgentRequest | LongRequest, context: ExecuteContext
    ) -> None:
        """Stream the events of one run; a failed run ends with the status of its error."""
        client, stream = client_of(context.peer()), ClientStream(context, self._stall_s)
        try:
            with self._room(client, self._runs_lane, request.ByteSize()) as held:
                run = self._run(request, client, stream, held)
                del request  # else its bundle would be held for the whole run
                failure = await run
        except Exception as error:  # noqa: BLE001 - the client gets a status for any error
            failure = known_error(error)
        if failure is not None:
            await stream.end(failure)

    async def InspectBundle(  # noqa: N802 - the name is the protocol's
        self, request: pb.InspectBundleRequest | LongRequest, context: AnyContext
    ) -> bytes:
        """Return the manifest of a bundle, serialized."""
        client = client_of(context.peer())
        lane = self._runs_lane
        if not isinstance(request, LongRequest) and request.bundle.WhichOneof("source") == "digest":
            lane = self._quick_lane
        work = self._inspect(request, client)
        return await self._answer(context, work, lane, request.ByteSize())

    async def ListSessions(  # noqa: N802 - the name is the protocol's
        self, request: sessions_pb.ListSessionsRequest, context: AnyContext
    ) -> sessions_pb.ListSessionsResponse:
        """Return the conversations of a resource."""
        return await self._about_sessions(context, self._list_sessions(request))

    async def GetSession(  # noqa: N802 - the name is the protocol's
        self, request: sessions_pb.GetSessionRequest, context: AnyContext
    ) -> sessions_pb.GetSessionResponse:
        """Return the messages of a conversation."""
        return await self._about_sessions(context, self._get_session(request))

    async def DeleteSession(  # noqa: N802 - the name is the protocol's
        self, request: sessions_pb.DeleteSessionRequest, context: AnyContext
    ) -> sessions_pb.DeleteSessionResponse:
        """Delete a conversation."""
        return await self._about_sessions(context, self._delete_session(request))

    async def _answer(
        self, context: AnyContext, work: Coroutine[Any, Any, T], lane: Lane, size: int = 0
    ) -> T:
        """Return the result of ``work``; on any error, the client gets a status."""
        try:
            with self._room(client_of(context.peer()), lane, size):
                return await work
        except Exception as error:  # noqa: BLE001 - the client gets a status for any error
            work.close()
            status = to_status(known_error(error))
            return await context.abort_with_status(rpc_status.to_status(status))

    async def _about_sessions(self, context: AnyContext, work: Coroutine[Any, Any, T]) -> T:
        """Answer a session request in its client's turn."""

        async def in_turn() -> T:
            claim = self._session_turns.claim(SESSION_READ_S)
            claim.join(client_of(context.peer()))
            async with claim:
                return await work

        try:
            return await self._answer(context, in_turn(), self._quick_lane)
        finally:
            work.close()

    async def _inspect(
        self, request: pb.InspectBundleRequest | LongRequest, client: Client
    ) -> bytes:
        async with self._while_not_aborted():
            message, _ = await in_parts(pb.InspectBundleRequest, request)
            bundle = await self._bundles.read(from_inspect_request(message), client)
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
        self,
        request: pb.ExecuteAgentRequest | LongRequest,
        client: Client,
        stream: ClientStream,
        held: Holding,
    ) -> ExecutorError | None:
        """Run one agent; return the error for the RPC's status, if any.

        Only the plan is kept of the request. Its bundle counts in ``held`` until it was read, then
        once for all runs of the client that use it.
        """
        async with self._while_not_aborted():
            message, structs = await in_parts(pb.ExecuteAgentRequest, request)
            del request
            inline_bytes = len(message.bundle.inline)
            asked = from_execute_request(message, structs)
            del message, structs
            plan = await self._planner.plan(asked, client)
            del asked
        run = AgentRun(plan, self._parts, stream.left)
        terminal: Terminal | None = None
        program = plan.bundle.program
        held.give_back(inline_bytes)
        with self._programs.holding(client, program.digest, len(program.source)):
            self._runs.add(run)
            try:
                async with aclosing(run.events()) as events:
                    async for event in events:
                        if isinstance(event.event, Finish | Abort | Error):
                            terminal = event.event
                        await stream.send(event)
            finally:
                self._runs.discard(run)
        return failure_of(terminal)

    @asynccontextmanager
    async def _while_not_aborted(self) -> AsyncIterator[None]:
        """Cancel the body when all runs are aborted, and raise ShuttingDownError."""
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
    def _room(self, client: Client, lane: Lane, size: int) -> Iterator[Holding]:
        """Count one request of ``size`` bytes while inside; raises if it is over the quota.

        Yields the bytes held, some of which may be returned early.
        """
        if self._stopping:
            raise ShuttingDownError(STOPPING)
        with (
            lane.places.holding(client, lane.what),
            self._request_bytes.places.holding(client, self._request_bytes.what, size) as held,
        ):
            self._working += 1
            self._idle.clear()
            try:
                yield held
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
    """Return the error of an RPC that ends with this event, None on success."""
    if isinstance(terminal, Error):
        return terminal.error
    return ABORTS[terminal.cause](terminal.reason) if isinstance(terminal, Abort) else None


def known_error(error: Exception) -> ExecutorError:
    """Return ``error`` if it is ours; anything else goes to the log under an id."""
    if isinstance(error, ExecutorError):
        return error
    incident = f"incident_{secrets.token_hex(8)}"
    logger.error("a request failed, %s", incident, exc_info=error)
    return InternalError(
        f"Internal error of the executor. Its log has the details under {incident}.",
        {"incident": incident},
    )
