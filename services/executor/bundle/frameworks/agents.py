"""Recognises an agent of any framework, however it was made."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import CallValue, ObjectValue, Value
from services.executor.bundle.frameworks.construction import Making, makings
from services.executor.bundle.frameworks.evidence import framework_of
from services.executor.bundle.frameworks.framework import FoundAgent, Framework
from services.executor.bundle.frameworks.registry import COPY_METHODS, FRAMEWORKS


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
    """Return the agent of ``agent.clone({...})``; what is passed overrides the original."""
    if not isinstance(value, CallValue) or value.method not in COPY_METHODS:
        return None
    if value.receiver is None or not value.arguments:
        return None
    base = agent_of(evaluator, key, evaluator.value_of(value.receiver))
    if base is None or base.framework.agents.copy_method != value.method:
        return None
    given = evaluator.forced(evaluator.value_of(value.arguments[0]))
    if not isinstance(given, ObjectValue):
        return None
    config = (given, *base.config)
    settings = (*base.framework.agents.copy_settings(evaluator, base, given), *config)
    return FoundAgent(key, value.node, value, base.framework, config, settings)


def looks_like_agent(config: ObjectValue) -> bool:
    """Tell whether an object is an agent's definition rather than a container of agents."""
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
    for framework in FRAMEWORKS:
        made = framework.agents.kept(evaluator, config)
        if made:
            return FoundAgent(key, node, value, framework, made, made)
    if known is None:
        found = _by_shape(evaluator, config, is_new=step.is_new)
    else:
        found = known if config.entries().keys() & known.agents.keys else None
    if found is None:
        return None
    settings = found.agents.settings(evaluator, config)
    return FoundAgent(key, node, value, found, (config,), settings)


def _by_shape(evaluator: Evaluator, config: ObjectValue, *, is_new: bool) -> Framework | None:
    """Return the framework of a definition that was passed to an unknown callee."""
    likely = (f for f in FRAMEWORKS if f.agents.looks_like(evaluator, config, is_new))
    return next(likely, None)
