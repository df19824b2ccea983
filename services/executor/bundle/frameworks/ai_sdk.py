"""Recognises the AI SDK: exported agents, ``new ToolLoopAgent({model, instructions, tools})``.

Known by the import of ``ai``, or by the shape of the argument when ``ai`` is bundled in and its
class has lost its name. An agent's key is the name of the export; a named one before ``default``.
"""

from __future__ import annotations

from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.frameworks.agents import agent_of
from services.executor.bundle.frameworks.found import FoundAgent, FoundAgents
from services.executor.bundle.values import CallValue, ObjectValue, Thunk, Value


def ai_sdk_agents(evaluator: Evaluator, exports: dict[str, Thunk]) -> FoundAgents | None:
    """Return the agents among the exports, or None when there is none."""
    agents: list[FoundAgent] = []
    seen: set[int] = set()
    for name in sorted(exports, key=lambda name: name == "default"):
        value = evaluator.value_of(exports[name])
        if not isinstance(value, (CallValue, ObjectValue)) or _identity(value) in seen:
            continue
        agent = agent_of(evaluator, name, value)
        if agent is not None:
            seen.add(_identity(value))
            agents.append(agent)
    return FoundAgents(tuple(agents)) if agents else None


def _identity(value: Value) -> int:
    """Return the same number for values made at the same place."""
    return id(value.node)
