"""Lightfast: ``createAgent({name, system, model, tools, createRuntimeContext, ...})``.

It runs on the AI SDK, and its agents take the SDK's settings and models. Finished agents keep
their own settings apart from those, in two objects.
"""

from __future__ import annotations

import re

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ObjectValue
from services.executor.bundle.frameworks.ai_sdk.framework import AI_SDK
from services.executor.bundle.frameworks.framework import AgentForm, Framework, ToolForm
from services.executor.bundle.frameworks.lightfast.settings import CONFIGS, SETTINGS
from services.executor.bundle.frameworks.parts import object_part

MARKS = frozenset({"system", "instructions", "tools", "createRuntimeContext", "maxSteps"})


def _kept(evaluator: Evaluator, whole: ObjectValue) -> tuple[ObjectValue, ...]:
    """Return the two objects that an agent keeps, none when ``whole`` is not a finished agent."""
    if not whole.entries().keys() & set(CONFIGS):
        return ()
    found = (object_part(evaluator, (whole,), name) for name in CONFIGS)
    return tuple(config for config in found if config is not None)


def _looks_like(_: Evaluator, config: ObjectValue, is_new: bool) -> bool:
    keys = config.entries().keys()
    return not is_new and "model" in keys and bool(keys & MARKS)


LIGHTFAST = Framework(
    name="lightfast",
    label="Lightfast",
    example="createLightfast({agents: {key: createAgent({model, system, tools})}})",
    packages=frozenset({"lightfast"}),
    brought=re.compile(r"^lightfast(?:/.+)?$"),
    agents=AgentForm(looks_like=_looks_like, kept=_kept, definitions=frozenset(CONFIGS)),
    tools=ToolForm(client_side=True),
    settings=SETTINGS,
    read_model=AI_SDK.read_model,
    stops=AI_SDK.stops,
    answer=AI_SDK.answer,
)
