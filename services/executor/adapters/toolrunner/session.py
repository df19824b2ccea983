"""The tools of one agent of a run: calls, hooks and questions, with the grants of that agent."""

from __future__ import annotations

from collections.abc import Sequence

import grpc

from services.executor.adapters.toolrunner.recording import RunRecording
from services.executor.adapters.toolrunner.runner_errors import too_old
from services.executor.adapters.toolrunner.streams import RunStreams
from services.executor.adapters.toolrunner.wire import HOOKS, PARTS, Opened, result_of
from services.executor.agent.ports import OnBegun, OnConsole, ToolInvocation
from services.executor.agent_parts import AgentPart, HookName
from services.executor.bundle.ports import SandboxQuestion
from services.executor.domain import (
    FailureKind,
    JsonObject,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.broker import RunBroker
from services.executor.errors import BundleLoadError, LimitError, RunnerUnavailableError
from services.telemetry.current import current_span

LOST = (
    "The toolrunner was lost while the tool ran: its process exited or the connection broke. "
    "This is not the tool's fault; the call may be tried again."
)
NOT_BEGUN = "The toolrunner was lost before the tool was begun; the call may be tried again."
# Failures that say nothing about the bundle: the next time it may be another one.
PASSING = frozenset(
    {
        FailureKind.RUNNER_LOST,
        FailureKind.RUNNER_FAULT,
        FailureKind.OVERLOADED,
        FailureKind.CANCELLED,
    }
)
ATTEMPTS = 2
"""How often a call is sent whose tool did not start because its runner stopped or was lost."""


class RunnerSession:
    """See ``ToolSession``. ``streams`` are the run's, and ``broker`` makes the host calls.

    ``recording`` keeps the calls, unless it is None.
    """

    def __init__(
        self, streams: RunStreams, broker: RunBroker, recording: RunRecording | None = None
    ) -> None:
        self._recording = recording
        self._streams = streams
        self._broker = broker
        self.opened = streams.opened
        self.out_of_use = streams.out_of_use

    def __repr__(self) -> str:
        return f"RunnerSession({self._streams!r}, {self._broker!r})"

    def granted(self, broker: RunBroker) -> RunnerSession:
        """Return the session for another agent's calls; see ``ToolSession.granted``."""
        return RunnerSession(self._streams, broker, self._recording)

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Run one call; see ``ToolSession.call``."""
        async with self._streams.room:
            await self.opened()
            for _ in range(ATTEMPTS):
                result = await self._attempt(invocation, on_console, on_begun)
                if result is not None:
                    return result
            return _lost(NOT_BEGUN, begun=False)

    async def parts(
        self, agent: str, parts: Sequence[AgentPart], context: JsonObject
    ) -> str | ToolFailure:
        """Ask for parts of an agent; see ``ToolSession.parts``."""
        given = self._broker.context_json(context, "")
        question = SandboxQuestion(agent, parts=tuple(parts), context_json=given)
        return await self._asked(question, PARTS, "tell what agents are made of")

    async def hook(
        self, agent: str, name: HookName, given_json: str, context: JsonObject
    ) -> str | ToolFailure:
        """Call a hook of an agent; see ``ToolSession.hook``."""
        known = self._broker.context_json(context, "")
        question = SandboxQuestion(agent, context_json=known, hook=name, given_json=given_json)
        async with self._streams.room:
            return await self._asked(question, HOOKS, f"call an agent's `{name.value}`")

    async def _asked(self, question: SandboxQuestion, feature: str, what: str) -> str | ToolFailure:
        """Ask a question, and once more if its runner was lost.

        A runner needs ``feature`` for it, in words ``what``.
        """
        with current_span().child("ask_sandbox"):
            return await self._answered(question, feature, what)

    async def _answered(
        self, question: SandboxQuestion, feature: str, what: str
    ) -> str | ToolFailure:
        await self.opened()
        for _ in range(ATTEMPTS):
            link = await self._streams.live()
            try:
                opened = await link.opened()
                is_old = isinstance(opened, Opened) and feature not in opened.features
                ended = None if is_old else await link.evaluate(question)
            except (RunnerUnavailableError, grpc.aio.AioRpcError):
                continue
            if ended is None:
                raise too_old(what)
            if ended.failure is None:
                return ended.output_json
            if ended.failure.kind not in PASSING:
                return ended.failure
        message = f"The toolrunner was lost before it could {what}; try again."
        raise RunnerUnavailableError(message, retry_after_s=1.0)

    async def _attempt(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult | None:
        """Try a call once; None if its tool did not start and another stream may run it."""
        begun = False

        def note() -> None:
            nonlocal begun
            begun = True
            on_begun()

        try:
            link = await self._streams.live()
        except RunnerUnavailableError as error:
            return _lost(f"The toolrunner was lost and is still away. {error}", begun=False)
        except (BundleLoadError, LimitError) as error:
            failure = ToolFailure(FailureKind.LOAD_FAILED, str(error))
            return ToolResult(None, failure, ToolUsage(), begun=False)
        tape = None if self._recording is None else self._recording.tape()
        try:
            ended = await link.call(invocation, on_console, self._broker, note, tape)
        except (RunnerUnavailableError, grpc.aio.AioRpcError):
            return _lost(LOST) if begun else None
        refused = ended.failure is not None and ended.failure.kind is FailureKind.OVERLOADED
        if refused and not ended.started and not link.usable:
            return None
        if self._recording is not None and tape is not None:
            part = self._streams.is_part
            await self._recording.keep(link, invocation, tape, ended, part=part)
        return await result_of(ended)


def _lost(message: str, *, begun: bool = True) -> ToolResult:
    """Return the outcome of a call whose runner is gone."""
    failure = ToolFailure(FailureKind.RUNNER_LOST, message)
    return ToolResult(None, failure, ToolUsage(), begun=begun)
