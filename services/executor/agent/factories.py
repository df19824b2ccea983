"""The agent of a request: arguments for the function that makes it, and what concerns it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from services.executor.agent_parts import AgentPart, AskedPart
from services.executor.bundle.intake.answered_settings import ALL_SETTINGS
from services.executor.domain import AgentSpec, Diagnostic, Json, Manifest, UnreadSchema
from services.executor.errors import FieldViolation, RequestError

FIELD = "spec.agent_arguments"
_OF_ARGUMENTS = "its function makes it of the arguments of the request"


def with_arguments(
    agent: AgentSpec, arguments: Sequence[Json] | None, *, may_ask: bool = False
) -> AgentSpec:
    """Return the agent that its function makes of the arguments; its key has them.

    Args:
        agent: the agent of the manifest.
        arguments: what the function is called with; None for an agent that needs none.
        may_ask: whether the sandbox may be asked what they change of the agent.

    Raises:
        RequestError: no function makes the agent, or arguments change what was read of it and
            nobody may be asked.
    """
    if not arguments:
        return agent
    if agent.factory is None:
        raise _wrong(
            f'The agent "{agent.key[:128]}" is not made by a function: it takes no arguments.'
        )
    if agent.factory.varies and not may_ask:
        raise _wrong(
            f'Arguments change what the agent "{agent.key[:128]}" is: its instructions, its model '
            "or its tools depend on them. Run it without arguments, or export the agent that the "
            "function makes of them."
        )
    given = ",".join(json.dumps(each, ensure_ascii=False) for each in arguments)
    made = replace(agent, key=f"{agent.key.removesuffix('()')}({given})")
    return _unread(made) if agent.factory.varies else made


def _unread(agent: AgentSpec) -> AgentSpec:
    """Return an agent all parts of which are asked; what restricts its tools in source stays."""
    path = f"agents.{agent.key}"
    paths = {part: f"{path}.{part.value}" for part in AgentPart}
    paths[AgentPart.SETTINGS] = f"{path}.{ALL_SETTINGS}"
    tools = {
        key: tool
        if tool.disabled
        else replace(tool, disabled=True, unread_schema=UnreadSchema(path, _OF_ARGUMENTS))
        for key, tool in agent.tools.items()
    }
    asked = tuple(AskedPart(part, where, _OF_ARGUMENTS) for part, where in paths.items())
    return replace(agent, tools=tools, asked=asked)


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
