"""The approvals that an agent requires for calls of its tools: of some of them, or of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ANY, Constant, ObjectValue, Value
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.registry import (
    AGENT_APPROVAL_KEYS,
    AGENT_APPROVALS_ASKED,
    known_settings,
)
from services.executor.bundle.frameworks.setting_table import Handling, Level
from services.executor.bundle.manifest.tool_settings import APPROVAL
from services.executor.bundle.manifest.unread_parts import is_empty, settings_of
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import ToolSpec

# What the AI SDK calls a tool whose calls need none.
_FREE = frozenset({"approved", "not-applicable"})


def with_approvals(
    evaluator: Evaluator,
    agent: FoundAgent,
    tools: Mapping[str, ToolSpec],
    path: str,
    diagnostics: Diagnostics,
) -> dict[str, ToolSpec]:
    """Return the tools, those whose calls the agent wants approved with ``needs_approval``.

    What cannot be read, and what a function decides, counts as wanting it; the sandbox asks those
    of ``AGENT_APPROVALS_ASKED`` in each call.
    """
    found = dict(tools)
    asked = _asked(evaluator, agent)
    if asked:
        found = {key: _gated(tool, asked) for key, tool in found.items()}
    always: set[str] = set()
    for name in AGENT_APPROVAL_KEYS:
        for whole in dict.fromkeys((*agent.settings, *agent.config)):
            value = part(evaluator, (whole,), name)
            value = None if value is None else evaluator.forced(value)
            if value is None or is_empty(value):
                continue
            for key in _named(evaluator, value, found, f"{path}.{name}", diagnostics):
                # The sandbox does not know those that it is not asked for: they go before its word.
                always |= {key} if name not in AGENT_APPROVALS_ASKED else set()
                is_asked = key not in always
                found[key] = replace(found[key], needs_approval=True, approval_asked=is_asked)
    return found


def _gated(tool: ToolSpec, asked: list[str]) -> ToolSpec:
    """Return a tool with what of its agent is asked, whose word on approvals goes first."""
    is_asked = tool.approval_asked or (
        tool.needs_approval and not AGENT_APPROVALS_ASKED.isdisjoint(asked)
    )
    return replace(tool, gates=(*tool.gates, *asked), approval_asked=is_asked)


def _asked(evaluator: Evaluator, agent: FoundAgent) -> list[str]:
    """Return the settings of the agent that the sandbox asks in calls of its tools."""
    known = known_settings(agent.framework, Level.AGENT)
    names = sorted({given.name for given in settings_of(evaluator, agent)})
    return [name for name in names if name in known and known[name].handling is Handling.ASKED]


def _named(
    evaluator: Evaluator,
    value: Value,
    tools: Mapping[str, ToolSpec],
    path: str,
    diagnostics: Diagnostics,
) -> list[str]:
    """Return the keys of the tools that a setting names: all of them, or those in an object."""
    if not isinstance(value, ObjectValue) or value.opaque() or ANY in value.uncertain:
        reason = f"calls of every tool may need {APPROVAL}"
        diagnostics.warning(path, reason, value.node)
        return list(tools)
    named: list[str] = []
    for key in dict.fromkeys((*value.entries(), *value.uncertain)):
        inner = part(evaluator, (value,), key)
        status = None if inner is None else evaluator.forced(inner)
        if status is None or _is_free(evaluator, status):
            continue
        if key not in tools:
            diagnostics.warning(f"{path}.{key}", f"the agent has no tool `{key}`", status.node)
            continue
        reason = f"calls of `{key}` need {APPROVAL}"
        diagnostics.warning(f"{path}.{key}", reason, status.node)
        named.append(key)
    return named


def _is_free(evaluator: Evaluator, status: Value) -> bool:
    if isinstance(status, ObjectValue) and not status.opaque() and not status.uncertain:
        inner = part(evaluator, (status,), "type")
        status = status if inner is None else evaluator.forced(inner)
    return is_empty(status) or (isinstance(status, Constant) and status.value in _FREE)
