"""The AI SDK: ``new ToolLoopAgent({model, instructions, tools, stopWhen, ...settings})``."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import ObjectValue

MARKS = frozenset({"instructions", "system", "tools", "stopWhen", "output"})


def is_ai_sdk(config: ObjectValue) -> bool:
    """Tell whether an object that is handed to some class looks like an agent's settings."""
    keys = config.entries().keys()
    return "model" in keys and bool(keys & MARKS)
