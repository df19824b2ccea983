"""The tool calls of one step: checks them, runs them in parallel, reports their results."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from services.executor.agent.budget import cut_text
from services.executor.agent.call_waits import CallWaits, edited_call
from services.executor.agent.ports import (
    Clock,
    Emit,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent.progress import Progress
from services.executor.agent.seen_messages import parsed_input, seen_messages
from services.executor.agent.shown_parts import parts_of
from services.executor.agent.shown_results import failure_text, shown
from services.executor.agent.spans import traced_call
from services.executor.agent.state import (
    PendingCall,
    call_accepted,
    call_begun,
    call_ended,
    call_given_up,
    call_mended,
    call_not_begun,
    call_rejected,
    output_kept,
    with_call,
)
from services.executor.agent.tool_inputs import AgentTools, InvalidCall, ValidCall
from services.executor.agent.waiting import (
    Approved,
    ClientError,
    ClientOutput,
    Denied,
    Expired,
    InputAnswer,
    Waiting,
)
from services.executor.budgets import BudgetReached
from services.executor.clients import Client
from services.executor.conversation import ToolCall, ToolMessage
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    JsonObject,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.errors import HookFailedError
from services.executor.events import (
    Event,
    ToolConsole,
    ToolInputAvailable,
    ToolInputError,
    ToolOutcome,
    ToolOutputAvailable,
    ToolOutputError,
)
from services.executor.events import ToolUsage as ToolUsageEvent
from services.executor.lifecycle_events import InputAnswered, InputKind, InputOutcome
from services.executor.side_thread import dumps_json, loads_json

Mend: TypeAlias = Callable[[ToolCall, str], Awaitable[ToolCall | None]]


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
        waits: what calls wait for.
        at_once: the most calls that run side by side; None for all.
        mend: returns a call as the agent mends it, if it does; None for an agent that mends none.
        hands_over: whether a call of this name is a handoff, which the loop makes.
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
        waits: CallWaits,
        at_once: int | None = None,
        mend: Mend | None = None,
        hands_over: Callable[[str], bool] = lambda _: False,
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
        self._waits = waits
        self._places = None if at_once is None else asyncio.Semaphore(at_once)
        self._mend = mend
        self._hands_over = hands_over
        self._began_s = 0.0

    def __repr__(self) -> str:
        return f"ToolStep({self._agent!r}, {self._tools!r})"

    async def run(self, seconds: float | None) -> None:
        """Run the open pending calls for at most ``seconds``.

        Those that take longer are stopped. A call that was started before is repeated only if its
        tool is idempotent, with the same idempotency key: it may have taken effect, and the result
        of any other says so.
        """
        self._repeat_unknown()
        await self._give_up_unknown()
        checked = await self._checked()
        tools = [item for item in checked if not self._hands_over(item.call.tool)]
        valid = await self._admitted(tools)
        self._began_s = self._clock.monotonic() - self._progress.state.pending_s
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as group:
            for item in valid:
                answer = self._answer if self._places is None else self._answer_in_turn
                group.create_task(answer(item, deadline))

    async def refuse(self, budget: BudgetReached) -> None:
        """Start none of the pending calls, because of a budget."""
        await self._give_up_unknown()
        for item in await self._checked():
            await self._give_up(item.call, budget.text)
        await self.give_up(budget.text)

    async def give_up(self, why: str) -> None:
        """Start none of the calls that have no result yet."""
        for item in self._progress.state.pending:
            if item.answer is None:
                await self._give_up(item.call, why)

    def _repeat_unknown(self) -> None:
        """Take calls of idempotent tools, started before the run was resumed, as not started."""
        for item in self._progress.state.pending:
            tool = self._tools.usable.get(item.call.tool)
            if item.is_unknown and tool is not None and tool.idempotent:
                self._progress.correct(call_not_begun(self._progress.state, item.call.id))

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
            if pending.answer is None and pending.waits is None:
                item = await self._check(pending.call)
                if isinstance(item, InvalidCall) and self._mend is not None:
                    item = await self._mended(item, item.error_text)
                await self._announce(item, known=pending.is_valid is not None)
                if isinstance(item, ValidCall):
                    valid.append(item)
        return valid

    async def _check(self, call: ToolCall) -> ValidCall | InvalidCall:
        hooks = self._progress.state.hooks
        offered = None if hooks is None else hooks.offered
        if self._hands_over(call.tool):  # its own functions read the input
            return ValidCall(call, parsed_input(call), call.given_text)
        return await self._tools.check(call, self._client, offered)

    async def _mended(self, item: InvalidCall | ValidCall, problem: str) -> ValidCall | InvalidCall:
        """Return a call that cannot be made as its agent mends it, or as it is."""
        assert self._mend is not None
        try:
            mended = await self._mend(item.call, problem)
        except HookFailedError as error:
            return InvalidCall(item.call, f"{problem}\n{error.message}")
        if mended is None:
            return InvalidCall(item.call, problem)
        checked = await self._check(mended)
        if isinstance(checked, InvalidCall):
            return InvalidCall(item.call, checked.error_text)
        await self._progress.move(call_mended(self._progress.state, mended))
        return checked

    async def _admitted(self, valid: list[ValidCall]) -> list[ValidCall]:
        """Return the calls to make now: others wait, or are answered where the run may not."""
        admitted: list[ValidCall] = []
        for item in valid:
            is_approved = self._pending(item.call).is_approved
            wanted = await self._waits.wanted(item, is_approved=is_approved)
            if wanted is None:
                admitted.append(item)
            elif self._waits.may_wait:
                self._waits.hold(item, wanted)
            else:
                failure = self._waits.refusal(item.call, wanted)
                await self._report(item.call, ToolResult(None, failure, ToolUsage(), begun=False))
        return admitted

    def _pending(self, call: ToolCall) -> PendingCall:
        return next(item for item in self._progress.state.pending if item.call.id == call.id)

    async def begin_to_wait(self) -> bool:
        """Begin to wait for what held calls back; return whether any call of the step waits."""
        return await self._waits.begin()

    async def answer(self, answers: Mapping[str, InputAnswer]) -> None:
        """Apply the answers to what calls wait for, by the ids of the inputs."""
        for item in self._progress.state.pending:
            answer = None if item.waits is None else answers.get(item.waits.input_id)
            if item.waits is not None and item.answer is None and answer is not None:
                await self._apply(item.call, item.waits, answer)

    async def _apply(self, call: ToolCall, waits: Waiting, answer: InputAnswer) -> None:
        if isinstance(answer, Denied | Expired):
            await self._waits.deny(call, waits, answer)
        elif waits.kind is InputKind.APPROVAL:
            if isinstance(answer, Approved) and answer.edited is None:
                await self._waits.approve(call, waits)
            elif isinstance(answer, Approved) and answer.edited is not None:
                checked = await self._check(edited_call(call, answer.edited))
                await self._waits.approve_edited(call, waits, checked)
        elif isinstance(answer, ClientOutput):
            result = ToolResult(await loads_json(answer.output), None, ToolUsage())
            await self._report(call, result, waits=waits)
        elif isinstance(answer, ClientError):
            failure = ToolFailure(FailureKind.THROWN, answer.text)
            await self._report(call, ToolResult(None, failure, ToolUsage()), waits=waits)

    def _invocation(self, item: ValidCall) -> ToolInvocation:
        call, tool = item.call, self._tools.usable[item.call.tool]
        seen = self._seen() if tool.sees_messages else ""
        given = (self._agent, call.tool, item.input_json, self._context, call.id, seen)
        approved = self._pending(call).is_approved
        return ToolInvocation(*given, gated=bool(tool.gates), approved=approved)

    def _seen(self) -> str:
        return seen_messages(self._progress.state.conversation)

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

    async def _answer_in_turn(self, item: ValidCall, deadline: float | None) -> None:
        """Answer one call once there is a place for it; they are taken in order."""
        assert self._places is not None
        async with self._places:
            await self._answer(item, deadline)

    async def _answer(
        self, item: ValidCall, deadline: float | None, unmended: ToolCall | None = None
    ) -> None:
        """Run one call and report it; the deadline applies to the tool, not to the reporting.

        ``unmended`` is the call as the model made it, if the agent has mended it.

        The state marks the tool as started before the call is sent, and is corrected if it turns
        out not to have started: a resumed run must not start a tool twice.
        """
        call, begun = item.call, False

        def note() -> None:
            nonlocal begun
            begun = True

        invocation = self._invocation(item)
        limit = asyncio.timeout_at(None)  # none while that is recorded
        try:
            await self._progress.move(call_begun(self._progress.state, call.id))
            async with asyncio.timeout_at(deadline) as limit:
                console = partial(self._console, call.id)
                result = await traced_call(self._session, invocation, console, note)
        except (asyncio.CancelledError, TimeoutError) as stopped:
            if not begun:
                self._progress.correct(call_not_begun(self._progress.state, call.id))
            if isinstance(stopped, asyncio.CancelledError) or not limit.expired():
                raise
            why = "the time that the tools of this run have is used up."
            await self._give_up(call, why, self._seconds())
            return
        if self._waits.may_wait and _lacks_approval(result) and not invocation.approved:
            self._progress.correct(call_not_begun(self._progress.state, call.id))
            self._waits.hold(item)
            return
        if self._mend is not None and _is_misfit(result):
            if unmended is None:
                await self._answer_mended(item, result, deadline)
                return
            await self._progress.move(call_mended(self._progress.state, unmended))
        await self._report(call, result, self._seconds())

    async def _answer_mended(
        self, item: ValidCall, result: ToolResult, deadline: float | None
    ) -> None:
        """Run a call, whose input the tool's own schema refused, as its agent mends it."""
        assert result.failure is not None
        mended = await self._mended(item, result.failure.message)
        if isinstance(mended, InvalidCall):
            failure = replace(result.failure, message=mended.error_text)
            await self._report(item.call, replace(result, failure=failure), self._seconds())
            return
        await self._announce(mended, known=False)
        for allowed in await self._admitted([mended]):
            await self._answer(allowed, deadline, item.call)

    async def _report(
        self,
        call: ToolCall,
        result: ToolResult,
        seconds: float = 0.0,
        waits: Waiting | None = None,
    ) -> None:
        """Close a call with its result; ``waits`` is what it has waited for, if that is it."""
        failure = result.failure
        whole = await shown(result)
        text, whole_bytes = cut_text(whole.text, self._text_limit)
        parts = () if whole_bytes else parts_of(whole.content)
        outcome = ToolOutcome.RETURNED if failure is None else ToolOutcome.FAILED
        if not result.begun:
            outcome = ToolOutcome.NOT_STARTED
        size = len(result.output_json if result.model_output_json else whole.text)
        told: Event = ToolOutputAvailable(call.id, result.output, size)
        if failure is not None:
            told = ToolOutputError(call.id, text, failure)
        message = ToolMessage(call.id, call.tool, text, whole.form, whole_bytes, parts)
        kept = ""
        if self._progress.state.hooks is not None and (result.model_output_json or whole_bytes):
            kept = result.output_json or await dumps_json(result.output)
        ending = self._tools.ending_of(call.tool, failure)
        state = call_ended(self._progress.state, outcome, message, seconds, ending)
        if kept and failure is None:
            state = output_kept(state, call.id, kept)
        events: list[Event] = [told, ToolUsageEvent(call.id, result.usage)]
        if waits is not None:
            state = with_call(state, call.id, waits=None)
            events.insert(0, InputAnswered(waits.input_id, InputOutcome.RESULT))
        await self._progress.move(state, *events)

    async def _give_up(self, call: ToolCall, why: str, seconds: float = 0.0) -> None:
        """Close a call that was stopped or is not started."""
        failure = ToolFailure(FailureKind.CANCELLED, f"It was stopped: {why}")
        events: list[Event] = [ToolOutputError(call.id, failure_text(failure), failure)]
        waits = self._pending(call).waits
        state = call_given_up(self._progress.state, call.id, seconds)
        if waits is not None:
            state = with_call(state, call.id, waits=None)
            events.insert(0, InputAnswered(waits.input_id, InputOutcome.DENIED))
        await self._progress.move(state, *events)

    def _seconds(self) -> float:
        """Return how long the calls of this step have run."""
        return self._clock.monotonic() - self._began_s

    async def _console(self, call_id: str, line: ConsoleLine) -> None:
        await self._emit(ToolConsole(call_id, line))


def _is_misfit(result: ToolResult) -> bool:
    """Tell whether the tool's own schema refused the input, so that the tool did not run."""
    return result.failure is not None and result.failure.kind is FailureKind.INVALID_INPUT


def _lacks_approval(result: ToolResult) -> bool:
    """Tell whether a person's approval is all that a call lacked, so that its tool did not run."""
    failure = result.failure
    return failure is not None and failure.may_approve and not result.begun
