"""One RunTools stream: its reader, its one writer, and the calls that wait on it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc

from services.executor.adapters.toolrunner.outbox_wire import LinkOutbox
from services.executor.adapters.toolrunner.states import State, after
from services.executor.adapters.toolrunner.wire import (
    BundleMissing,
    CallConsole,
    CallResult,
    LoadFailed,
    Opened,
    Opening,
    RunnerMessage,
    call_request,
    cancel_request,
    chunk_requests,
    describe_request,
    from_response,
    host_result_request,
    open_request,
)
from services.executor.agent.ports import OnConsole, ToolInvocation
from services.executor.agent.task_ends import end_tasks
from services.executor.domain import ConsoleLine
from services.executor.egress.broker import CallBroker, RunBroker
from services.executor.egress.host_calls import HostCall, HostResult
from services.executor.errors import ExecutorError, RunnerUnavailableError

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _WaitingCall:
    """A call that was sent: its result, and who handles its messages; a description needs none."""

    outcome: asyncio.Future[CallResult]
    on_console: OnConsole
    host_calls: CallBroker | None = None


class RunnerLink:
    """One stream to the toolrunner, from its opening until it ends or breaks.

    Every method raises what ended the stream: a status of the toolrunner (AioRpcError), or
    RunnerUnavailableError if it is unreachable or ended the stream, or if this was closed.

    Args:
        rpc: starts the RunTools RPC.
        connect: waits for a connection, or raises RunnerUnavailableError.
        opening: the parameters of the stream.
    """

    def __init__(
        self, rpc: Callable[[], Any], connect: Callable[[], Awaitable[None]], opening: Opening
    ) -> None:
        self._rpc = rpc
        self._connect = connect
        self._opening = opening
        self._outbox = LinkOutbox()
        self._opened: asyncio.Future[Opened | LoadFailed] = (
            asyncio.get_running_loop().create_future()
        )
        self._state = State.LOADING
        self._waiting: dict[str, _WaitingCall] = {}
        self._sent = 0
        self._end: Exception | None = None
        self._work = asyncio.create_task(self._run())

    def __repr__(self) -> str:
        waiting = len(self._waiting)
        return f"RunnerLink({self._opening.run_id}, {self._state.name}, waiting={waiting})"

    @property
    def lost(self) -> bool:
        """Whether the stream has ended."""
        return self._end is not None

    async def opened(self) -> Opened | LoadFailed:
        """Wait until the program is loaded or has failed to load."""
        if not self._opened.done():
            await asyncio.shield(self._opened)
        return self._opened.result()

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, broker: RunBroker
    ) -> CallResult:
        """Make one call and wait for its result; cancelling this cancels the call.

        ``broker`` handles its host calls.
        """
        key = idempotency_key(self._opening.run_id, invocation.tool_call_id)
        context = broker.context_json(invocation.context, key)
        host_calls = broker.call(invocation.tool_call_id, key)
        waiting = _WaitingCall(_future(), on_console, host_calls)
        try:
            return await self._result(
                waiting, partial(call_request, invocation=invocation, context_json=context)
            )
        finally:
            await host_calls.close()

    async def describe(self, agent: str, tool: str) -> CallResult:
        """Ask for a tool's input schema and wait for it; cancelling this cancels the request."""
        waiting = _WaitingCall(_future(), _drop)
        return await self._result(waiting, partial(describe_request, agent=agent, tool=tool))

    async def close(self) -> None:
        """End the stream and every call on it; returns when no task is left.

        Cancellation does not interrupt this, since it is quick.
        """
        await end_tasks(self._work)

    async def _result(self, waiting: _WaitingCall, request: Callable[[str], Any]) -> CallResult:
        if self._end is not None:
            raise self._end
        self._sent += 1
        call_id = f"call-{self._sent}"
        self._waiting[call_id] = waiting
        sent = False
        try:
            await self._outbox.put(request(call_id))
            sent = True
            return await waiting.outcome
        except asyncio.CancelledError:
            if sent:
                self._outbox.put_now(cancel_request(call_id))
            raise
        finally:
            self._waiting.pop(call_id, None)

    async def _run(self) -> None:
        run_id = self._opening.run_id
        try:
            await self._connect()
            await self._converse()
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

    async def _converse(self) -> None:
        stream = self._rpc()
        self._outbox.put_now(open_request(self._opening))
        writer = asyncio.create_task(self._write(stream))
        try:
            async for response in stream:
                await self._take(from_response(response))
        finally:
            stream.cancel()
            writer.cancel()
            await asyncio.wait([writer])

    async def _write(self, stream: Any) -> None:
        """Send what is in the outbox; if that fails, the reader reports why."""
        try:
            await self._outbox.pump(stream.write)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            return

    async def _take(self, message: RunnerMessage | None) -> None:
        state = None if message is None else after(self._state, message, self._waiting)
        if state is None:
            return
        self._state = state
        match message:
            case CallResult():
                waiting = self._waiting[message.call_id]
                if not waiting.outcome.done():
                    waiting.outcome.set_result(message)
            case CallConsole():
                await self._waiting[message.call_id].on_console(message.line)
            case HostCall():
                host_calls = self._waiting[message.call_id].host_calls
                if host_calls is not None:
                    host_calls.ask(message, partial(self._send_result, message))
            case BundleMissing():
                await self._send_program()
            case Opened() | LoadFailed():
                self._opened.set_result(message)

    async def _send_result(self, host_call: HostCall, result: HostResult) -> None:
        await self._outbox.put(host_result_request(host_call, result))

    async def _send_program(self) -> None:
        for chunk in chunk_requests(self._opening.program.source):
            await self._outbox.put(chunk)
            await asyncio.sleep(0)  # copying all pieces at once would take long

    def _lose(self, error: Exception) -> None:
        """Fail everything that waits on the stream."""
        self._end = error
        self._state = State.ENDED
        self._outbox.close()
        _fail(self._opened, error)
        for waiting in self._waiting.values():
            _fail(waiting.outcome, error)


def idempotency_key(run_id: str, tool_call_id: str) -> str:
    """Return the idempotency key of a tool call, the same whenever it is repeated."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{run_id}/{tool_call_id}"))


def _future() -> asyncio.Future[CallResult]:
    return asyncio.get_running_loop().create_future()


def _fail(waits: asyncio.Future[Any], error: Exception) -> None:
    if not waits.done():
        waits.set_exception(error)
        waits.exception()  # the waiter may be gone: do not report it as never retrieved


async def _drop(_: ConsoleLine) -> None:
    """Drop a line."""
