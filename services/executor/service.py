"""The RPCs of ``ExecutorService``, over grpc.aio."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace

import grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.adapters.client_stream import ClientStream, UnsendableError
from services.executor.adapters.rpc_methods import RequestBytes
from services.executor.admission import STOPPING, Admission, AnyContext, known_error
from services.executor.agent.compaction import message_bytes
from services.executor.agent.endings import shown_error
from services.executor.agent.planner import Planner
from services.executor.agent.run import AgentRun
from services.executor.agent.run_parts import RunParts
from services.executor.bundle.intake.asking_reader import AskingBundleReader
from services.executor.bundle.ports import BundleReader
from services.executor.clients import Client, Holding, client_of
from services.executor.conversation import TokenUsage
from services.executor.domain import InlineBundle
from services.executor.errors import (
    ClientGoneError,
    ClientStalledError,
    ExecutorError,
    RunInterruptedError,
    ShuttingDownError,
)
from services.executor.events import Abort, AbortCause, Error, Finish, Terminal
from services.executor.side_thread import SIDE
from services.executor.wire.inspection import InspectRequest, names_digest
from services.executor.wire.manifest_pages import ManifestPages
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.requests import from_execute_request

ABORTS: dict[AbortCause, Callable[[str], ExecutorError]] = {
    AbortCause.CLIENT_CANCELLED: ClientGoneError,
    AbortCause.CLIENT_DEADLINE: ClientGoneError,
    AbortCause.SHUTDOWN: lambda _: ShuttingDownError(STOPPING),
    AbortCause.INTERRUPTED: RunInterruptedError,
    AbortCause.CANCELLED: ClientGoneError,
    AbortCause.CLIENT_STALLED: ClientStalledError,
}

ExecuteContext = grpc.aio.ServicerContext[pb.ExecuteAgentRequest, pb.ExecuteAgentResponse]


class ExecutorService:
    """Runs agents and reads bundles.

    Args:
        planner: turns requests into plans.
        parts: the parts that every run uses.
        bundles: reads bundles, and runs nothing of them.
        asking: reads bundles with the sandbox's answers; None where it must not be asked.
        admission: admits requests.
        tokens: makes and reads page tokens.
        info: describes this executor.
        stall_s: seconds that a client may leave a message unread.
    """

    def __init__(
        self,
        planner: Planner,
        parts: RunParts,
        bundles: BundleReader,
        asking: AskingBundleReader | None,
        admission: Admission,
        tokens: PageTokens,
        info: pb.GetServerInfoResponse,
        stall_s: float,
    ) -> None:
        self._planner = planner
        self._parts = parts
        self._bundles = bundles
        self._asking = asking
        self._admission = admission
        self._pages = ManifestPages()
        self._tokens = tokens
        self._info = info
        self._stall_s = stall_s
        self._runs: set[AgentRun] = set()

    def __repr__(self) -> str:
        return f"ExecutorService({self._admission!r}, runs={len(self._runs)})"

    def abort_runs(self) -> None:
        """Abort every run, end every request that has not started one, and start no more."""
        for run in self._runs:
            run.abort(AbortCause.SHUTDOWN)
        self._admission.abort()

    async def ExecuteAgent(  # noqa: N802 - the name is the protocol's
        self, request: RequestBytes, context: ExecuteContext
    ) -> None:
        """Stream the events of one run; a failed run ends with the status of its error."""
        client, stream = client_of(context.peer()), ClientStream(context, self._stall_s)
        admission = self._admission
        try:
            with admission.room(client, admission.runs, len(request)) as held:
                run = self._run(request, client, stream, held)
                del request  # else its bundle would be held for the whole run
                failure = await run
        except Exception as error:  # noqa: BLE001 - the client gets a status for any error
            failure = known_error(error)
        if failure is not None:
            await stream.end(failure)

    async def InspectBundle(  # noqa: N802 - the name is the protocol's
        self, request: RequestBytes, context: AnyContext
    ) -> None:
        """Answer with a page of a bundle's manifest."""
        client, admission = client_of(context.peer()), self._admission
        lane, size = admission.runs, len(request)
        if names_digest(request.data):
            lane, size = admission.quick, 0  # a read, which the bytes that runs hold do not block
        work = self._inspect(request, client)
        del request  # else its bundle would be held until the answer is read
        await admission.answer(context, work, lane, size)

    async def GetServerInfo(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetServerInfoRequest, context: AnyContext
    ) -> None:
        """Answer with this executor's version, features and limits."""
        await self._admission.answer(context, self._told(), self._admission.quick)

    async def _told(self) -> pb.GetServerInfoResponse:
        return self._info

    async def _inspect(self, request: RequestBytes, client: Client) -> bytes:
        async with self._admission.while_not_aborted():
            asked = await request.read(InspectRequest)
            del request
            if asked.context is None or self._asking is None:
                bundle = await self._bundles.read(asked.source, client)
            else:
                context = json.dumps(asked.context)
                bundle = await self._asking.resolved(asked.source, context, client)
        size = len(bundle.program.source)
        response = asked.response(bundle.manifest, self._pages, self._tokens)
        return await SIDE.run_steps(size, response)

    async def _run(
        self, request: RequestBytes, client: Client, stream: ClientStream, held: Holding
    ) -> ExecutorError | None:
        """Run one agent; return the error for the RPC's status, if any.

        Only the request's plan is kept. Its conversation counts in ``held`` at its size in memory,
        if that is more than was sent. Its bundle counts until it has been read, then once for all
        runs of the client that use it.
        """
        async with AsyncExitStack() as stack:
            async with self._admission.while_not_aborted():
                asked = await request.read(from_execute_request)
                said = sum(map(message_bytes, (*asked.history, *asked.since)))
                held.take("bytes for requests", max(0, said - len(request)))
                del request
                stack.enter_context(self._admission.request_id(client, asked.request_id))
                source = asked.bundle
                inline_bytes = len(source.source) if isinstance(source, InlineBundle) else 0
                plan = await self._planner.plan(asked, client)
                del asked, source
            held.give_back(inline_bytes)
            program = plan.bundle.program
            size = len(program.source)
            stack.enter_context(self._admission.programs.holding(client, program.digest, size))
            return failure_of(
                await self._streamed(AgentRun(plan, self._parts, stream.left), stream)
            )

    async def _streamed(self, run: AgentRun, stream: ClientStream) -> Terminal | None:
        """Run, and send the events; return how it ended."""
        terminal: Terminal | None = None
        self._runs.add(run)
        try:
            async with aclosing(run.events()) as events:
                async for event in events:
                    if isinstance(event.event, Finish | Abort | Error):
                        terminal = event.event
                    try:
                        await stream.send(event)
                    except UnsendableError as error:
                        effects = run.effects if terminal is None else terminal.effects
                        # Of effects only counts of tokens can be impossible in a message.
                        effects = replace(effects, usage=TokenUsage(), models=())
                        terminal = Error(shown_error(error, event.run_id), effects)
                        await stream.send(replace(event, event=terminal))
                        break
        finally:
            self._runs.discard(run)
        return terminal


def failure_of(terminal: Terminal | None) -> ExecutorError | None:
    """Return the error of an RPC that ends with this event, None on success."""
    if isinstance(terminal, Error):
        return terminal.error
    return ABORTS[terminal.cause](terminal.reason) if isinstance(terminal, Abort) else None
