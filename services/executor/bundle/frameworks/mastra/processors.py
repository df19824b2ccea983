"""Mastra's own processors: those that ask a model of their own are refused."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    ImportRef,
    MemberValue,
    Value,
)
from services.executor.bundle.frameworks.framework import FoundAgent, package_of
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.syntax.diagnostics import Diagnostics

_PACKAGE = "@mastra/core"
_ASKING = frozenset(
    {
        "LanguageDetector",
        "ModerationProcessor",
        "PIIDetector",
        "PromptInjectionDetector",
        "StructuredOutputProcessor",
        "SystemPromptScrubber",
    }
)


def refuse_asking_processors(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> None:
    """Refuse an agent with a processor that asks a model."""
    for name in ("inputProcessors", "outputProcessors"):
        value = part(evaluator, agent.settings, name)
        if not isinstance(value, ArrayValue):
            continue
        for at, item in enumerate(value.items):
            made = _class_of(evaluator, evaluator.value_of(item))
            if made in _ASKING:
                reason = f"`{made}` asks a model of its own, which the sandbox does not do"
                diagnostics.refuse(f"{path}.{name}[{at}]", reason, item.node)


def _class_of(evaluator: Evaluator, value: Value) -> str:
    """Return the name of the export of Mastra whose instance a value is, empty for others."""
    if not isinstance(value, CallValue):
        return ""
    callee: Value = evaluator.value_of(value.callee)
    while isinstance(callee, MemberValue):
        callee = callee.target
    if not isinstance(callee, ImportRef) or package_of(callee.specifier) != _PACKAGE:
        return ""
    return callee.path[-1] if callee.path else ""
