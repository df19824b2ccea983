"""Mastra: ``new Agent({id, name, instructions, model, tools, defaultOptions, ...})``.

Its models are the AI SDK's. The settings of a model query are in the default options of a run,
whose name has changed between releases; in newer ones they are a level deeper, in
``modelSettings``.
"""

from __future__ import annotations

import re

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ObjectValue
from services.executor.bundle.frameworks.ai_sdk.framework import AI_SDK
from services.executor.bundle.frameworks.framework import (
    AgentForm,
    Answer,
    FoundAgent,
    Framework,
    ToolForm,
)
from services.executor.bundle.frameworks.mastra.links import CALLS, read_links
from services.executor.bundle.frameworks.mastra.mcp import servers_of
from services.executor.bundle.frameworks.mastra.memory import read_memory
from services.executor.bundle.frameworks.mastra.processors import refuse_asking_processors
from services.executor.bundle.frameworks.mastra.settings import DEFAULT_OPTIONS, SETTINGS
from services.executor.bundle.frameworks.mastra.working_memory import WORKING_MEMORY
from services.executor.bundle.frameworks.parts import object_part, part


def _looks_like(_: Evaluator, config: ObjectValue, is_new: bool) -> bool:
    return is_new and config.entries().keys() >= {"name", "instructions", "model"}


def _settings(evaluator: Evaluator, config: ObjectValue) -> tuple[ObjectValue, ...]:
    found: list[ObjectValue] = []
    for name in DEFAULT_OPTIONS:
        options = object_part(evaluator, (config,), name)
        if options is None:
            continue
        inner = object_part(evaluator, (options,), "modelSettings")
        found += [options] if inner is None else [inner, options]
    return (*found, config)


def _answer(evaluator: Evaluator, agent: FoundAgent) -> Answer | None:
    structured = object_part(evaluator, agent.settings, "structuredOutput")
    if structured is None:
        return AI_SDK.answer(evaluator, agent)
    schema = part(evaluator, (structured,), "schema")
    return None if schema is None else Answer("structuredOutput.schema", schema, is_schema=True)


_METHODS: dict[str, tuple[str, ...]] = {
    **{f"get{name[0].upper()}{name[1:]}": (name,) for name in DEFAULT_OPTIONS},
    **dict.fromkeys(("getModel", "getModelList"), ("model",)),
    **dict.fromkeys(("listAssignedTools", "listTools", "getTools"), ("tools",)),
    "listConfiguredInputProcessors": ("inputProcessors",),
    "listConfiguredOutputProcessors": ("outputProcessors",),
    **dict.fromkeys(("listInputProcessors", "listOutputProcessors"), ()),
    **dict.fromkeys(("listResolvedInputProcessors", "listResolvedOutputProcessors"), ()),
    **dict.fromkeys(("__runInputProcessors", "__runOutputProcessors"), ()),
    **dict.fromkeys(("convertTools", "getLLM", "getToolsForExecution"), ()),
    **dict.fromkeys(("generate", "generateLegacy", "stream", "streamLegacy"), ()),
    "getDescription": ("description",),
    "getInstructions": ("instructions",),
    **dict.fromkeys(("getMemory", "hasOwnMemory"), ("memory",)),
}
MASTRA = Framework(
    name="mastra",
    asks_by=frozenset({"@mastra/core", "@mastra/core/agent"}),
    label="Mastra",
    example="new Agent({name, instructions, model, tools})",
    packages=frozenset({"@mastra/core"}),
    # Besides the framework itself, what logs or watches: it does nothing in a tool's call.
    brought=re.compile(
        r"^@mastra/(?:core(?:/|$)|loggers|observability|otel-|langfuse|langsmith|braintrust|arize"
        r"|datadog|posthog|sentry|laminar|evals)"
    ),
    agents=AgentForm(
        looks_like=_looks_like,
        members=frozenset({"getInstructions", "getDescription"}),
        classes=frozenset({"Agent"}),
        settings=_settings,
        methods=_METHODS,
        approval_keys=("requireToolApproval",),
        holders=(*DEFAULT_OPTIONS, "modelSettings", "structuredOutput"),
    ),
    tools=ToolForm(
        approval_keys=("needsApprovalFn", "requireApproval"),
        idempotent_keys=(("idempotent",), ("mcp", "annotations", "idempotentHint")),
        denied="Tool call was not approved by the user",
        client_side=True,
    ),
    settings=SETTINGS,
    read_model=AI_SDK.read_model,
    links=read_links,
    agent_calls=CALLS,
    stops=AI_SDK.stops,
    answer=_answer,
    listed_servers=servers_of,
    remarks=refuse_asking_processors,
    memory=read_memory,
    notes=WORKING_MEMORY,
)
