"""Says what of a definition nothing reads: spreads that are not followed, and unknown settings."""

from __future__ import annotations

from collections.abc import Iterable

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ObjectValue, Undefined, Unsupported
from services.executor.bundle.frameworks.found import FoundAgent
from services.executor.bundle.frameworks.mastra import DEFAULT_OPTIONS
from services.executor.bundle.manifest.diagnostics import Diagnostics

# What is read of an agent elsewhere, or means nothing where Caisson runs it.
_READ = frozenset(
    {
        *DEFAULT_OPTIONS,
        *("activeTools", "agents", "cache", "createRuntimeContext", "description"),
        *("experimental_activeTools", "experimental_context", "experimental_output"),
        *("handoffDescription", "handoffOutputTypeWarningEnabled", "handoffs", "id"),
        *("instructions", "lightfastConfig", "maxSteps", "mcpConfig", "metadata", "model"),
        *("modelSettings", "name", "output", "outputType", "stopWhen", "structuredOutput"),
        *("subAgents", "system", "toolChoice", "toolUseBehavior", "tools", "vercelConfig"),
    }
)


def say_spreads(objects: Iterable[ObjectValue], path: str, diagnostics: Diagnostics) -> None:
    """Add a warning for each part of ``objects`` that may hold or replace any member."""
    for whole in objects:
        for rest in whole.opaque():
            inner = rest.value
            reason = inner.reason if isinstance(inner, Unsupported) else "it cannot be followed"
            reason = f"more is spread in, but {reason}: what it says or replaces is not known"
            diagnostics.warning(path, reason, inner.node)


def say_unknown_settings(
    evaluator: Evaluator,
    agent: FoundAgent,
    known: frozenset[str],
    path: str,
    diagnostics: Diagnostics,
) -> None:
    """Add what an agent says under names that are neither in ``known`` nor read elsewhere."""
    for whole in (*agent.config, *agent.settings):
        for name, thunk in whole.entries().items():
            if name in known or name in _READ:
                continue
            value = evaluator.value_of(thunk)
            if not isinstance(value, Undefined):
                reason = "Caisson does not know this setting: it is not used"
                diagnostics.info(f"{path}.{name}", reason, value.node)
