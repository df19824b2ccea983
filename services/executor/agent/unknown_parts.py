"""What a run does not know of its agent until the bundle's own code has told it."""

from __future__ import annotations

from collections.abc import Sequence

from services.executor.agent.plan import RunPlan, UnknownParts
from services.executor.agent.ports import ToolSession
from services.executor.agent.shown_results import where
from services.executor.agent_parts import AgentPart, AskedPart
from services.executor.domain import AgentSpec, ToolFailure
from services.executor.errors import AgentUnresolvedError, FieldViolation
from services.executor.run_request import RunRequest

MAX_FAILURE = 600
ONE = (AgentPart.MODEL.value, AgentPart.DESCRIPTION.value)  # of which an agent has one


def asked_in_run(
    agent: AgentSpec, request: RunRequest, *, is_granted: bool
) -> tuple[AskedPart, ...]:
    """Return what a run must ask: all that is unknown, except a model that the request replaces.

    What depends on granted variables alone is known to a run that is granted none.
    """
    return tuple(
        each
        for each in agent.unknown
        if not (each.part is AgentPart.MODEL and request.model)
        and not (each.if_granted and not is_granted)
    )


async def resolved(plan: RunPlan, unknown: UnknownParts, session: ToolSession) -> RunPlan:
    """Ask the run's sandbox for what is unknown of its agent, and return the whole plan.

    Raises:
        AgentUnresolvedError: the bundle cannot tell what the agent is.
        RunnerUnavailableError, BundleLoadError: it cannot be asked.
    """
    answer = await session.parts(plan.agent.key, unknown.parts, plan.context)
    if isinstance(answer, ToolFailure):
        reason = f"the code failed ({answer.kind.value}): {answer.message}{where(answer)}"
        raise unresolved(plan.agent, unknown.parts, reason)
    return await unknown.planned(answer)


def unresolved(agent: AgentSpec, parts: Sequence[AgentPart], reason: str) -> AgentUnresolvedError:
    """Return why a run of an agent cannot begin; the reason is a clause."""
    names = " and ".join(part.value for part in parts)
    come = "comes" if names in ONE else "come"
    message = (
        f'The agent "{agent.key[:128]}" cannot run: its {names} {come} from the bundle\'s own '
        f"code, and {reason[:MAX_FAILURE]}."
    )
    return AgentUnresolvedError(message, violations=(FieldViolation("spec.agent", message),))
