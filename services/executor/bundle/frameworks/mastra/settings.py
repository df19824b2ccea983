"""Mastra's settings, of releases 0.24 to 1.71.

They are those of agents, of the default options of their runs, and of the model settings in those.
"""

from __future__ import annotations

from services.executor.agent_parts import HookName
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ObjectValue, Value
from services.executor.bundle.frameworks.ai_sdk.settings import (
    AT_ONCE,
    CALLED_BETWEEN,
    CONTEXT,
    LOOP,
    QUERY,
    TELEMETRY,
    TRANSFORMS,
)
from services.executor.bundle.frameworks.mastra.tool_settings import TOOL
from services.executor.bundle.frameworks.parts import object_part
from services.executor.bundle.frameworks.setting_table import (
    Handling,
    RunForm,
    Setting,
    SettingTable,
    each,
    honoured,
    hook,
    noted,
    refusing,
    told,
)
from services.executor.domain import Severity

# The ones that current releases use come first.
DEFAULT_OPTIONS = (
    "defaultOptions",
    "defaultVNextStreamOptions",
    "defaultStreamOptions",
    "defaultGenerateOptions",
    "defaultStreamOptionsLegacy",
    "defaultGenerateOptionsLegacy",
)
_NO_GUARD = "Caisson does not run them, and would let through what they refuse"
_INPUT = "they see and change what models are asked, before each query; `abort()` ends the run"
_OUTPUT = "they see and change each answer before anybody else does; `abort()` ends the run"
_AGAIN = "as many answers at most are asked for again when a processor wants that"
_PROMPT = "it changes what the model is told besides the agent's own instructions"
_REPAIR = "it changes tool calls that do not fit their schema, and Caisson does not run it"
_NO_TOOLS = "they are not offered to the model as tools"
_NO_WORKFLOWS = "Caisson does not run workflows yet: let the `execute` of a tool do their steps"
_NO_NETWORKS = (
    "the program runs it as a network, and Caisson runs no networks of agents yet: run the agent, "
    "whose `agents` are its tools"
)
_TASKS = "Caisson runs all tools within the run, none in the background"
_NO_SCORES = "Caisson does not score answers"
_IDS = "a request to Caisson names its own conversation and run"
_STREAM = "Caisson streams events of its own"
_SERVER = "Caisson does this part of Mastra's server itself"

_GUARDS: dict[str, Setting] = each(refusing(_NO_GUARD), "errorProcessors", "hooks")
_PROCESSORS: dict[str, Setting] = {
    "inputProcessors": hook(HookName.PROCESS_INPUT, _INPUT),
    "outputProcessors": hook(HookName.PROCESS_OUTPUT, _OUTPUT),
    "maxProcessorRetries": Setting(Handling.HONOURED, _AGAIN, "maxProcessorRetries"),
}
_EVERYWHERE: dict[str, Setting] = {
    **_GUARDS,
    **_PROCESSORS,
    **each(noted(_NO_SCORES), "evals", "scorers"),
}

_OPTIONS: dict[str, Setting] = {
    **QUERY,
    **LOOP,
    **_EVERYWHERE,
    # It is given Mastra's own messages and may change them: a processor rather than a setting.
    "prepareStep": hook(HookName.PROCESS_INPUT, "it is the last processor before each query"),
    **each(refusing(CALLED_BETWEEN), "prepareCall", "experimental_prepareStep"),
    **each(refusing(_REPAIR), "experimental_repairToolCall", "repairToolCall"),
    "requireToolApproval": honoured("calls of all tools need a person's approval"),
    "modelSettings": honoured("the settings of the model query"),
    "structuredOutput": honoured("the answer must have this form"),
    **each(refusing(_PROMPT), "context", "instructions", "prompt", "system"),
    **each(refusing(CALLED_BETWEEN), "isTaskComplete", "onIterationComplete", "delegation"),
    **each(refusing(TRANSFORMS), "experimentalTransform", "transform"),
    **each(refusing(CONTEXT), "requestContext", "runtimeContext", "mcp"),
    "memory": told(f"{_IDS}; `options` of memory belong where it is made"),
    "actor": refusing("Caisson does not check what this actor may do"),
    "toolCallConcurrency": AT_ONCE,
    **each(told("these tools are not offered"), "clientTools", "toolsets"),
    "experimental_continueSteps": told("an answer that was cut off is not continued"),
    "experimental_providerMetadata": told("it is not sent"),
    "versions": told("Caisson runs what is in the bundle, and no stored versions"),
    **each(noted(_TASKS), "_skipBgTaskWait", "backgroundTaskPolicy", "disableBackgroundTasks"),
    "untilIdle": noted(_TASKS),
    "returnScorerData": noted(_NO_SCORES),
    "memoryOptions": refusing("say these options where the agent's memory is made"),
    **each(noted(_IDS), "resourceId", "runId", "savePerStep", "threadId"),
    **each(noted(_STREAM), "eagerToolExecution", "format", "hideSignals", "includeRawChunks"),
    **each(noted(_STREAM), "experimental_toolCallStreaming", "toolCallStreaming"),
    **each(noted(TELEMETRY), "loggerVNext", "metrics", "tracing", "tracingContext"),
    "tracingOptions": noted(TELEMETRY),
    **each(noted(_SERVER), "autoResumeSuspendedTools", "closeOnSuspend", "serverless"),
    **each(noted(_SERVER), "_internal", "experimental_generateMessageId"),
}
_CLOSING = frozenset(
    {
        "activeTools",
        "actor",
        "errorProcessors",
        "hooks",
        "inputProcessors",
        "outputProcessors",
        "prepareStep",
        "requireToolApproval",
    }
)
_MEMORY_OPTIONS = (
    "its `options` of memory are lost in runs by Caisson: say them where the agent's memory is made"
)


def _judge_memory(evaluator: Evaluator, value: Value) -> tuple[Severity, str]:
    """Say what becomes of the thread and the resource of a run: a request names its own."""
    whole = evaluator.forced(value)
    options = (
        object_part(evaluator, (whole,), "options") if isinstance(whole, ObjectValue) else None
    )
    if options is not None and options.parts:
        return Severity.WARNING, _MEMORY_OPTIONS
    return Severity.INFO, f"{_IDS}, by `session_id` and `resource_id`"


_RELEASES = ("", "Legacy", "VNext")
_OF_REQUESTS = frozenset({"requestContext", "runtimeContext", "context"})
_HARMLESS = _OF_REQUESTS | {
    name for name, each in _OPTIONS.items() if each.severity is Severity.INFO
}

SETTINGS = SettingTable(
    agent={
        **_EVERYWHERE,
        **each(honoured("what the agent is called"), "id", "name"),
        **each(honoured("it is listed"), "description", "metadata"),
        "instructions": honoured("the system prompt"),
        "model": honoured("the models to ask, in order"),
        "tools": honoured("the tools to offer"),
        "memory": honoured("what models are shown of earlier runs of a session"),
        **each(
            honoured("the default options of runs; functions disable the agent"), *DEFAULT_OPTIONS
        ),
        "defaultNetworkOptions": noted("Caisson runs the agent itself, not a network of agents"),
        "requestContextSchema": refusing("requests that it refuses would run"),
        "goal": refusing("Caisson does not judge whether a goal was reached"),
        "transform": refusing(TRANSFORMS),
        "editor": refusing("instructions and tools may come from an editor's storage"),
        "signals": told("signals from outside do not reach the agent"),
        **each(honoured("they are offered as tools, and run in the call"), "agents", "subAgents"),
        "skills": told(_NO_TOOLS),
        "workflows": refusing(_NO_WORKFLOWS),
        **each(told("its tools are not offered"), "browser", "workspace"),
        "backgroundTasks": told(_TASKS),
        "maxRetries": QUERY["maxRetries"],
        "skillsFormat": noted("skills are not offered"),
        "channels": noted("Caisson is the only channel to the agent"),
        "voice": noted("Caisson answers in text"),
        **each(noted(_SERVER), "durable", "mastra", "notifications", "options", "pubsub"),
        "rawConfig": noted(_SERVER),
    },
    options=_OPTIONS,
    model={**QUERY},
    runs=RunForm(
        methods={f"{verb}{which}": 1 for verb in ("generate", "stream") for which in _RELEASES},
        refused={"network": _NO_NETWORKS},
        closing=_CLOSING,
        lost=frozenset(_OPTIONS) - _HARMLESS - _CLOSING,
        harmless=_HARMLESS,
        judged={"memory": _judge_memory},
    ),
    tool=TOOL,
)
