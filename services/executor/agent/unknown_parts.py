"""What a run does not know of its agent until the bundle's own code has told it."""

from __future__ import annotations

from collections.abc import Sequence

from services.executor.agent_parts import AgentPart, AskedPart
from services.executor.domain import AgentSpec, RunRequest
from services.executor.errors import AgentUnresolvedError, FieldViolation

MAX_FAILURE = 600


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


def unresolved(agent: AgentSpec, parts: Sequence[AgentPart], reason: str) -> AgentUnresolvedError:
    """Return why a run of an agent cannot begin; the reason is a clause."""
    names = " and ".join(part.value for part in parts)
    message = (
        f'The agent "{agent.key[:128]}" cannot run: its {names} come from the bundle\'s own code, '
        f"and {reason[:MAX_FAILURE]}."
    )
    return AgentUnresolvedError(message, violations=(FieldViolation("spec.agent", message),))
