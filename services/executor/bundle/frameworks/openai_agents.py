"""The OpenAI Agents SDK: ``new Agent({name, instructions, model, tools, handoffs, ...})``.

``Agent.create`` takes the same; ``agent.asTool()`` and ``handoff(agent)`` name other agents.
"""

from __future__ import annotations

import re

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ArrayValue, ObjectValue
from services.executor.bundle.frameworks.found import object_part, part

_OWN = frozenset(
    {
        "handoffDescription",
        "handoffs",
        "inputGuardrails",
        "mcpConfig",
        "modelSettings",
        "outputGuardrails",
        "outputType",
        "resetToolChoice",
        "toolUseBehavior",
    }
)


def is_openai_agent(evaluator: Evaluator, config: ObjectValue) -> bool:
    """Tell whether an object that is handed to some class looks like an agent's definition."""
    keys = config.entries().keys()
    if "name" not in keys:
        return False
    tools = part(evaluator, (config,), "tools")
    return bool(keys & _OWN) or isinstance(tools, ArrayValue)


def openai_settings(evaluator: Evaluator, config: ObjectValue) -> tuple[ObjectValue, ...]:
    """Return the objects that hold settings."""
    settings = object_part(evaluator, (config,), "modelSettings")
    return (config,) if settings is None else (settings, config)


def function_name(text: str) -> str:
    """Return the name of a tool that the SDK makes of ``text``: nothing but letters and digits."""
    return re.sub(r"[^a-zA-Z0-9]", "_", text)
