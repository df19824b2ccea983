"""Recognises an agent of any framework, however it was made."""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ANY,
    CallValue,
    Changed,
    ClassValue,
    ImportRef,
    ObjectValue,
    OpaqueRest,
    Value,
)
from services.executor.bundle.frameworks.construction import Making, makings
from services.executor.bundle.frameworks.evidence import class_framework, framework_of
from services.executor.bundle.frameworks.framework import FoundAgent, Framework
from services.executor.bundle.frameworks.registry import (
    COPY_METHODS,
    FRAMEWORKS,
    framework_of_module,
)
from services.executor.bundle.frameworks.subclasses import subclass_changes


def agent_of(evaluator: Evaluator, key: str, value: Value) -> FoundAgent | None:
    """Return the agent that ``value`` is, or None.

    The step nearest to the framework that holds a definition counts, since a helper may add to
    what it is given.
    """
    copy = _copied(evaluator, key, value)
    if copy is not None:
        changes = value.changes() if isinstance(value, CallValue) and value.changes else None
        return copy if changes is None else with_changes(evaluator, copy, changes)
    steps = tuple(makings(evaluator, value))
    found = _made(evaluator, key, value, steps)
    if found is None:
        return None
    of_classes = subclass_changes(steps, found.framework)
    for step in reversed(steps):
        if (of_class := of_classes.get(step)) is not None:
            found = _with(evaluator, found, of_class)
        changes = None if step.changes is None else step.changes()
        found = found if changes is None else with_changes(evaluator, found, changes)
    return found


def with_changes(evaluator: Evaluator, agent: FoundAgent, changes: Changed) -> FoundAgent:
    """Return an agent with what is set on it, or on the definition that it keeps."""
    for name in agent.framework.agents.definitions:
        below = changes.below.get(name, {})
        thunk = changes.entries().get(name)
        below = below if thunk is None else {ANY: thunk.node}
        changes = replace(changes, uncertain={**changes.uncertain, **below})
    return _with(evaluator, agent, changes)


def _with(evaluator: Evaluator, agent: FoundAgent, given: ObjectValue) -> FoundAgent:
    """Return an agent for which what is given counts before its definition."""
    config = (given, *agent.config)
    settings = (*agent.framework.agents.copy_settings(evaluator, agent, given), *config)
    return replace(agent, config=config, settings=settings)


def _made(
    evaluator: Evaluator, key: str, value: Value, steps: tuple[Making, ...]
) -> FoundAgent | None:
    evidence = (framework_of(evaluator, step.callee) for step in reversed(steps))
    framework = next((found for found in evidence if found is not None), None)
    for step in reversed(steps):
        for config in step.objects:
            found = _agent(evaluator, key, value, config, framework, step)
            if found is not None:
                return found
    return None if framework is None else _unread(key, value, steps, framework)


def _unread(
    key: str, value: Value, steps: tuple[Making, ...], framework: Framework
) -> FoundAgent | None:
    """Return the agent that is constructed with something that cannot be read."""
    for step in reversed(steps):
        if step.unread is not None and _constructs(framework, step):
            rest = ObjectValue((OpaqueRest(step.unread),), value.node)
            return FoundAgent(key, value.node, value, framework, (rest,), (rest,))
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
    return replace(_with(evaluator, base, given), node=value.node, value=value)


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
    if _makes_none(step):
        return None
    for framework in FRAMEWORKS:
        made = framework.agents.kept(evaluator, config)
        if made:
            return FoundAgent(key, node, value, framework, made, made)
    if known is None:
        found = _by_shape(evaluator, config, is_new=step.is_new)
    else:
        is_agent = config.entries().keys() & known.agents.keys or _constructs(known, step)
        found = known if is_agent else None
    if found is None:
        return None
    settings = found.agents.settings(evaluator, config)
    return FoundAgent(key, node, value, found, (config,), settings)


def _makes_none(step: Making) -> bool:
    """Tell whether a step calls what a framework has beside agents, such as ``streamText``."""
    if step.is_new or not isinstance(step.callee, ImportRef) or not step.callee.path:
        return False
    framework = framework_of_module(step.callee.specifier)
    return framework is not None and step.callee.path[-1] in framework.agents.others


def is_agent_class(value: Value) -> bool:
    """Tell whether a value is a framework's own class of agents."""
    if isinstance(value, ClassValue):
        return class_framework(value) is not None
    if not isinstance(value, ImportRef):
        return False
    framework = framework_of_module(value.specifier)
    return framework is not None and _is_named(framework, value.path)


def _constructs(framework: Framework, step: Making) -> bool:
    """Tell whether a step makes an instance of the framework's own class of agents."""
    callee = step.callee
    if isinstance(callee, ClassValue):
        return step.is_new and class_framework(callee) is framework
    if not isinstance(callee, ImportRef):
        return False
    if step.is_new:
        return _is_named(framework, callee.path)
    return callee.path[-1:] == ("create",) and _is_named(framework, callee.path[:-1])


def _is_named(framework: Framework, path: tuple[str, ...]) -> bool:
    return bool(path) and path[-1] in framework.agents.classes


def _by_shape(evaluator: Evaluator, config: ObjectValue, *, is_new: bool) -> Framework | None:
    """Return the framework of a definition that was passed to an unknown callee."""
    likely = (f for f in FRAMEWORKS if f.agents.looks_like(evaluator, config, is_new))
    return next(likely, None)
