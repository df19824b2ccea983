"""The state that a new run begins with: its conversation so far, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.executor.agent.cast import Cast
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import Emit, SessionStore
from services.executor.agent.remembered import Earlier
from services.executor.agent.state import Handed, RunState
from services.executor.events import AgentChanged


async def first_state(
    plan: RunPlan,
    cast: Cast,
    sessions: SessionStore,
    emit: Emit,
    earlier: Earlier,
    elapsed_s: Callable[[], float],
) -> RunState:
    """Return the first state of a run that has its session's turn.

    A session goes on with the agent that spoke last, unless the request names one; clients are
    told if that is another one than the plan's.

    Raises:
        ExecutorError: the agent that spoke last cannot be planned.
    """
    handed: tuple[Handed, ...] = ()
    if plan.session is not None:
        own = plan.agent.key
        speaker = await sessions.speaker(plan.session) if plan.follows else ""
        if speaker != own and speaker in plan.bundle.manifest.agents:
            handed = (Handed(0, speaker),)
            model = (await cast.plan_of(speaker)).models[0].model
            await emit(AgentChanged(speaker, model, own))
    return replace(earlier.first_state(plan, elapsed_s()), handed=handed)
