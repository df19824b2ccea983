"""One RunTools stream: its reader, its one writer, and its waiting calls."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import grpc

from services.executor.adapters.toolrunner.host_broker import CallAnswers, HostBroker
from services.executor.adapters.toolrunner.outbox_wire import LinkOutbox
from services.executor.adapters.toolrunner.places import Place
from services.executor.adapters.toolrunner.runner_errors import silent, told
from services.executor.adapters.toolrunner.states import State, after
from services.executor.adapters.toolrunner.tapes import Tape
from services.executor.adapters.toolrunner.waiting_call import WaitingCall, fail
from services.executor.adapters.toolrunner.wire import (
    GATES,
    CallConsole,
    CallResult,
    CallStarted,
    Draining,
    LoadFailed,
    Opened,
    Opening,
    ProgramMissing,
    RunnerMessage,
    call_request,
    cancel_request,
    cannot_ask,
    chunk_requests,
    evaluate_request,
    from_response,
    host_result_request,
    open_request,
    ping_request,
    request_size,
    too_large,
)
from services.executor.agent.ports import OnBegun, OnConsole, ToolInvocation
from services.executor.agent.task_ends import end_tasks
from services.executor.bundle.ports import SandboxQuestion
from services.executor.domain import ConsoleLine, FailureKind
from services.executor.egress.host_calls import HostCall, HostResult, failed_result
from services.executor.errors import ExecutorError, RunnerUnavailableError
from services.executor.incomplete_load import IncompleteLoad

logger = logging.getLogger(__name__)

PING_S = 30.0
REOPENINGS = 2
LOAD = ""
"""The id under which the program makes host calls while it loads."""


class RunnerLink:
    """One stream to the toolrunner, from its opening until it ends or breaks.

    It is opened again if it breaks before the program is loaded, and before the load made a host
    call: its toolrunner was being replaced, or was lost, and nothing had an effect.

    Every method raises what ended the stream: a status of the toolrunner (AioRpcError), or
    RunnerUnavailableError if it is unreachable or ended the stream, or if this was closed.

    Args:
        place: where it is opened.
        opening: what the stream is opened with.
        ping_s: seconds without a message from the toolrunner before a ping is sent; after as many
            again, the toolrunner counts as lost.
        broker: makes the host calls of the program's load; without one, they get no answer.
        tape: keeps these host calls.
    """

    def __init__(
        self,
        place: Place,
        opening: Opening,
        ping_s: float = PING_S,
        broker: HostBroker | None = None,
        tape: Tape | None = None,
    ) -> None:
        self._place = place
        self.opening = opening
        self._ping_s = ping_s
        self._heard = 0
        self._request_bytes = 0
        self._draining = self._silent = False
        self._uploading: asyncio.Task[None] | None = None
        self._outbox = LinkOutbox()
        self._opened: asyncio.Future[Opened | LoadFailed] = (
            asyncio.get_running_loop().create_future()
        )
        self._state = State.LOADING
        self._waiting: dict[str, WaitingCall] = {}
        self._load: CallAnswers | None = None
        self.tape = tape
        self._ending_load: asyncio.Task[None] | None = None
        if broker is not None:
            self._load = broker.call(LOAD, "")
            loading = WaitingCall(_future(), _drop, lambda: None, self._load, tape=tape)
            self._waiting[LOAD] = loading
        self._sent = 0
        self._end: Exception | None = None
        self._work = asyncio.create_task(self._run())

    def __repr__(self) -> str:
        waiting = len(self._waiting)
        return f"RunnerLink({self.opening.run_id}, {self._state.name}, waiting={waiting})"

    @property
    def lost(self) -> bool:
        """Whether the stream has ended."""
        return self._end is not None

    @property
    def usable(self) -> bool:
        """Whether more calls may be made."""
        return self._end is None and not self._draining

    @property
    def incomplete(self) -> IncompleteLoad | None:
        """What is known by now of a load that failed halfway."""
        opened = self._opened
        if not opened.done() or opened.cancelled() or opened.exception() is not None:
            return None
        result = opened.result()
        return result.incomplete if isinstance(result, Opened) else None

    async def opened(self) -> Opened | LoadFailed:
        """Wait until the program is loaded or has failed to load."""
        if not self._opened.done():
            await asyncio.shield(self._opened)
        return self._opened.result()

    async def call(
        self,
        invocation: ToolInvocation,
        on_console: OnConsole,
        broker: HostBroker,
        on_begun: OnBegun = lambda: None,
        tape: Tape | None = None,
        replay: bytes = b"",
    ) -> CallResult:
        """Make one call and wait for its result; cancelling this cancels the call.

        ``broker`` makes its host calls. ``on_begun`` is called once, when the tool starts; before
        that it had no effect. All console lines are passed on before this returns. ``tape`` keeps
        what the call does; ``replay`` is the trace that it repeats, serialized.
        """
        if invocation.gated and not await self._asks_gates():
            return cannot_ask()
        key = idempotency_key(self.opening.run_id, invocation.tool_call_id)
        context = broker.context_json(invocation.context, key)
        host_calls = broker.call(invocation.tool_call_id, key)
        waiting = WaitingCall(_future(), on_console, on_begun, host_calls, tape=tape)
        if tape is not None:
            tape.context_json = context
        if 4 * (len(invocation.input_json) + len(context)) > self._request_bytes > 0:
            size = request_size(call_request("", invocation, context))
            if size > self._request_bytes:
                return too_large(size, self._request_bytes)
        try:
            asked = partial(
                call_request,
                invocation=invocation,
                context_json=context,
                record=tape is not None,
                replay=replay,
            )
            return await self._result(waiting, asked)
        finally:
            await host_calls.close()

    async def _asks_gates(self) -> bool:
        """Tell whether the runner asks what holds calls back; an older one would run the tool."""
        opened = await self.opened()
        return isinstance(opened, LoadFailed) or GATES in opened.features

    async def evaluate(self, question: SandboxQuestion) -> CallResult:
        """Ask a question and wait for the answer; cancelling this ends it."""
        waiting = WaitingCall(_future(), _drop, lambda: None)
        return await self._result(waiting, partial(evaluate_request, question=question))

    async def close(self) -> None:
        """End the stream and every call on it; returns when no task is left.

        Cancellation does not interrupt this, since it is quick.
        """
        await end_tasks(self._work)

    async def _result(self, waiting: WaitingCall, request: Callable[[str], Any]) -> CallResult:
        if self._end is not None:
            raise self._end
        self._sent += 1
        call_id = f"call-{self._sent}"
        self._waiting[call_id] = waiting
        sent = False
        try:
            await self._outbox.put(request(call_id), call_id)
            sent = True
            result = await waiting.outcome
            sent = False
            if waiting.telling is not None:
                await waiting.telling
            return result
        except asyncio.CancelledError:
            if sent:
                self._outbox.cancel(call_id, cancel_request(call_id))
            raise
        finally:
            self._waiting.pop(call_id, None)
            if waiting.telling is not None:
                await end_tasks(waiting.telling)

    async def _run(self) -> None:
        run_id = self.opening.run_id
        try:
            await self._opened_and_read()
            self._lose(RunnerUnavailableError("The toolrunner ended the stream; try again."))
        except ExecutorError as error:
            self._lose(error)
        except grpc.aio.AioRpcError as error:
            logger.info("run %s: stream lost: %s %s", run_id, error.code(), error.details())
            self._lose(error)
        except asyncio.CancelledError:
            self._lose(RunnerUnavailableError("The tool session was closed."))
            raise
        except Exception:
            logger.exception("run %s: internal error in the tool stream", run_id)
            self._lose(RunnerUnavailableError("The tool stream failed; try again."))

    async def _opened_and_read(self) -> None:
        """Read the stream to its end; open another if nothing had begun on it."""
        try:
            for left in reversed(range(REOPENINGS + 1)):
                await self._place.connect()
                try:
                    await self._converse()
                    return
                except (grpc.aio.AioRpcError, RunnerUnavailableError) as error:
                    again = self._place.broke(error)
                    if not left or not again or self._touched:
                        raise
                    logger.info("run %s: opening again: %s", self.opening.run_id, told(error))
                    self._outbox, self._uploading = LinkOutbox(), None
                    self._draining = self._silent = False
        finally:
            self._end_load()
            if self._ending_load is not None:
                await self._ending_load

    @property
    def _touched(self) -> bool:
        """Whether the program is loaded, or something had an effect, or the stream was given up."""
        load = self._waiting.get(LOAD)
        asked = load is not None and load.begun
        return asked or bool(self._sent) or self._opened.done() or self._end is not None

    async def _converse(self) -> None:
        stream = self._place.start()
        self._outbox.put_now(open_request(self.opening))
        writer = asyncio.create_task(self._write(stream))
        beat = asyncio.create_task(self._beat(stream))
        try:
            async for response in stream:
                self._heard += 1
                self._take(from_response(response))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._silent or (task is not None and task.cancelling()):
                raise
            raise silent(self._ping_s) from None
        finally:
            stream.cancel()
            await end_tasks(*filter(None, (writer, beat, self._uploading)))

    async def _beat(self, stream: Any) -> None:
        """Ping a silent toolrunner, and end the stream if it does not answer."""
        asked = 0
        while True:
            heard = self._heard
            await asyncio.sleep(self._ping_s)
            if self._heard != heard:
                asked = 0
            elif asked:
                self._silent = True
                stream.cancel()
                return
            else:
                asked = heard + 1
                self._outbox.put_now(ping_request(asked))

    async def _write(self, stream: Any) -> None:
        """Send what is in the outbox; if that fails, the reader reports why."""
        try:
            await self._outbox.pump(stream.write)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            return

    def _take(self, message: RunnerMessage | None) -> None:
        state = None if message is None else after(self._state, message, self._waiting)
        if state is None:
            return
        self._state = state
        match message:
            case CallResult():
                self._place.served()
                waiting = self._waiting[message.call_id]
                if message.started:
                    waiting.begin()
                if not waiting.outcome.done():
                    waiting.outcome.set_result(message)
            case CallStarted():
                self._waiting[message.call_id].begin()
            case CallConsole():
                self._waiting[message.call_id].begin()
                self._waiting[message.call_id].tell(message.line)
            case HostCall():
                self._waiting[message.call_id].begin()
                waiting = self._waiting[message.call_id]
                host_calls = waiting.host_calls
                if waiting.tape is not None:
                    waiting.tape.asked(message)
                if host_calls is not None:
                    host_calls.ask(message, partial(self._send_result, message))
            case ProgramMissing():
                if self._uploading is None:
                    self._uploading = asyncio.create_task(self._send_program())
            case Opened():
                self._request_bytes = message.request_bytes
                self._loaded(message)
            case LoadFailed():
                self._loaded(message)
            case Draining():
                self._draining = True
                self._place.drains()

    def _loaded(self, message: Opened | LoadFailed) -> None:
        self._end_load()
        self._opened.set_result(message)

    def _end_load(self) -> None:
        """Close what the load of the program left open."""
        self._waiting.pop(LOAD, None)
        if self._load is not None and self._ending_load is None:
            self._ending_load = asyncio.create_task(self._load.close())

    async def _send_result(self, host_call: HostCall, result: HostResult) -> None:
        request, most = host_result_request(host_call, result), self._request_bytes
        if 4 * len(result.output_json) > most > 0 and request_size(request) > most:
            failed = f"the answer has more than {most} bytes, the most that the toolrunner takes"
            result = failed_result(FailureKind.OUTPUT_TOO_LARGE, failed)
            request = host_result_request(host_call, result)
        waiting = self._waiting.get(host_call.call_id)
        if waiting is not None and waiting.tape is not None:
            waiting.tape.answered(host_call.host_call_id, result)
        await self._outbox.put(request, host_call.call_id)

    async def _send_program(self) -> None:
        for chunk in chunk_requests(self.opening.program.source):
            await self._outbox.put(chunk)
            await asyncio.sleep(0)  # copying all pieces at once would take long

    def _lose(self, error: Exception) -> None:
        """Fail everything that waits; the first cause of the end counts."""
        if self._end is not None:
            return
        self._end = error
        self._state = State.ENDED
        self._outbox.close()
        fail(self._opened, error)
        for waiting in self._waiting.values():
            fail(waiting.outcome, error)


def idempotency_key(run_id: str, tool_call_id: str) -> str:
    """Return the idempotency key of a tool call, the same for each retry."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{run_id}/{tool_call_id}"))


def _future() -> asyncio.Future[CallResult]:
    return asyncio.get_running_loop().create_future()


async def _drop(_: ConsoleLine) -> None:
    """Drop a line."""
