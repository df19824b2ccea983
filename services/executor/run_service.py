"""The RPCs for runs that are recorded, over grpc.aio; ``ExecutorService`` offers them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

import grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.access.binding import is_hidden, seen
from services.executor.access.principal import PRINCIPAL
from services.executor.adapters.client_stream import ClientStream
from services.executor.adapters.rpc_methods import RequestBytes
from services.executor.admission import Admission, AnyContext, known_error
from services.executor.audit.entries import Action, by_caller
from services.executor.audit.ports import AuditTrail
from services.executor.clients import CALLER
from services.executor.errors import ExecutorError
from services.executor.runs.answer_wire import from_answer_request
from services.executor.runs.calls_wire import (
    CallsWanted,
    bundle_pieces,
    from_read_calls_request,
    to_call_response,
)
from services.executor.runs.desk import RunDesk
from services.executor.runs.rows import InputRow, RunRow
from services.executor.runs.unknown_run import unknown_run
from services.executor.runs.wire import (
    MAX_PAGE_BYTES,
    Subscription,
    from_list_inputs_request,
    from_list_runs_request,
    from_run_request,
    from_subscribe_request,
    to_input,
    to_inputs_response,
    to_run,
    to_runs_response,
)
from services.executor.side_thread import SIDE
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.status import to_status

ReadCallsContext = grpc.aio.ServicerContext[pb.ReadCallsRequest, pb.ReadCallsResponse]
SubscribeContext = grpc.aio.ServicerContext[pb.SubscribeRunRequest, pb.SubscribeRunResponse]


class RunService:
    """Answers for runs, whichever process has them; none of it takes a slot for runs.

    Args:
        desk: knows the runs.
        admission: admits requests.
        tokens: makes and reads page tokens.
        stall_s: seconds that a subscriber may leave an event unread.
        trail: is told who changes runs.
    """

    def __init__(
        self,
        desk: RunDesk,
        admission: Admission,
        tokens: PageTokens,
        stall_s: float,
        trail: AuditTrail,
    ) -> None:
        self._desk = desk
        self._admission = admission
        self._tokens = tokens
        self._stall_s = stall_s
        self._trail = trail

    def __repr__(self) -> str:
        return f"RunService({self._desk!r})"

    async def SubscribeRun(  # noqa: N802 - the name is the protocol's
        self, request: pb.SubscribeRunRequest, context: SubscribeContext
    ) -> None:
        """Stream the events of a run; end with OK however the run ended."""
        client, stream = CALLER.get(), ClientStream(context, self._stall_s)
        failure: ExecutorError | None = None
        try:
            with self._admission.room(client, self._admission.watchers, 0):
                await self._streamed(from_subscribe_request(request), stream)
        except Exception as error:  # noqa: BLE001 - the client gets a status for any error
            failure = known_error(error)
        if failure is not None:
            await stream.end(to_status(failure))

    async def ReadCalls(  # noqa: N802 - the name is the protocol's
        self, request: pb.ReadCallsRequest, context: ReadCallsContext
    ) -> None:
        """Stream the recordings of a run's calls, after its bundle if that is asked for."""
        client, stream = CALLER.get(), ClientStream(context, self._stall_s)
        failure: ExecutorError | None = None
        try:
            with self._admission.room(client, self._admission.watchers, 0):
                await self._read(from_read_calls_request(request), stream)
        except Exception as error:  # noqa: BLE001 - the client gets a status for any error
            failure = known_error(error)
        if failure is not None:
            await stream.end(to_status(failure))

    async def GetRun(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetRunRequest, context: AnyContext
    ) -> None:
        """Answer with a run."""
        await self._admission.answer(context, self._get(request), self._admission.quick)

    async def ListRuns(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListRunsRequest, context: AnyContext
    ) -> None:
        """Answer with runs, the latest first."""
        await self._admission.answer(context, self._list(request), self._admission.quick)

    async def CancelRun(  # noqa: N802 - the name is the protocol's
        self, request: pb.CancelRunRequest, context: AnyContext
    ) -> None:
        """Stop a run."""
        await self._admission.answer(context, self._cancel(request), self._admission.quick)

    async def DeleteRun(  # noqa: N802 - the name is the protocol's
        self, request: pb.DeleteRunRequest, context: AnyContext
    ) -> None:
        """Delete a run that has ended."""
        await self._admission.answer(context, self._delete(request), self._admission.quick)

    async def ListInputs(  # noqa: N802 - the name is the protocol's
        self, request: pb.ListInputsRequest, context: AnyContext
    ) -> None:
        """Answer with what runs wait for."""
        await self._admission.answer(context, self._inputs(request), self._admission.quick)

    async def AnswerInput(  # noqa: N802 - the name is the protocol's
        self, request: RequestBytes, context: AnyContext
    ) -> None:
        """Answer what a run waits for."""
        size = len(request)
        work = self._answered(request)
        del request  # else its value would be held until the answer is read
        await self._admission.answer(context, work, self._admission.quick, size)

    async def _streamed(self, asked: Subscription, stream: ClientStream) -> None:
        await self._seen(asked.run_id)
        events = self._desk.subscribe(asked.run_id, _tenant(), asked.after)
        async with aclosing(events):
            async for data in events:
                await stream.send(asked.run_id, data)

    async def _read(self, asked: CallsWanted, stream: ClientStream) -> None:
        await self._seen(asked.run_id)
        if asked.with_bundle:
            for piece in bundle_pieces(await self._desk.bundle(asked.run_id, _tenant())):
                await stream.send(asked.run_id, piece)
        for data in await self._desk.calls(asked.run_id, _tenant()):
            response = to_call_response(data, asked)
            if response is not None:
                await stream.send(asked.run_id, response)

    async def _get(self, request: pb.GetRunRequest) -> pb.GetRunResponse:
        run_id = await self._seen(from_run_request(request))
        row = await self._desk.get(run_id, _tenant())
        return pb.GetRunResponse(run=to_run(row))

    async def _list(self, request: pb.ListRunsRequest) -> pb.ListRunsResponse:
        asked = from_list_runs_request(request, _tenant(), self._tokens)
        whose = seen(asked.wanted.resource_id)
        rows: Sequence[RunRow] = ()
        if not is_hidden(whose):
            wanted = replace(asked.wanted, resource_id=whose)
            rows = await self._desk.runs(wanted, asked.size + 1)
        return await SIDE.run_steps(MAX_PAGE_BYTES, to_runs_response(rows, asked, self._tokens))

    async def _cancel(self, request: pb.CancelRunRequest) -> pb.CancelRunResponse:
        run_id = await self._seen(from_run_request(request))
        row = await self._desk.cancel(run_id, _tenant())
        self._trail.record(by_caller(Action.RUN_CANCELLED, run_id))
        return pb.CancelRunResponse(run=to_run(row))

    async def _delete(self, request: pb.DeleteRunRequest) -> pb.DeleteRunResponse:
        run_id = await self._seen(from_run_request(request))
        await self._desk.delete(run_id, _tenant())
        self._trail.record(by_caller(Action.RUN_DELETED, run_id))
        return pb.DeleteRunResponse()

    async def _inputs(self, request: pb.ListInputsRequest) -> pb.ListInputsResponse:
        asked = from_list_inputs_request(request, _tenant(), self._tokens)
        if asked.run_id:
            await self._seen(asked.run_id)
        whose = seen(asked.resource_id)
        rows: Sequence[InputRow] = ()
        if not is_hidden(whose):
            rows = await self._desk.inputs(
                _tenant(), asked.run_id, whose, asked.after, asked.size + 1
            )
        return await SIDE.run_steps(MAX_PAGE_BYTES, to_inputs_response(rows, asked, self._tokens))

    async def _answered(self, request: RequestBytes) -> pb.AnswerInputResponse:
        answer = await request.read(from_answer_request)
        del request
        await self._seen(answer.run_id)
        row = await self._desk.answer(answer, _tenant())
        given = {"run_id": answer.run_id, "tool": row.new.tool, "answer": answer.name}
        self._trail.record(by_caller(Action.INPUT_ANSWERED, answer.input_id, **given))
        return pb.AnswerInputResponse(input=to_input(row))

    async def _seen(self, run_id: str) -> str:
        """Return the id of a run that the caller may see; one of another resource is not there."""
        if PRINCIPAL.get().resource_id is not None:
            row = await self._desk.get(run_id, _tenant())
            if is_hidden(row.new.owner_id):
                raise unknown_run(run_id)
        return run_id


def _tenant() -> str:
    """Return whose runs the current request is about."""
    return CALLER.get().organisation
