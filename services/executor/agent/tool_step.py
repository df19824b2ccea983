"""The tool calls of one step: checks them, runs them in parallel, reports their results."""

from __future__ import annotations

import asyncio
from functools import partial

from services.executor.agent.budget import cut_text
from services.executor.agent.ports import (
    Clock,
    Emit,
    OnBegun,
    OnConsole,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent.progress import Progress
from services.executor.agent.state import (
    call_accepted,
    call_begun,
    call_ended,
    call_given_up,
    call_not_begun,
    call_rejected,
)
from services.executor.agent.tool_inputs import AgentTools, InvalidCall, ValidCall
from services.executor.clients import Client
from services.executor.conversation import ResultForm, ToolCall, ToolMessage
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    JsonObject,
    JsonText,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.events import (
    BudgetReached,
    Event,
    ToolConsole,
    ToolInputAvailable,
    ToolInputError,
    ToolOutcome,
    ToolOutputAvailable,
    ToolOutputError,
)
from services.executor.events import ToolUsage as ToolUsageEvent
from services.executor.long_json import escaped, is_utf8
from services.executor.side_thread import dumps_json


class NoToolSession:
    """The session of an agent without tools: it needs no toolrunner."""

    def __repr__(self) -> str:
        return "NoToolSession()"

    async def opened(self) -> tuple[ConsoleLine, ...]:
        """Return at once."""
        return ()

    async def call(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Return a failure: there is nothing to call."""
        failure = ToolFailure(FailureKind.TOOL_NOT_FOUND, "The agent has no tools.")
        return ToolResult(None, failure, ToolUsage(), begun=False)


class ToolStep:
    """Runs the pending calls of a state, and updates it.

    Args:
        agent: key of the agent.
        client: the client whose turn the input checks use.
        tools: the agent's tools.
        session: where they run.
        context: the runtime context of every call.
        text_limit: the most bytes of one result shown to the model.
        emit: takes the console lines.
        clock: times the tools.
        progress: holds the state.
    """

    def __init__(
        self,
        agent: str,
        client: Client,
        tools: AgentTools,
        session: ToolSession,
        context: JsonObject,
        text_limit: int,
        emit: Emit,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._agent = agent
        self._client = client
        self._tools = tools
        self._session = session
        self._context = context
        self._text_limit = text_limit
        self._emit = emit
        self._clock = clock
        self._progress = progress
        self._began_s = 0.0

    def __repr__(self) -> str:
        return f"ToolStep({self._agent!r}, {self._tools!r})"

    async def run(self, seconds: float | None) -> None:
        """Run the open pending calls for at most ``seconds``.

        Those that take longer are stopped. A call that was started before is not repeated: it may
        have taken effect, and the result says so.
        """
        await self._give_up_unknown()
        valid = await self._checked()
        self._began_s = self._clock.monotonic() - self._progress.state.pending_s
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as group:
            for item in valid:
                group.create_task(self._answer(item, deadline))

    async def refuse(self, budget: BudgetReached) -> None:
        """Start none of the pending calls, because of a budget."""
        await self._give_up_unknown()
        for item in await self._checked():
            await self._give_up(item.call, budget.text)

    async def _give_up_unknown(self) -> None:
        """Close the calls that were started before the run was resumed."""
        for item in self._progress.state.pending:
            if item.is_unknown:
                await self._give_up(item.call, "the run was interrupted while it ran.")

    async def _checked(self) -> list[ValidCall]:
        """Check the open calls one by one, report the outcome, return the valid ones."""
        valid: list[ValidCall] = []
        for number, pending in enumerate(self._progress.state.pending):
            if number:
                await asyncio.sleep(0)  # many checks in a row would block the event loop
            if pending.answer is None:
                item = await self._tools.check(pending.call, self._client)
                await self._announce(item, known=pending.is_valid is not None)
                if isinstance(item, ValidCall):
                    valid.append(item)
        return valid

    async def _announce(self, item: ValidCall | InvalidCall, *, known: bool) -> None:
        call, state = item.call, self._progress.state
        if isinstance(item, InvalidCall):
            text = f"Error (INVALID_INPUT): {item.error_text}"
            told = ToolInputError(call.id, call.tool, call.input_text, item.error_text)
            await self._progress.move(call_rejected(state, call.id, text), told)
        elif not known:
            size = len(item.input_json)
            available = ToolInputAvailable(call.id, call.tool, item.input, size)
            await self._progress.move(call_accepted(state, call.id), available)

    async def _answer(self, item: ValidCall, deadline: float | None) -> None:
        """Run one call and report it; the deadline applies to the tool, not to the reporting.

        The state marks the tool as started before the call is sent, and is corrected if it turns
        out not to have started: a resumed run must not start a tool twice.
        """
        call, begun = item.call, False

        def note() -> None:
            nonlocal begun
            begun = True

        invocation = ToolInvocation(self._agent, call.tool, item.input_json, self._context, call.id)
        await self._progress.move(call_begun(self._progress.state, call.id))
        try:
            async with asyncio.timeout_at(deadline) as limit:
                console = partial(self._console, call.id)
                result = await self._session.call(invocation, console, note)
        except (asyncio.CancelledError, TimeoutError) as stopped:
            if not begun:
                self._progress.correct(call_not_begun(self._progress.state, call.id))
            if isinstance(stopped, asyncio.CancelledError) or not limit.expired():
                raise
            why = "the time that the tools of this run have is used up."
            await self._give_up(call, why, self._seconds())
            return
        await self._report(call, result, self._seconds())

    async def _report(self, call: ToolCall, result: ToolResult, seconds: float) -> None:
        failure = result.failure
        whole, form = await _shown(result)
        text, whole_bytes = cut_text(whole, self._text_limit)
        outcome = ToolOutcome.RETURNED if failure is None else ToolOutcome.FAILED
        if not result.begun:
            outcome = ToolOutcome.NOT_STARTED
        told: Event = ToolOutputAvailable(call.id, result.output, len(whole))
        if failure is not None:
            told = ToolOutputError(call.id, text, failure)
        message = ToolMessage(call.id, call.tool, text, form, whole_bytes)
        state = call_ended(self._progress.state, outcome, message, seconds)
        await self._progress.move(state, told, ToolUsageEvent(call.id, result.usage))

    async def _give_up(self, call: ToolCall, why: str, seconds: float = 0.0) -> None:
        """Close a call that was stopped or is not started."""
        failure = ToolFailure(FailureKind.CANCELLED, f"It was stopped: {why}")
        told = ToolOutputError(call.id, _failure_text(failure), failure)
        await self._progress.move(call_given_up(self._progress.state, call.id, seconds), told)

    def _seconds(self) -> float:
        """Return how long the calls of this step have run."""
        return self._clock.monotonic() - self._began_s

    async def _console(self, call_id: str, line: ConsoleLine) -> None:
        await self._emit(ToolConsole(call_id, line))


async def _shown(result: ToolResult) -> tuple[str, ResultForm]:
    """Return a result as the model reads it: a text as it is, anything else as JSON.

    Lone surrogates, which UTF-8 cannot encode, become JSON escapes.
    """
    output = result.output
    if result.failure is not None:
        return _failure_text(result.failure), ResultForm.FAILURE
    if isinstance(output, str) and not isinstance(output, JsonText) and is_utf8(output):
        return output, ResultForm.TEXT
    text = output if isinstance(output, JsonText) else result.output_json
    return escaped(text or await dumps_json(output)), ResultForm.JSON


def _failure_text(failure: ToolFailure) -> str:
    return f"Error ({failure.kind.value}): {failure.text}"
