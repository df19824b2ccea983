"""Arguments of a request for the function that makes its agent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from services.executor.domain import AgentSpec, Json
from services.executor.errors import FieldViolation, RequestError

FIELD = "spec.agent_arguments"


def with_arguments(agent: AgentSpec, arguments: Sequence[Json] | None) -> AgentSpec:
    """Return the agent that its function makes of the arguments; its key has them.

    Args:
        agent: the agent of the manifest.
        arguments: what the function is called with; None for an agent that needs none.

    Raises:
        RequestError: no function makes the agent, or arguments change what was read of it.
    """
    if not arguments:
        return agent
    if agent.factory is None:
        raise _wrong(
            f'The agent "{agent.key[:128]}" is not made by a function: it takes no arguments.'
        )
    if agent.factory.varies:
        raise _wrong(
            f'Arguments change what the agent "{agent.key[:128]}" is: its instructions, its model '
            "or its tools depend on them. Run it without arguments, or export the agent that the "
            "function makes of them."
        )
    given = ",".join(json.dumps(each, ensure_ascii=False) for each in arguments)
    return replace(agent, key=f"{agent.key.removesuffix('()')}({given})")


def _wrong(message: str) -> RequestError:
    return RequestError(message, violations=(FieldViolation(FIELD, message),))
