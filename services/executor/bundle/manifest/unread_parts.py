"""Reports the unread parts of a definition: spreads that are not followed, unknown settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ObjectValue, Undefined, Unsupported
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.registry import setting_names
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.syntax import Node

# Settings that are read for every agent.
_READ = frozenset(
    {
        *("activeTools", "description", "experimental_activeTools", "id", "metadata", "model"),
        *("name", "toolChoice", "tools"),
    }
)


def unread_spreads(objects: Iterable[ObjectValue]) -> Iterator[tuple[str, Node]]:
    """Yield each part of ``objects`` that may hold or replace any member: why, and where."""
    for whole in objects:
        for rest in whole.opaque():
            inner = rest.value
            reason = inner.reason if isinstance(inner, Unsupported) else "it cannot be followed"
            reason = f"more is spread in, but {reason}: what it says or replaces is not known"
            yield reason, inner.node
        if (changed := whole.uncertain.get("*")) is not None:
            yield "its members are set at an unknown time", changed


def say_unknown_settings(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> None:
    """Add an agent's settings with unknown names, which nothing reads."""
    names, form = setting_names(agent.framework), agent.framework.agents
    known = _READ.union(names.query, names.not_called, names.not_used, names.read)
    known = known.union(form.instruction_keys, form.description_keys)
    for whole in (*agent.config, *agent.settings):
        for name, thunk in whole.entries().items():
            value = evaluator.value_of(thunk) if name not in known else None
            if value is not None and not isinstance(value, Undefined):
                reason = "Caisson does not know this setting: it is not used"
                diagnostics.info(f"{path}.{name}", reason, value.node)
