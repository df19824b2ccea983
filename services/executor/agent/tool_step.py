"""The tool calls of one step: check them, run them in parallel, say what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from services.executor.agent.budget import cut_text
from services.executor.agent.ledger import CallLedger
from services.executor.agent.ports import Clock, Emit, OnConsole, ToolInvocation, ToolSession
from services.executor.agent.state import CallsMade
from services.executor.agent.tool_inputs import AgentTools, InvalidCall, ValidCall
from services.executor.clients import Client
from services.executor.conversation import ResultForm, ToolCall, ToolMessage
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    JsonText,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.events import (
    BudgetReached,
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

    async def call(self, invocation: ToolInvocation, on_console: OnConsole) -> ToolResult:
        """Return a failure: there is nothing to call."""
        failure = ToolFailure(FailureKind.TOOL_NOT_FOUND, "The agent has no tools.")
        return ToolResult(None, failure, ToolUsage())


class ToolStep:
    """Runs the calls of a step.

    Args:
        agent: key of the agent.
        client: who runs it, in whose turn inputs are checked.
        tools: the tools that it has.
        session: where they run.
        context_json: the runtime context of every call, a JSON object.
        text_limit: bytes of one result that the model is shown.
        emit: takes the events.
        clock: times the tools.
        ledger: is told what becomes of each call, as it becomes so.
    """

    def __init__(
        self,
        agent: str,
        client: Client,
        tools: AgentTools,
        session: ToolSession,
        context_json: str,
        text_limit: int,
        emit: Emit,
        clock: Clock,
        ledger: CallLedger,
    ) -> None:
        self._agent = agent
        self._client = client
        self._tools = tools
        self._session = session
        self._context_json = context_json
        self._text_limit = text_limit
        self._emit = emit
        self._clock = clock
        self._ledger = ledger
        self._last_end = 0.0

    def __repr__(self) -> str:
        return f"ToolStep({self._agent!r}, {self._tools!r})"

    async def run(self, calls: Sequence[ToolCall], seconds: float | None) -> CallsMade:
        """Run the calls for at most ``seconds``; those that take longer are stopped.

        What the model reads about each call is in the order of ``calls``.
        """
        checked = await self._checked(calls)
        began = self._last_end = self._clock.monotonic()
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as group:
            for item in checked:
                if isinstance(item, ValidCall):
                    group.create_task(self._answer(item, deadline))
        return CallsMade(
            answers=self._ledger.answers(calls),
            begun=self._ledger.begun(calls),
            valid=sum(isinstance(item, ValidCall) for item in checked),
            seconds=self._last_end - began,
        )

    async def refuse(self, calls: Sequence[ToolCall], budget: BudgetReached) -> CallsMade:
        """Begin none of the calls, for the sake of a budget."""
        await self._checked(calls)
        await self._give_up(calls, budget.text)
        answers = self._ledger.answers(calls)
        return CallsMade(answers, begun=0, valid=len(calls), seconds=0.0, refused=budget)

    async def _checked(self, calls: Sequence[ToolCall]) -> list[ValidCall | InvalidCall]:
        """Check the calls one after the other, and say of each what came of it."""
        checked: list[ValidCall | InvalidCall] = []
        for call in calls:
            if checked:
                await asyncio.sleep(0)  # many checks in one go would keep others waiting
            item = await self._tools.check(call, self._client)
            await self._announce(item)
            checked.append(item)
        return checked

    async def _announce(self, item: ValidCall | InvalidCall) -> None:
        call = item.call
        if isinstance(item, ValidCall):
            size = len(item.input_json)
            await self._emit(ToolInputAvailable(call.id, call.tool, item.input, size))
            return
        text = f"Error (INVALID_INPUT): {item.error_text}"
        told = ToolMessage(call.id, call.tool, text, ResultForm.FAILURE)
        self._ledger.answer(told, ToolOutcome.NOT_STARTED)
        await self._emit(ToolInputError(call.id, call.tool, call.input_text, item.error_text))

    async def _answer(self, item: ValidCall, deadline: float | None) -> None:
        """Run one call and report it; the deadline is for the tool, not for who hears of it."""
        call = item.call
        invocation = ToolInvocation(
            self._agent, call.tool, item.input_json, self._context_json, call.id
        )
        self._ledger.begin(call)
        try:
            async with asyncio.timeout_at(deadline) as limit:
                result = await self._session.call(invocation, partial(self._console, call.id))
        except TimeoutError:
            if not limit.expired():
                raise
            self._last_end = self._clock.monotonic()
            await self._give_up([call], "the time that the tools of this run have is used up.")
            return
        self._last_end = self._clock.monotonic()
        await self._report(call, result)

    async def _report(self, call: ToolCall, result: ToolResult) -> None:
        failure = result.failure
        whole, form = await _told(result)
        text, whole_bytes = cut_text(whole, self._text_limit)
        outcome = ToolOutcome.RETURNED if failure is None else ToolOutcome.FAILED
        self._ledger.answer(ToolMessage(call.id, call.tool, text, form, whole_bytes), outcome)
        if failure is None:
            await self._emit(ToolOutputAvailable(call.id, result.output, len(whole)))
        else:
            await self._emit(ToolOutputError(call.id, text, failure))
        await self._emit(ToolUsageEvent(call.id, result.usage))

    async def _give_up(self, calls: Sequence[ToolCall], why: str) -> None:
        """Tell of the calls that have no answer that they were stopped, or not begun."""
        for call in self._ledger.unanswered(calls):
            failure = ToolFailure(FailureKind.CANCELLED, f"It was stopped: {why}")
            await self._emit(ToolOutputError(call.id, _failure_text(failure), failure))

    async def _console(self, call_id: str, line: ConsoleLine) -> None:
        await self._emit(ToolConsole(call_id, line))


async def _told(result: ToolResult) -> tuple[str, ResultForm]:
    """Return a result as the model reads it: a text as it is, anything else as JSON.

    Halves of surrogate pairs, which UTF-8 cannot carry, are escapes of JSON.
    """
    output = result.output
    if result.failure is not None:
        return _failure_text(result.failure), ResultForm.FAILURE
    if isinstance(output, str) and not isinstance(output, JsonText) and is_utf8(output):
        return output, ResultForm.TEXT
    text = output if isinstance(output, JsonText) else await dumps_json(output)
    return escaped(text), ResultForm.JSON


def _failure_text(failure: ToolFailure) -> str:
    named = failure.name and not failure.message.startswith(failure.name)
    message = f"{failure.name}: {failure.message}" if named else failure.message
    return f"Error ({failure.kind.value}): {message}"
