"""Whether the agents of a bundle can run at all, so that they may be deployed."""

from __future__ import annotations

from services.executor.agent.picking import reached_from
from services.executor.domain import Manifest, Refusal
from services.executor.errors import AgentDisabledError, FieldViolation, NoAgentsError

MAX_TOLD = 10


def check_agents(manifest: Manifest) -> tuple[str, ...]:
    """Return the keys of the agents that can be asked for.

    Raises:
        NoAgentsError: there is none.
        AgentDisabledError: one of them, or one that it hands over to, says what cannot be honoured.
    """
    outer = [agent for agent in manifest.agents.values() if not agent.inner]
    if not outer:
        raise NoAgentsError("The bundle declares no usable agent; see `caisson inspect`.")
    reached = {
        each.key: each for agent in outer for each in (agent, *reached_from(manifest, agent))
    }
    told = [
        f'The agent "{agent.key[:128]}" does not run here. {_where(refusal)}: {refusal.reason}.'
        for agent in reached.values()
        for refusal in agent.refusals
    ]
    if told:
        others = f" There are {len(told) - 1} more such problems." if len(told) > 1 else ""
        raise AgentDisabledError(
            f"The bundle is not deployed. {told[0]}{others}",
            violations=tuple(FieldViolation("bundle", each) for each in told[:MAX_TOLD]),
        )
    return tuple(agent.key for agent in outer)


def _where(refusal: Refusal) -> str:
    line = f" (line {refusal.line}, column {refusal.column})" if refusal.line else ""
    return f"{refusal.path}{line}"
