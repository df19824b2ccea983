"""What a tool's definition looks like, however it was made: by a call, or as a literal."""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ANY,
    CallValue,
    Changed,
    Constant,
    ImportRef,
    MemberValue,
    ObjectValue,
    Value,
)
from services.executor.bundle.frameworks.construction import makings
from services.executor.bundle.frameworks.framework import FoundTool, Framework
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.registry import FRAMEWORKS, HOSTED_TYPES
from services.executor.bundle.frameworks.shapes import candidates

_WORKERS = frozenset({"computer", "editor", "execute", "shell"})
SCHEMA_KEYS = ("inputSchema", "parameters", "schema")


def tool_of(evaluator: Evaluator, value: Value, framework: Framework) -> FoundTool | None:
    """Return what defines a tool of an agent of ``framework``, or None.

    An object with a schema and ``execute`` is preferred to one with only one of them: a helper
    may add what it is not given.
    """
    found = _defined(evaluator, value, framework)
    if found is None:
        return None
    for step in reversed(tuple(makings(evaluator, value))):
        changes = None if step.changes is None else step.changes()
        found = found if changes is None else _changed(found, changes)
    if found.definition.uncertain.keys() & {"execute", ANY}:
        return replace(found, execute=None)
    return found


def _changed(found: FoundTool, changes: Changed) -> FoundTool:
    """Return a tool with what is set on it; what is pushed to its lists is not known."""
    grown = {name: items[0].node for name, items in changes.grown.items()}
    definition = replace(
        found.definition,
        parts=(*found.definition.parts, *changes.parts),
        uncertain={**found.definition.uncertain, **grown, **changes.uncertain},
    )
    return FoundTool(definition, changes.entries().get("execute", found.execute))


def _defined(evaluator: Evaluator, value: Value, framework: Framework) -> FoundTool | None:
    own = framework.tools.find(evaluator, value)
    if own is not None:
        return own
    best: ObjectValue | None = None
    best_score = 0
    for candidate in candidates(evaluator, value):
        score = _score(candidate)
        if score > best_score:
            best, best_score = candidate, score
    return None if best is None else FoundTool(best, best.entries().get("execute"))


def _score(candidate: ObjectValue) -> int:
    keys = candidate.entries().keys()
    schema = any(key in keys for key in SCHEMA_KEYS)
    if not schema and "execute" not in keys:
        return 0
    return 2 * schema + 2 * ("execute" in keys) + ("description" in keys)


def is_hosted(evaluator: Evaluator, value: Value) -> bool:
    """Tell whether a tool runs at the model's provider, such as ``openai.tools.webSearch()``."""
    if not isinstance(value, CallValue):
        return False
    if any(framework.tools.is_hosted(evaluator, value) for framework in FRAMEWORKS):
        return True
    if isinstance(_root(evaluator.value_of(value.callee)), ImportRef):
        return False
    for candidate in candidates(evaluator, value):
        kind = part(evaluator, (candidate,), "type")
        if isinstance(kind, Constant) and kind.value in HOSTED_TYPES:
            return True
    return False


def is_local(evaluator: Evaluator, call: Value) -> bool:
    """Tell whether a provider's tool runs beside the agent: it is given what does its work."""
    if not isinstance(call, CallValue) or not call.arguments:
        return False
    given = evaluator.forced(evaluator.value_of(call.arguments[0]))
    return isinstance(given, ObjectValue) and bool(given.entries().keys() & _WORKERS)


def _root(callee: Value) -> Value:
    while isinstance(callee, MemberValue):
        callee = callee.target
    return callee
