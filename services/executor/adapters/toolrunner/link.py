"""One RunTools stream: its reader, its one writer, and the calls that wait on it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc

from services.executor.adapters.toolrunner.outbox_wire import LinkOutbox
from services.executor.adapters.toolrunner.wire import (
    BundleMissing,
    CallConsole,
    CallResult,
    HostCall,
    LoadFailed,
    Opened,
    Opening,
    RunnerMessage,
    call_request,
    cancel_request,
    chunk_request,
    from_response,
    host_result_request,
    open_request,
    result_of,
)
from services.executor.agent.ports import OnConsole, ToolInvocation
from services.executor.agent.task_ends import end_tasks
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.broker import CallBroker, RunBroker
from services.executor.errors import BundleLoadError, ExecutorError, RunnerUnavailableError

logger = logging.getLogger(__name__)

CHUNK_BYTES = 1024 * 1024
LOST = (
    "The toolrunner was lost while the tool ran: its process ended or the connection broke. "
    "This is not the tool's fault; the call may be tried again."
)


@dataclass(eq=False)
class _WaitingCall:
    """A call that was sent; ``outcome`` is what came of it."""

    outcome: asyncio.Future[CallResult]
    on_console: OnConsole
    broker: CallBroker
    answers: set[asyncio.Task[None]] = field(default_factory=set)

    async def close(self) -> None:
        """End what it asked of the outside world."""
        for answer in self.answers:
            answer.cancel()
        if self.answers:
            await asyncio.wait(self.answers)
        await self.broker.close()


class RunnerLink:
    """One stream to the toolrunner, from its opening until it ends or breaks.

    Args:
        rpc: starts the RunTools RPC.
        connect: waits for a connection, or raises RunnerUnavailableError.
        opening: what the stream is opened with.
        broker: answers what the calls ask of the outside world.
    """

    def __init__(
        self,
        rpc: Callable[[], Any],
        connect: Callable[[], Any],
        opening: Opening,
        broker: RunBroker,
    ) -> None:
        self._rpc = rpc
        self._broker = broker
        self._connect = connect
        self._opening = opening
        self._run_id = opening.run_id
        self._outbox = LinkOutbox()
        self._opened: asyncio.Future[tuple[ConsoleLine, ...]] = (
            asyncio.get_running_loop().create_future()
        )
        self._waiting: dict[str, _WaitingCall] = {}
        self._sent = 0
        self.lost = False
        self._work = asyncio.create_task(self._run())

    def __repr__(self) -> str:
        return f"RunnerLink({self._run_id}, waiting={len(self._waiting)}, lost={self.lost})"

    async def opened(self) -> tuple[ConsoleLine, ...]:
        """Wait until the program is loaded; return what its top level wrote.

        Raises:
            RunnerUnavailableError, BundleLoadError: it will not be.
        """
        return await asyncio.shield(self._opened)

    async def call(self, invocation: ToolInvocation, on_console: OnConsole) -> ToolResult:
        """Send one call and wait for its result; cancelling this cancels the call."""
        if self.lost:
            return lost_result(LOST)
        self._sent += 1
        call_id = f"call-{self._sent}"
        key = idempotency_key(self._run_id, invocation.tool_call_id)
        waiting = _WaitingCall(
            asyncio.get_running_loop().create_future(),
            on_console,
            self._broker.call(invocation.tool_call_id, key),
        )
        self._waiting[call_id] = waiting
        context = self._broker.context_json(invocation.context, key)
        sent = False
        try:
            await self._outbox.put(call_request(call_id, invocation, context))
            sent = True
            return await result_of(await waiting.outcome)
        except asyncio.CancelledError:
            if sent:
                self._outbox.put_now(cancel_request(call_id))
            raise
        finally:
            self._waiting.pop(call_id, None)
            await waiting.close()

    async def close(self) -> None:
        """End the stream, and with it every call on it; returns when no task is left.

        Being cancelled meanwhile does not keep it from that, since ending takes no time.
        """
        await end_tasks(self._work)

    async def _run(self) -> None:
        try:
            await self._connect()
            await self._converse()
            self._lose(RunnerUnavailableError("The toolrunner ended the stream; try again."))
        except ExecutorError as error:
            self._lose(error)
        except grpc.aio.AioRpcError as error:
            logger.info("run %s: stream lost: %s %s", self._run_id, error.code(), error.details())
            self._lose(_from_rpc_error(error))
        except asyncio.CancelledError:
            self._lose(RunnerUnavailableError("The tool session was closed."))
            raise
        except Exception:
            logger.exception("run %s: the tool stream failed by our own fault", self._run_id)
            self._lose(RunnerUnavailableError("The tool stream failed; try again."))

    async def _converse(self) -> None:
        stream = self._rpc()
        self._outbox.put_now(open_request(self._opening, self._broker.capabilities))
        writer = asyncio.create_task(self._write(stream))
        try:
            async for response in stream:
                await self._take(from_response(response))
        finally:
            stream.cancel()
            writer.cancel()
            await asyncio.wait([writer])

    async def _write(self, stream: Any) -> None:
        """Send what is in the outbox; when that fails, the reader learns why."""
        try:
            await self._outbox.pump(stream.write)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            return

    async def _take(self, message: RunnerMessage | None) -> None:
        if isinstance(message, CallResult):
            waiting = self._waiting.get(message.call_id)
            if waiting is not None and not waiting.outcome.done():
                waiting.outcome.set_result(message)
        elif isinstance(message, CallConsole):
            waiting = self._waiting.get(message.call_id)
            if waiting is not None:
                await waiting.on_console(message.line)
        elif isinstance(message, BundleMissing):
            await self._send_program()
        elif isinstance(message, Opened):
            if not self._opened.done():
                self._opened.set_result(message.console)
        elif isinstance(message, LoadFailed):
            raise _load_error(message.failure)
        elif isinstance(message, HostCall):
            waiting = self._waiting.get(message.call_id)
            if waiting is not None:
                answer = asyncio.create_task(self._answer(waiting.broker, message))
                waiting.answers.add(answer)
                answer.add_done_callback(waiting.answers.discard)

    async def _answer(self, broker: CallBroker, asked: HostCall) -> None:
        """Answer a host call; its piece of a body counts in the run until the outbox has room."""
        answering = broker.answering(asked.host_call_id, asked.capability, asked.input_json)
        async with answering as answer:
            await self._outbox.put(host_result_request(asked, answer))

    async def _send_program(self) -> None:
        source = self._opening.program.source
        starts = range(0, max(1, len(source)), CHUNK_BYTES)
        for start in starts:
            piece = source[start : start + CHUNK_BYTES]
            await self._outbox.put(chunk_request(piece, last=start == starts[-1]))
            await asyncio.sleep(0)  # each piece is copied, and all of them take long

    def _lose(self, error: ExecutorError) -> None:
        """Tell all who wait that nothing more comes."""
        self.lost = True
        self._outbox.close()
        if not self._opened.done():
            self._opened.set_exception(error)
            self._opened.exception()
        for call_id, waiting in self._waiting.items():
            if not waiting.outcome.done():
                lost = ToolFailure(FailureKind.RUNNER_LOST, LOST)
                waiting.outcome.set_result(CallResult(call_id, "", lost, ToolUsage()))


def idempotency_key(run_id: str, tool_call_id: str) -> str:
    """Return the key of one tool call of one step: the same whenever that call is made again."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{run_id}/{tool_call_id}"))


def lost_result(message: str) -> ToolResult:
    """Return the outcome of a call whose runner is gone."""
    return ToolResult(None, ToolFailure(FailureKind.RUNNER_LOST, message), ToolUsage())


def _load_error(failure: ToolFailure) -> BundleLoadError:
    named = failure.name and not failure.message.startswith(failure.name)
    what = f"{failure.name}: {failure.message}" if named else failure.message
    place = failure.stack.strip().splitlines()[:1]
    where = f" ({place[0].strip()[:200]})" if place else ""
    return BundleLoadError(
        f"The bundle could not be loaded in the sandbox ({failure.kind.value}): "
        f"{what[:600]}{where}",
        {"kind": failure.kind.value},
    )


def _from_rpc_error(error: grpc.aio.AioRpcError) -> RunnerUnavailableError:
    """Return why the stream ended; the runner's own words are fit to be shown."""
    details = (error.details() or "")[:400]
    if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
        return RunnerUnavailableError(f"The toolrunner has no room: {details}", retry_after_s=1.0)
    if error.code() == grpc.StatusCode.UNAVAILABLE:
        return RunnerUnavailableError("The connection to the toolrunner broke; try again.")
    return RunnerUnavailableError(
        f"The toolrunner refused the run ({error.code().name}): {details}"
    )
