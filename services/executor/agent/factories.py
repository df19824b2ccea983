"""The agent of a request: arguments for the function that makes it, and what concerns it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from services.executor.domain import AgentSpec, Diagnostic, Json, Manifest
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


def declared_key(agent: AgentSpec) -> str:
    """Return the agent's key in the manifest, without arguments."""
    return agent.key if agent.factory is None else f"{agent.key.partition('(')[0]}()"


def diagnostics_of(manifest: Manifest, agent: AgentSpec) -> list[Diagnostic]:
    """Return the diagnostics of a manifest that concern an agent: its own, and the bundle's."""
    own = declared_key(agent)
    found: list[Diagnostic] = []
    for each in manifest.diagnostics:
        path = each.path.removeprefix("agents.")
        if path == each.path or _owner(manifest, path) == own:
            found.append(each)
    return found


def _owner(manifest: Manifest, path: str) -> str:
    """Return the key of the agent that a path leads into: keys may have dots themselves."""
    keys = (
        key for key in manifest.agents if path == key or path.startswith((f"{key}.", f"{key}["))
    )
    return max(keys, key=len, default="")


def _wrong(message: str) -> RequestError:
    return RequestError(message, violations=(FieldViolation(FIELD, message),))
