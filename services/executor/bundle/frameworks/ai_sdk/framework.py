"""The AI SDK: ``new ToolLoopAgent({model, instructions, tools, stopWhen, ...settings})``."""

from __future__ import annotations

import re

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    Constant,
    ImportRef,
    MemberValue,
    ObjectValue,
    Undefined,
    Value,
)
from services.executor.bundle.frameworks.ai_sdk.mcp import servers_of
from services.executor.bundle.frameworks.ai_sdk.models import read_model
from services.executor.bundle.frameworks.ai_sdk.settings import SETTINGS
from services.executor.bundle.frameworks.ai_sdk.stops import PACKAGES, read_stops
from services.executor.bundle.frameworks.framework import (
    AgentForm,
    Answer,
    FoundAgent,
    Framework,
    ToolForm,
)
from services.executor.bundle.frameworks.parts import part

_QUERIES = ("generateText", "streamText", "generateObject", "streamObject")
_AGENT_OF_IT = "put its model, system text and tools into `new ToolLoopAgent({...})`"
MARKS = frozenset({"instructions", "system", "tools", "stopWhen", "output"})


def read_answer(evaluator: Evaluator, agent: FoundAgent) -> Answer | None:
    """Return ``output``, which is ``Output.object({schema})`` or the like, or a schema."""
    for name in ("output", "experimental_output"):
        value = part(evaluator, agent.settings, name)
        if value is not None and not isinstance(value, Constant | Undefined):
            return Answer(name, value)
    return None


def _looks_like(_: Evaluator, config: ObjectValue, is_new: bool) -> bool:
    keys = config.entries().keys()
    return is_new and "model" in keys and bool(keys & MARKS)


def _is_hosted(evaluator: Evaluator, call: CallValue) -> bool:
    """Tell whether a call makes a provider's own tool, like ``openai.tools.webSearch()``."""
    callee: Value = evaluator.value_of(call.callee)
    while isinstance(callee, MemberValue):
        if callee.key == "tools":
            return True
        callee = callee.target
    return isinstance(callee, ImportRef) and "tools" in callee.path


AI_SDK = Framework(
    name="ai-sdk",
    asks_by=frozenset({"ai"}),
    label="the AI SDK",
    example="new ToolLoopAgent({model, instructions, tools})",
    packages=PACKAGES,
    # The SDK has more provider packages than can be listed, including third-party ones.
    brought=re.compile(
        r"^ai$|^@ai-sdk/(?!(?:react|vue|svelte|angular|rsc|ui-utils|mcp)$)[\w-]+$"
        r"|(?:^|[/-])(?:ai-sdk|ai)-provider(?:$|[/-])"
    ),
    agents=AgentForm(
        looks_like=_looks_like,
        members=frozenset({"generate", "stream", "tools"}),
        classes=frozenset({"Experimental_Agent", "ToolLoopAgent"}),
        definitions=frozenset({"settings"}),
        others=dict.fromkeys(_QUERIES, f"it is one query; {_AGENT_OF_IT}"),
        methods={"generate": (), "prepareCall": (), "stream": ()},
        approval_keys=("toolApproval",),
    ),
    tools=ToolForm(
        is_hosted=_is_hosted,
        hosted_types=frozenset({"provider", "provider-defined"}),
        schema_wrappers=frozenset({"zodSchema", "asSchema", "jsonSchema", "lazySchema"}),
        approval_keys=("needsApproval",),
        client_side=True,
    ),
    settings=SETTINGS,
    read_model=read_model,
    stops=read_stops,
    answer=read_answer,
    listed_servers=servers_of,
)
