"""Reads what a wrapper says about its bundle: id, hash and metadata."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import ObjectValue
from services.executor.bundle.syntax.parse import parse_program
from services.executor.domain import Json
from services.executor.errors import BundleError

_LEFT_OUT = frozenset({"config", "execute"})


def read_wrapper(trailer: str) -> dict[str, Json]:
    """Return ``metadata`` of the wrapper's object with its other constants, such as ``id``.

    A wrapper that cannot be parsed is ignored; the module inside is what counts.
    """
    try:
        parsed = parse_program(trailer)
    except BundleError:
        return {}
    exported = [s for s in parsed.program.body if s.type == "ExportDefaultDeclaration"]
    if not exported:
        return {}
    evaluator = Evaluator(parsed.tree)
    value = evaluator.evaluate(exported[-1].declaration, evaluator.root)
    return _constants(evaluator, value) if isinstance(value, ObjectValue) else {}


def _constants(evaluator: Evaluator, whole: ObjectValue) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, thunk in whole.entries().items():
        if key in _LEFT_OUT:
            continue
        try:
            value = json_of(evaluator, evaluator.value_of(thunk))
        except NotLiteralError:
            continue
        if key == "metadata" and isinstance(value, dict):
            found.update(value)
        else:
            found.setdefault(key, value)
    return found
