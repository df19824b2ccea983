"""What a run does next: a pure function of plan and state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from services.executor.agent.agent_rules import stops_after
from services.executor.agent.budget import Budget, calls_allowed, steps_left, tool_time_left
from services.executor.agent.output_schema import OutputSchema, ReadOutput
from services.executor.agent.state import RunEnding, RunState
from services.executor.agent.waiting import Waiting
from services.executor.agent_parts import HookName
from services.executor.budgets import BudgetKind, BudgetReached
from services.executor.conversation import FinishReason, UserMessage
from services.executor.domain import AgentSpec, Json
from services.executor.errors import (
    GuardrailTrippedError,
    InvalidCallsError,
    InvalidOutputError,
    ToolEndedRunError,
)

MAX_INVALID_STEPS = 3
MAX_CORRECTIONS = 1


@dataclass(frozen=True)
class Ask:
    """Query the model."""


@dataclass(frozen=True)
class AskToStop:
    """Ask the bundle's own conditions whether the run ends after the last step."""


@dataclass(frozen=True)
class RunCalls:
    """Run the pending calls; none of them if ``refused`` is set."""

    refused: BudgetReached | None = None


@dataclass(frozen=True)
class Wait:
    """End for now: calls wait for these inputs, and all others that can run have run."""

    inputs: tuple[Waiting, ...]


@dataclass(frozen=True)
class Read:
    """Check the answer against its schema; ``after_reading`` says what comes next."""

    text: str


@dataclass(frozen=True)
class Correct:
    """Ask the model to correct its answer."""

    problems: str


@dataclass(frozen=True)
class End:
    """The run is complete; see ``events.Finish``."""

    reason: FinishReason
    output: tuple[Json] | None = None
    budget: BudgetReached | None = None


Action: TypeAlias = Ask | AskToStop | RunCalls | Wait | Read | Correct | End


def next_action(
    agent: AgentSpec, budget: Budget, output: OutputSchema | None, state: RunState
) -> Action:
    """Return what comes next.

    Raises:
        InvalidCallsError: the model has repeatedly made only invalid calls.
        GuardrailTrippedError, ToolEndedRunError: a failed call ends the run.
    """
    if state.pending:
        inputs = awaited(state)
        if inputs:
            return Wait(inputs)
        return RunCalls(_refused(budget, state))
    if state.ending is not None:
        raise _ended_by(state.ending)
    if state.was_handed:
        return _ask(budget, state)
    if state.refused is not None:
        return End(reason_of(state.refused), budget=state.refused)
    if state.finish_reason is None or isinstance(state.said[-1], UserMessage):
        return _ask(budget, state)
    if not state.last_calls:
        return _end_of_answer(output, state)
    if stops_after(agent, state.last_calls):
        return End(state.finish_reason)
    if _may_stop(agent, state, HookName.TOOL_USE_BEHAVIOR):
        return AskToStop()
    if state.invalid_steps >= MAX_INVALID_STEPS:
        raise InvalidCallsError(
            f"The model made only invalid tool calls in {state.invalid_steps} consecutive steps, "
            "although it was told what was wrong. This is the model's fault; use "
            "another model, or make the schemas of the tools simpler."
        )
    action = _ask(budget, state)
    if isinstance(action, Ask) and _may_stop(agent, state, HookName.STOP_WHEN):
        return AskToStop()
    return action


def awaited(state: RunState) -> tuple[Waiting, ...]:
    """Return what the run waits for, once no other call of the step can run.

    Handoffs are made last: their calls stay open, checked and not begun.
    """
    found: list[Waiting] = []
    for item in state.pending:
        if item.answer is not None:
            continue
        if item.waits is not None:
            found.append(item.waits)
        elif item.is_approved or not item.is_valid or item.is_unknown:
            return ()
    return tuple(found)


def _ended_by(ending: RunEnding) -> GuardrailTrippedError | ToolEndedRunError:
    kind = GuardrailTrippedError if ending.is_tripwire else ToolEndedRunError
    return kind(ending.message)


def _may_stop(agent: AgentSpec, state: RunState, name: HookName) -> bool:
    """Tell whether a hook has not said yet whether the run ends after the last step."""
    if not agent.hooks or state.hooks is None or state.hooks.passed >= state.step:
        return False
    return any(hook.name is name for hook in agent.hooks)


def _ask(budget: Budget, state: RunState) -> Action:
    for reached in (steps_left(budget, state.step), _refused(budget, state)):
        if reached is not None:
            return End(reason_of(reached), budget=reached)
    return Ask()


def _refused(budget: Budget, state: RunState) -> BudgetReached | None:
    """Return the tool budget that is used up, if any."""
    begun = 0 if budget.max_tool_calls is None else state.tool_calls
    return calls_allowed(budget, begun, len(state.pending)) or tool_time_left(
        budget, state.tool_time_s
    )


def reason_of(reached: BudgetReached) -> FinishReason:
    """Return the finish reason of a run that reached this budget."""
    return FinishReason.MAX_STEPS if reached.kind is BudgetKind.STEPS else FinishReason.BUDGET


def _end_of_answer(output: OutputSchema | None, state: RunState) -> Action:
    if output is None or state.last_answer is None:
        return End(state.finish_reason or FinishReason.OTHER)
    return Read(state.last_answer.text)


def after_reading(read: ReadOutput, state: RunState) -> Correct | End:
    """Return what comes next after the answer was read.

    Raises:
        InvalidOutputError: it still does not fit the schema after a correction.
    """
    if read.problems is None:
        return End(state.finish_reason or FinishReason.OTHER, output=(read.value,))
    if state.corrections >= MAX_CORRECTIONS:
        raise InvalidOutputError(
            "The model's answer does not fit the requested JSON Schema, even after a "
            f"correction. This is the model's fault; use another model, or a simpler schema. "
            f"{read.problems}"
        )
    return Correct(read.problems)
