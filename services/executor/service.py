"""The RPCs of ``ExecutorService``, over grpc.aio."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from dataclasses import replace

import grpc
from google.rpc import status_pb2

from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.access.principal import PRINCIPAL
from services.executor.adapters.client_stream import ClientStream
from services.executor.adapters.rpc_methods import RequestBytes
from services.executor.admission import STOPPING, Admission, AnyContext, known_error
from services.executor.agent.compaction import message_bytes
from services.executor.agent.planner import Planner
from services.executor.agent.task_ends import finish
from services.executor.audit.entries import Action, by_caller
from services.executor.audit.ports import AuditTrail
from services.executor.bundle.intake.asking_reader import AskingBundleReader
from services.executor.bundle.ports import BundleReader
from services.executor.clients import CALLER, Client
from services.executor.domain import InlineBundle
from services.executor.errors import (
    ClientGoneError,
    ClientStalledError,
    ExecutorError,
    RunInterruptedError,
    ShuttingDownError,
)
from services.executor.events import AbortCause
from services.executor.quota.ports import NO_QUOTAS, Quotas, RunSpending
from services.executor.registry.deployed_runs import DeployedRuns
from services.executor.run_errors import DatabaseError
from services.executor.run_request import RunRequest
from services.executor.run_service import RunService
from services.executor.runs.desk import RunDesk
from services.executor.runs.live_run import LiveRun
from services.executor.runs.live_runs import LiveRuns
from services.executor.runs.new_run import new_run
from services.executor.runs.rows import NewRun, RunRow
from services.executor.runs.wire import to_run
from services.executor.side_thread import SIDE
from services.executor.wire.endings import ABORT_CAUSES
from services.executor.wire.inspection import InspectRequest, names_digest
from services.executor.wire.manifest_pages import ManifestPages
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.requests import (
    AskedRun,
    bound_to,
    from_create_request,
    from_execute_request,
)
from services.executor.wire.status import to_status

logger = logging.getLogger(__name__)

ABORTS: dict[AbortCause, Callable[[str], ExecutorError]] = {
    AbortCause.CLIENT_CANCELLED: ClientGoneError,
    AbortCause.CLIENT_DEADLINE: ClientGoneError,
    AbortCause.SHUTDOWN: lambda _: ShuttingDownError(STOPPING),
    AbortCause.INTERRUPTED: RunInterruptedError,
    AbortCause.CANCELLED: ClientGoneError,
    AbortCause.CLIENT_STALLED: ClientStalledError,
}

CAUSES = {number: cause for cause, number in ABORT_CAUSES.items()}

ExecuteContext = grpc.aio.ServicerContext[pb.ExecuteAgentRequest, pb.ExecuteAgentResponse]


class ExecutorService(RunService):
    """Runs agents and reads bundles.

    Args:
        planner: turns requests into plans.
        deployed: finds the version that a run of a deployed agent is on.
        live: the runs of this process.
        desk: knows all runs.
        bundles: reads bundles, and runs nothing of them.
        asking: reads bundles with the sandbox's answers; None where it must not be asked.
        admission: admits requests.
        tokens: makes and reads page tokens.
        info: describes this executor.
        stall_s: seconds that a client may leave a message unread.
        trail: is told who makes and changes runs.
        quotas: how much callers may use.
    """

    def __init__(
        self,
        planner: Planner,
        deployed: DeployedRuns,
        live: LiveRuns,
        desk: RunDesk,
        bundles: BundleReader,
        asking: AskingBundleReader | None,
        admission: Admission,
        tokens: PageTokens,
        info: pb.GetServerInfoResponse,
        stall_s: float,
        trail: AuditTrail,
        quotas: Quotas = NO_QUOTAS,
    ) -> None:
        super().__init__(desk, admission, tokens, stall_s, trail)
        self._planner = planner
        self._deployed = deployed
        self._live = live
        self._bundles = bundles
        self._asking = asking
        self._pages = ManifestPages()
        self._info = info
        self._quotas = quotas

    def __repr__(self) -> str:
        return f"ExecutorService({self._admission!r}, {self._live!r})"

    async def ExecuteAgent(  # noqa: N802 - the name is the protocol's
        self, request: RequestBytes, context: ExecuteContext
    ) -> None:
        """Stream the events of one run; a failed run ends with the status of its error."""
        client, stream = CALLER.get(), ClientStream(context, self._stall_s)
        try:
            begun = self._begun(request, from_execute_request, client, stream.left)
            del request  # else its bundle would be held for the whole run
            row = await begun
            failure = await self._watched(row.new, client, stream)
        except Exception as error:  # noqa: BLE001 - the client gets a status for any error
            failure = to_status(known_error(error))
        if failure is not None:
            await stream.end(failure)

    async def CreateRun(  # noqa: N802 - the name is the protocol's
        self, request: RequestBytes, context: AnyContext
    ) -> None:
        """Answer with a run that goes on without its client."""
        client = CALLER.get()
        work = self._created(request, client)
        del request
        await self._admission.answer(context, work, self._admission.quick)

    async def InspectBundle(  # noqa: N802 - the name is the protocol's
        self, request: RequestBytes, context: AnyContext
    ) -> None:
        """Answer with a page of a bundle's manifest."""
        client, admission = CALLER.get(), self._admission
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
            if asked.context is not None:
                self._deployed.check_may_load(PRINCIPAL.get().scopes)
            if asked.context is None or self._asking is None:
                bundle = await self._bundles.read(asked.source, client)
            else:
                context = json.dumps(asked.context)
                bundle = await self._asking.resolved(asked.source, context, client)
        size = len(bundle.program.source)
        response = asked.response(bundle.manifest, self._pages, self._tokens, client.organisation)
        return await SIDE.run_steps(size, response)

    async def _created(self, request: RequestBytes, client: Client) -> pb.CreateRunResponse:
        row = await self._begun(request, from_create_request, client, _nobody_left)
        return pb.CreateRunResponse(run=to_run(row))

    async def _begun(
        self,
        request: RequestBytes,
        reader: Callable[[bytes], AskedRun],
        client: Client,
        left: Callable[[], AbortCause],
    ) -> RunRow:
        """Begin a run, and return it as it is recorded; or that which the request has already.

        Only the request's plan is kept. Its conversation counts at its size in memory, if that is
        more than was sent. Its bundle counts until it has been read, then once for all runs of the
        client that use it. All that counts until the run has ended.
        """
        admission = self._admission
        with ExitStack() as stack:
            held = stack.enter_context(admission.room(client, admission.runs, len(request)))
            async with admission.while_not_aborted():
                asked = bound_to(await request.read(reader), PRINCIPAL.get().resource_id)
                resource_id = asked.request.resource_id
                spec, continues = asked.spec, asked.continues
                said = sum(map(message_bytes, (*asked.request.history, *asked.request.since)))
                held.take("bytes for requests", max(0, said - len(request)))
                del request
                source = asked.request.bundle
                inline_bytes = len(source.source) if isinstance(source, InlineBundle) else 0
                spending, wanted = await self._spending(asked.request, client)
                stack.callback(spending.end)
                wanted, planner = await self._deployed.resolved(wanted, self._planner, client)
                plan = await planner.plan(wanted, client)
                await spending.of_agent(plan.agent.key)
                del asked, source, wanted
            held.give_back(inline_bytes)
            program = plan.bundle.program
            size = len(program.source)
            stack.enter_context(admission.programs.holding(client, program.digest, size))
            new = new_run(plan, spec, continues=continues, resource_id=resource_id)
            release = stack.pop_all().close
            return await self._live.start(plan, new, release, left, self._note_created, spending)

    def _note_created(self, new: NewRun) -> None:
        about = {"agent": new.agent, "bundle": new.program}
        self._trail.record(by_caller(Action.RUN_CREATED, new.run_id, **about))

    async def _spending(
        self, request: RunRequest, client: Client
    ) -> tuple[RunSpending, RunRequest]:
        """Take what a run needs of its caller's quotas, and return the request within them."""
        run_id = self._planner.new_run_id()
        spending = await self._quotas.begin(client, run_id, request.limits)
        limits = spending.bounded(request.limits)
        return spending, replace(request, run_id=run_id, limits=limits)

    async def _watched(
        self, new: NewRun, client: Client, stream: ClientStream
    ) -> status_pb2.Status | None:
        """Send the events of a run; return the status for its end, None on success.

        A run that does not go on without its client is stopped when that leaves, also while it
        waits for somebody.
        """
        live = self._live.live(new.run_id)
        ends_with = None if live is None or live.watched or live.continues else live
        if ends_with is not None:
            ends_with.watched = True
        last, is_over = b"", False
        try:
            async with aclosing(self._desk.subscribe(new.run_id, new.tenant, 0)) as events:
                async for data in events:
                    await stream.send(new.run_id, data, goes_on=ends_with is None)
                    last = data
            is_over = True
        finally:
            if ends_with is not None and not is_over:
                await finish(self._stop(new, ends_with, stream.left()))
        return status_of_end(last)

    async def _stop(self, new: NewRun, live: LiveRun, cause: AbortCause) -> None:
        """Stop a run whose client has left."""
        if self._live.live(new.run_id) is live:
            live.abort(cause)
            return
        try:  # it waits, or went on after it had waited
            await self._desk.stop(new.run_id, new.tenant, cause)
        except DatabaseError as error:
            logger.warning("run %s goes on without its client: %s", new.run_id, error)


def _nobody_left() -> AbortCause:
    return AbortCause.SHUTDOWN


def status_of_end(last: bytes) -> status_pb2.Status | None:
    """Return the status of an RPC whose last event is that of its run, None on success."""
    ended = pb.ExecuteAgentResponse.FromString(last).event.run_ended
    detail = ended.WhichOneof("detail")
    if detail == "error":
        return ended.error
    if detail != "abort":
        return None
    return to_status(ABORTS[CAUSES[ended.abort.cause]](ended.abort.reason))
