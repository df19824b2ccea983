"""The AI SDK's settings, of releases 5 to 7; the manifest uses its names for model queries."""

from __future__ import annotations

from services.executor.agent_parts import HookName
from services.executor.bundle.frameworks.ai_sdk.tool_settings import APPROVED, TOOL
from services.executor.bundle.frameworks.setting_table import (
    Handling,
    RunForm,
    Setting,
    SettingTable,
    asked,
    each,
    honoured,
    hook,
    noted,
    refusing,
    sent,
    told,
)

NOT_CALLED = "a function of the bundle that Caisson does not call around model queries"
CALLED_BETWEEN = "it may change what is asked or offered, and Caisson does not run it"
RETRIES = "the deployment says how often a query is tried again, not the bundle"
HEADERS = "they are not sent: Caisson's operator configures providers"
TELEMETRY = "Caisson has telemetry of its own"
REPAIR = "it may mend calls of tools that cannot be made as they are"
BEFORE_ALL = "it changes what a run begins with"
BEFORE_EACH = "it changes what the next query asks and offers"
TIME = "the limits of time of the deployment and the request hold instead"
CONTEXT = "tools would run without the context that it gives them"
TRANSFORMS = "it may take something out of answers, and Caisson does not run it"

AT_ONCE = Setting(
    Handling.HONOURED, "as many calls of one step run side by side", "toolCallConcurrency"
)

QUERY: dict[str, Setting] = {
    "frequencyPenalty": sent("frequencyPenalty"),
    "maxOutputTokens": sent("maxOutputTokens"),
    "maxRetries": noted(RETRIES, "maxRetries"),
    "maxTokens": sent("maxOutputTokens"),
    "presencePenalty": sent("presencePenalty"),
    "providerOptions": Setting(
        Handling.HONOURED,
        "`reasoningEffort`, `store` and `thinking` are sent, the others are told",
        "providerOptions",
    ),
    "reasoning": sent("reasoning"),
    "seed": sent("seed"),
    "stopSequences": sent("stopSequences"),
    "temperature": sent("temperature"),
    "topK": sent("topK"),
    "topP": sent("topP"),
    **each(told(HEADERS), "headers"),
    "timeout": Setting(
        Handling.HONOURED,
        "it lowers the limits of time of the run, of the model's chunks and of tools",
        "timeout",
    ),
    "abortSignal": noted("clients cancel runs over gRPC"),
}
LOOP: dict[str, Setting] = {
    **each(honoured("only these tools are offered"), "activeTools", "experimental_activeTools"),
    "stopWhen": Setting(
        Handling.HONOURED,
        "its conditions end the run; the sandbox asks other functions",
        hook=HookName.STOP_WHEN,
    ),
    **each(honoured("as many model queries at most"), "maxSteps"),
    **each(honoured("the model must, or must not, call tools"), "toolChoice"),
    **each(honoured("the answer must have this form"), "output", "experimental_output"),
    "prepareCall": hook(HookName.PREPARE_CALL, BEFORE_ALL),
    **each(hook(HookName.PREPARE_STEP, BEFORE_EACH), "prepareStep", "experimental_prepareStep"),
    **each(
        hook(HookName.REPAIR_TOOL_CALL, REPAIR), "experimental_repairToolCall", "repairToolCall"
    ),
    **each(noted(NOT_CALLED), "onAbort", "onChunk", "onEnd", "onError", "onFinish", "onStart"),
    **each(noted(NOT_CALLED), "experimental_onStart", "onStepEnd", "onStepError", "onStepStart"),
    **each(noted(NOT_CALLED), "experimental_onStepStart", "onStepFinish"),
    **each(noted(NOT_CALLED), "onLanguageModelCallEnd", "onLanguageModelCallStart"),
    **each(noted(NOT_CALLED), "onToolExecutionEnd", "onToolExecutionStart"),
    **each(noted(TELEMETRY), "experimental_telemetry", "telemetry"),
    **each(refusing(TRANSFORMS), "experimental_transform"),
}

SETTINGS = SettingTable(
    runs=RunForm(unread=frozenset({"generate", "stream"})),
    agent={
        **QUERY,
        **LOOP,
        **each(honoured("what the agent is called"), "id", "name"),
        **each(honoured("it is listed"), "description", "metadata"),
        **each(honoured("the system prompt"), "instructions", "system"),
        "model": honoured("the models to ask, in order"),
        "tools": honoured("the tools to offer"),
        "toolApproval": asked(APPROVED),
        "experimental_context": asked("tools get it, under the context of the request"),
        "runtimeContext": asked("`toolApproval` sees it, under the context of the request"),
        "toolsContext": asked("tools get their entries of it"),
        "experimental_refineToolInput": asked("it changes parsed inputs before tools run"),
        "experimental_toolCallers": refusing("it says which tools may call which others"),
        "experimental_download": refusing("it fetches what messages link to, or refuses to"),
        "toolCallConcurrency": AT_ONCE,
        "toolOrder": told("tools are offered in the order in which they are written"),
        "callOptionsSchema": asked("it parses the context of the request for `prepareCall`"),
        "allowSystemInMessages": noted("requests to Caisson have no system messages"),
        "experimental_toolApprovalSecret": noted("requests to Caisson bring no approvals"),
        "include": noted("Caisson keeps no bodies of requests and responses"),
        "_internal": noted("it stands in for clocks and ids in tests"),
    },
    tool=TOOL,
)
