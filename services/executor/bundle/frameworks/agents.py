"""Recognises one agent, whatever the framework and however it was made."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import CallValue, ObjectValue, Value
from services.executor.bundle.frameworks.ai_sdk import is_ai_sdk
from services.executor.bundle.frameworks.construction import Making, makings
from services.executor.bundle.frameworks.evidence import framework_of
from services.executor.bundle.frameworks.found import FoundAgent
from services.executor.bundle.frameworks.lightfast import is_lightfast, made_configs
from services.executor.bundle.frameworks.mastra import is_mastra, mastra_settings
from services.executor.bundle.frameworks.openai_agents import is_openai_agent, openai_settings
from services.executor.domain import Framework

# What tells a definition from other objects once the framework is known.
_DEFINES = frozenset({"handoffs", "instructions", "model", "system", "tools"})


def agent_of(evaluator: Evaluator, key: str, value: Value) -> FoundAgent | None:
    """Return the agent that ``value`` is, or None.

    The step nearest to the framework that holds a definition counts, since a helper may add to
    what it is given.
    """
    copy = _copied(evaluator, key, value)
    if copy is not None:
        return copy
    steps = tuple(makings(evaluator, value))
    evidence = (framework_of(evaluator, step.callee) for step in reversed(steps))
    framework = next((found for found in evidence if found is not None), None)
    for step in reversed(steps):
        for config in step.objects:
            found = _agent(evaluator, key, value, config, framework, step)
            if found is not None:
                return found
    return None


def _copied(evaluator: Evaluator, key: str, value: Value) -> FoundAgent | None:
    """Return the agent of ``agent.clone({...})``, what is given going before what was."""
    if not isinstance(value, CallValue) or value.method != "clone" or value.receiver is None:
        return None
    base = agent_of(evaluator, key, evaluator.value_of(value.receiver))
    if base is None or base.framework is not Framework.OPENAI_AGENTS or not value.arguments:
        return None
    given = evaluator.forced(evaluator.value_of(value.arguments[0]))
    if not isinstance(given, ObjectValue):
        return None
    config = (given, *base.config)
    settings = openai_settings(evaluator, given)
    if "modelSettings" not in given.entries():
        settings = tuple(whole for whole in base.settings if whole not in base.config)
    settings = (*settings, *config)
    return FoundAgent(key, value.node, value, base.framework, config, settings)


def looks_like_agent(config: ObjectValue) -> bool:
    """Tell whether an object is rather an agent's definition than a holder of agents."""
    keys = config.entries().keys()
    return "model" in keys or "instructions" in keys


def _agent(
    evaluator: Evaluator,
    key: str,
    value: Value,
    config: ObjectValue,
    known: Framework | None,
    step: Making,
) -> FoundAgent | None:
    node = value.node if value.node is not None else config.node
    made = made_configs(evaluator, config)
    if made:
        return FoundAgent(key, node, value, Framework.LIGHTFAST, made, made)
    if known is None:
        framework = _by_shape(evaluator, config, is_new=step.is_new)
    else:
        framework = known if config.entries().keys() & _DEFINES else None
    if framework is None:
        return None
    settings = _settings(evaluator, framework, config)
    return FoundAgent(key, node, value, framework, (config,), settings)


def _by_shape(evaluator: Evaluator, config: ObjectValue, *, is_new: bool) -> Framework | None:
    """Return the framework of a definition that was handed to someone who is not known."""
    keys = config.entries().keys()
    if is_openai_agent(evaluator, config) and keys >= {"instructions", "model"}:
        return Framework.OPENAI_AGENTS
    if not is_new:
        return Framework.LIGHTFAST if is_lightfast(config) else None
    if is_mastra(config):
        return Framework.MASTRA
    return Framework.AI_SDK if is_ai_sdk(config) else None


def _settings(
    evaluator: Evaluator, framework: Framework, config: ObjectValue
) -> tuple[ObjectValue, ...]:
    if framework is Framework.MASTRA:
        return mastra_settings(evaluator, config)
    if framework is Framework.OPENAI_AGENTS:
        return openai_settings(evaluator, config)
    return (config,)
