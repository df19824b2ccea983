"""The end of a run and its session: what is saved of it, and what its last event then says."""

from __future__ import annotations

from dataclasses import replace

from services.executor.agent.endings import shown_error
from services.executor.agent.kept import is_unchecked, kept_of
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import Saving
from services.executor.agent.state import RunState
from services.executor.domain import AgentSpec
from services.executor.errors import ExecutorError
from services.executor.events import Abort, Error, Finish, Terminal


async def saving_of(
    plan: RunPlan, latest: RunPlan, state: RunState | None, terminal: Terminal
) -> Saving | None:
    """Return what the session is to keep of a run, None for nothing.

    For a stopped run, these are the messages so far; for one that failed before completing a step,
    none, so that the same request can be sent again.

    Args:
        plan: the run's plan.
        latest: the last one that was used, which is not yet that of the agent whose turn it is
            where a run is stopped before it goes on from its state.
        state: the last state; None for a run that has not got to its first.
        terminal: how the run ends, with all its effects.
    """
    fails = isinstance(terminal, Error) and not terminal.effects.steps
    if plan.session is None or fails:
        return None
    agent = await _speaking(plan, latest, state)
    if agent is None or is_unchecked(agent, state):
        return None
    cut_off = isinstance(terminal, Abort)
    said = (plan.message,) if state is None else kept_of(agent, state, cut_off=cut_off)
    speaker = "" if state is None else state.agent or plan.agent.key
    return Saving(plan.session, tuple(said), plan.client, speaker)


async def _speaking(plan: RunPlan, latest: RunPlan, state: RunState | None) -> AgentSpec | None:
    """Return the agent whose turn it is, None if it is not known: it may check what is kept."""
    key = plan.agent.key if state is None else state.agent or plan.agent.key
    known = {each.agent.key: each.agent for each in (plan, latest)}
    if key in known or plan.plan_other is None:
        return known.get(key)
    try:
        other = await plan.plan_other(key)
    except ExecutorError:
        return None
    return other.agent if other.unknown is None else None


def saved(terminal: Terminal) -> Terminal:
    """Return the end of a run whose session has what was said."""
    return replace(terminal, effects=replace(terminal.effects, session_saved=True))


def unsaved(terminal: Terminal, error: BaseException, run_id: str) -> Terminal:
    """Return the end of a run whose messages could not be saved: it fails if it was complete."""
    effects = replace(terminal.effects, session_saved=False)
    shown = shown_error(error, run_id)
    if isinstance(terminal, Finish):
        return Error(shown, effects)
    return replace(terminal, effects=effects)
