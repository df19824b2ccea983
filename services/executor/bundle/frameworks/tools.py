"""What a tool's definition looks like, however it was made: ``createTool``, ``tool``, a literal."""

from __future__ import annotations

from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.frameworks.shapes import candidates
from services.executor.bundle.values import ObjectValue, Value

SCHEMA_KEYS = ("inputSchema", "parameters", "schema")


def tool_of(evaluator: Evaluator, value: Value) -> ObjectValue | None:
    """Return the object that defines a tool, or None.

    An object with a schema and ``execute`` is preferred to one that has just one of them: a helper
    may add what it is not given.
    """
    best: ObjectValue | None = None
    best_score = 0
    for candidate in candidates(evaluator, value):
        score = _score(candidate)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _score(candidate: ObjectValue) -> int:
    keys = candidate.entries().keys()
    schema = any(key in keys for key in SCHEMA_KEYS)
    if not schema and "execute" not in keys:
        return 0
    return 2 * schema + 2 * ("execute" in keys) + ("description" in keys)
