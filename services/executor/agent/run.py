"""One run as a stream of events that ends in exactly one terminal event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from services.executor.agent.channel import RunChannel
from services.executor.agent.loop import AgentLoop, RunPlan
from services.executor.agent.ports import (
    Clock,
    Emit,
    IdSource,
    LanguageModel,
    SessionStore,
    ToolRunner,
    ToolSession,
)
from services.executor.agent.tool_step import NoToolSession
from services.executor.egress.policy import Egress
from services.executor.errors import ExecutorError, InternalError, RunTimeoutError
from services.executor.events import (
    Abort,
    Error,
    Finish,
    RunEvent,
    RunStarted,
    Start,
    Terminal,
    ToolConsole,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunParts:
    """What every run of this process uses. ``silence_s``: quiet seconds before a heartbeat."""

    model: LanguageModel
    runner: ToolRunner
    sessions: SessionStore
    clock: Clock
    ids: IdSource
    egress: Egress
    silence_s: float = 15.0


class AgentRun:
    """A run that was planned. Its tasks live as long as the stream of its events is read."""

    def __init__(self, plan: RunPlan, parts: RunParts) -> None:
        self._plan = plan
        self._parts = parts
        self._abort_reason = ""
        self._work: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"AgentRun({self._plan.run_id}, abort={self._abort_reason!r})"

    def abort(self, reason: str) -> None:
        """End the run: the model's request and the tools stop, and the stream ends in an abort."""
        self._abort_reason = reason
        if self._work is not None:
            self._work.cancel()

    async def events(self) -> AsyncGenerator[RunEvent, None]:
        """Run, and yield what happens; the last event is a finish, an abort or an error.

        Closing the generator, or cancelling what awaits it, ends the run and leaves no task.
        """
        parts = self._parts
        channel = RunChannel(self._plan.run_id, parts.clock, parts.silence_s)
        self._work = asyncio.create_task(self._to_the_end(channel))
        beat = asyncio.create_task(channel.beat())
        try:
            async for event in channel.read():
                yield event
        finally:
            channel.close()
            await _end(self._work, beat)

    def _aborted(self) -> bool:
        return bool(self._abort_reason)

    async def _to_the_end(self, channel: RunChannel) -> None:
        channel.finish(await self._outcome(channel.emit))

    async def _outcome(self, emit: Emit) -> Terminal:
        """Run, and turn every way in which that can end into one terminal event."""
        timeout_s = self._plan.budget.timeout_s
        if self._aborted():
            return Abort(self._abort_reason)
        try:
            async with asyncio.timeout(timeout_s) as deadline:
                return await self._run(emit)
        except asyncio.CancelledError:
            if not self._aborted():
                raise
            return Abort(self._abort_reason)
        except Exception as error:  # noqa: BLE001 - whatever fails, the client is told
            if isinstance(error, TimeoutError) and deadline.expired():
                message = f"The run took longer than its limit of {timeout_s:g} s and was stopped."
                return Error(RunTimeoutError(message))
            return Error(self._executor_error(error))

    async def _run(self, emit: Emit) -> Finish:
        """Run the loop beside its tool session; the first failure of either ends both."""
        plan = self._plan
        await emit(self._started())
        await emit(Start(self._parts.ids.new("msg")))
        if not plan.tools.offered:
            return await self._loop(NoToolSession(), emit)
        limits, program = plan.budget.tool_limits, plan.bundle.program
        way_out = self._parts.egress.open(plan.agent.key, "", plan.allow_fetch, emit)
        async with (
            way_out as broker,
            self._parts.runner.open(plan.run_id, program, limits, broker) as session,
            asyncio.TaskGroup() as group,
        ):
            opening = group.create_task(_report_opening(session, emit))
            finish = await self._loop(session, emit)
            opening.cancel()
        return finish

    async def _loop(self, session: ToolSession, emit: Emit) -> Finish:
        """Run the loop, then keep what was said; of a run that fails nothing is kept."""
        plan = self._plan
        loop = AgentLoop(plan, self._parts.model, session, emit, self._parts.ids)
        finish = await loop.run()
        if plan.session is not None:
            await self._parts.sessions.append(plan.session, loop.state.said)
        return finish

    def _started(self) -> RunStarted:
        plan = self._plan
        manifest = plan.bundle.manifest
        return RunStarted(
            bundle_digest=manifest.digest,
            agent=plan.agent.key,
            model=plan.model,
            session_id=plan.session.session_id if plan.session else "",
            diagnostics=(*manifest.diagnostics, *plan.tools.diagnostics),
        )

    def _executor_error(self, error: BaseException) -> ExecutorError:
        """Return what the client is told; an error that is not ours to show goes to the log."""
        while isinstance(error, BaseExceptionGroup):
            expected = error.subgroup(ExecutorError)
            error = (expected or error).exceptions[0]
        if isinstance(error, ExecutorError):
            return error
        run_id = self._plan.run_id
        logger.error("run %s failed", run_id, exc_info=error)
        return InternalError(
            f"The executor failed; this is our fault. The log of the service has the details "
            f"under {run_id}.",
            metadata={"run_id": run_id},
        )


async def _report_opening(session: ToolSession, emit: Emit) -> None:
    """Wait for the bundle to be loaded, and show what its top level wrote."""
    for line in await session.opened():
        await emit(ToolConsole("", line))


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel ``tasks`` and wait until they are gone, even when this task is cancelled again."""
    for task in tasks:
        task.cancel()
    interrupted: asyncio.CancelledError | None = None
    while not all(task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as error:
            interrupted = error
    for task in tasks:
        if not task.cancelled():
            task.exception()
    if interrupted is not None:
        raise interrupted
