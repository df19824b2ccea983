"""Random schedules on virtual time: whatever happens, the rules hold."""

from __future__ import annotations

from typing import get_args

from services.executor import errors
from services.executor.budgets import BudgetKind
from services.executor.conversation import FinishReason
from services.executor.events import (
    Abort,
    AbortCause,
    Error,
    Event,
    Finish,
    ScopeEnded,
    ScopeStarted,
    ToolOutcome,
    ToolRequest,
)
from services.executor.lifecycle_events import (
    InputAnswered,
    InputRequired,
    RunResumed,
    StepRestarted,
    ToolOutputDenied,
)
from services.executor.model_events import ToolModelQuery
from tests.simulation.chance import world_script
from tests.simulation.play import play
from tests.simulation.records import Ran
from tests.simulation.running import run_each_step, run_seed

LOOKED_AT = 1000
FAILURES = {
    *(errors.BundleLoadError, errors.InternalError, errors.InvalidCallsError),
    *(errors.InvalidOutputError, errors.ModelAuthError, errors.ModelRateLimitError),
    *(errors.ModelRefusedError, errors.ModelUnavailableError, errors.RequestError),
    *(errors.RunTimeoutError, errors.RunnerUnavailableError, errors.UnknownModelError),
}


def test_rules_hold_in_random_schedules(seeds: range) -> None:
    for seed in seeds:
        run_seed(seed)


def test_run_can_be_stopped_at_every_await_point(seed: int) -> None:
    """Before each callback of the loop, when every task waits: by an abort, and by its reader."""
    assert run_each_step(seed) > 1


def test_same_seed_gives_same_schedule() -> None:
    first, second = run_seed(7), run_seed(7)
    assert first.steps == second.steps
    assert [ran.events for ran in first.runs] == [ran.events for ran in second.runs]


def reached(ran: Ran) -> set[object]:
    """How a run ended, and what became of its calls."""
    terminal = ran.terminal
    found: set[object] = {type(ran.refused), *(type(event.event) for _, event in ran.events)}
    if terminal is not None:
        found |= {each.outcome for each in terminal.effects.tool_calls}
    if isinstance(terminal, Abort):
        found.add(terminal.cause)
    elif isinstance(terminal, Error):
        found.add(type(terminal.error))
    elif isinstance(terminal, Finish):
        found |= {terminal.finish_reason, terminal.budget and terminal.budget.kind}
    return found


def test_schedules_reach_every_outcome() -> None:
    """Rules that hold of nothing would be worth nothing."""
    found: set[object] = set()
    for seed in range(LOOKED_AT):
        for ran in play(world_script(seed)).runs:
            found |= reached(ran)
    wanted = {*AbortCause, *BudgetKind, *ToolOutcome, *FAILURES, errors.SessionBusyError}
    wanted |= {*FinishReason} - {FinishReason.OTHER}
    # Trees of agents have the events of scopes, and runs that are resumed those of a recorded life.
    wanted |= {*get_args(Event)} - {ScopeEnded, ScopeStarted, ToolModelQuery, ToolRequest}
    wanted -= {InputAnswered, InputRequired, RunResumed, StepRestarted, ToolOutputDenied}
    assert not wanted - found
