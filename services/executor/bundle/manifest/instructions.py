"""An agent's texts: its name, its description, and its instructions in every form."""

from __future__ import annotations

from services.executor.agent_parts import AgentPart
from services.executor.bundle.evaluate.calls import apply_function
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    Constant,
    FunctionValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
    is_nullish,
)
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.syntax.diagnostics import Diagnostics

BETWEEN_TEXTS = "\n\n"
MAX_DEPTH = 4


def read_text(
    evaluator: Evaluator,
    value: Value | None,
    path: str,
    diagnostics: Diagnostics,
    instead: str,
    asked: AgentPart | None = None,
) -> str:
    """Return a constant text; empty, with a diagnostic that says what holds instead, for others.

    With ``asked``, the sandbox is asked for that part of the agent, which tells the text.
    """
    if value is None:
        return ""
    value = evaluator.forced(value)
    if isinstance(value, Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, Undefined):
        return ""
    if asked is None:
        diagnostics.warning(path, f"{_no_text(value)}; {instead}", value.node)
    else:
        diagnostics.ask(asked, path, _no_text(value), value.node, otherwise=instead)
    return ""


def read_instructions(
    evaluator: Evaluator, value: Value | None, path: str, diagnostics: Diagnostics
) -> str:
    """Return a text, a message's text, or several of them with an empty line between.

    A function is read as if called with an unknown context: what it returns for every context is
    used. An agent never runs without its instructions: where they cannot be read, the sandbox is
    asked for them.
    """
    if value is None or is_nullish(value):
        return ""
    if isinstance(value, FunctionValue):
        return _returned_text(evaluator, value, path, diagnostics)
    texts = _texts(evaluator, value, MAX_DEPTH)
    if isinstance(texts, Unsupported):
        reason = f"its instructions are not known from source: {texts.reason}"
        diagnostics.ask(AgentPart.INSTRUCTIONS, path, reason, texts.node)
        return ""
    return BETWEEN_TEXTS.join(texts)


def _returned_text(
    evaluator: Evaluator, function: FunctionValue, path: str, diagnostics: Diagnostics
) -> str:
    returned = apply_function(evaluator, function, None, function.node)
    texts = _texts(evaluator, returned, MAX_DEPTH)
    if isinstance(texts, Unsupported):
        reason = "its instructions are a function, and what it returns is not known from source"
        reason = f"{reason}: {texts.reason}"
        diagnostics.ask(AgentPart.INSTRUCTIONS, path, reason, function.node, returned=True)
        return ""
    text = BETWEEN_TEXTS.join(texts)
    if not text:
        # Some frameworks refuse it: they are asked.
        reason = "its instructions are a function, and it returns an empty text"
        diagnostics.ask(AgentPart.INSTRUCTIONS, path, reason, function.node, returned=True)
        return ""
    reason = "it is a function: it returns this text whatever the context"
    diagnostics.info(path, reason, function.node)
    return text


def _texts(evaluator: Evaluator, value: Value, depth: int) -> list[str] | Unsupported:
    """Return the texts of a text, a message ``{role, content}``, or an array of either."""
    value = evaluator.forced(value)
    if isinstance(value, Constant) and isinstance(value.value, str):
        return [value.value]
    if depth == 0:
        return Unsupported("it is nested too deeply", value.node)
    if isinstance(value, ArrayValue) and value.opaque is None:
        return _texts_of_all(evaluator, [evaluator.value_of(i) for i in value.items], depth - 1)
    if isinstance(value, ObjectValue):
        content = part(evaluator, (value,), "content", "text", "parts")
        if content is not None:
            return _texts(evaluator, content, depth - 1)
    return Unsupported(_no_text(value), value.node)


def _texts_of_all(evaluator: Evaluator, values: list[Value], depth: int) -> list[str] | Unsupported:
    found: list[str] = []
    for value in values:
        texts = _texts(evaluator, value, depth)
        if isinstance(texts, Unsupported):
            return texts
        found += texts
    return found


def _no_text(value: Value) -> str:
    return value.reason if isinstance(value, Unsupported) else "it is not a constant string"
