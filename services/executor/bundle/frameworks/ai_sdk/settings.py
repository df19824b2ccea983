"""The AI SDK's settings, of releases 5 to 7; the manifest uses its names for model queries."""

from __future__ import annotations

from services.executor.bundle.frameworks.setting_table import (
    Setting,
    SettingTable,
    asked,
    each,
    honoured,
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
REPAIR = "it changes tool calls that do not fit their schema, and Caisson does not run it"
TIME = "the limits of time of the deployment and the request hold instead"
CONTEXT = "tools would run without the context that it gives them"
TRANSFORMS = "it may take something out of answers, and Caisson does not run it"

CONTEXTS = ("experimental_context", "runtimeContext")
STREAMED = ("onInputDelta", "onInputStart")

QUERY: dict[str, Setting] = {
    "frequencyPenalty": sent("frequencyPenalty"),
    "maxOutputTokens": sent("maxOutputTokens"),
    "maxRetries": noted(RETRIES, "maxRetries"),
    "maxTokens": sent("maxOutputTokens"),
    "presencePenalty": sent("presencePenalty"),
    "providerOptions": Setting(
        sent("").handling,
        "`reasoningEffort` and `thinking` are sent, the others are told",
        "providerOptions",
    ),
    "reasoning": sent("reasoning"),
    "seed": sent("seed"),
    "stopSequences": sent("stopSequences"),
    "temperature": sent("temperature"),
    "topK": sent("topK"),
    "topP": sent("topP"),
    **each(told(HEADERS), "headers"),
    **each(told(TIME), "timeout"),
    "abortSignal": noted("clients cancel runs over gRPC"),
}
LOOP: dict[str, Setting] = {
    **each(honoured("only these tools are offered"), "activeTools", "experimental_activeTools"),
    **each(honoured("its conditions end the run; other functions disable the agent"), "stopWhen"),
    **each(honoured("as many model queries at most"), "maxSteps"),
    **each(honoured("the model must, or must not, call tools"), "toolChoice"),
    **each(honoured("the answer must have this form"), "output", "experimental_output"),
    **each(refusing(CALLED_BETWEEN), "prepareCall", "prepareStep", "experimental_prepareStep"),
    **each(refusing(REPAIR), "experimental_repairToolCall", "repairToolCall"),
    **each(noted(NOT_CALLED), "onAbort", "onChunk", "onEnd", "onError", "onFinish", "onStart"),
    **each(noted(NOT_CALLED), "experimental_onStart", "onStepEnd", "onStepError", "onStepStart"),
    **each(noted(NOT_CALLED), "experimental_onStepStart", "onStepFinish"),
    **each(noted(NOT_CALLED), "onLanguageModelCallEnd", "onLanguageModelCallStart"),
    **each(noted(NOT_CALLED), "onToolExecutionEnd", "onToolExecutionStart"),
    **each(noted(TELEMETRY), "experimental_telemetry", "telemetry"),
    **each(refusing(TRANSFORMS), "experimental_transform"),
}

TOOL: dict[str, Setting] = {
    **each(honoured("the model reads it"), "description", "inputSchema"),
    **each(honoured("it runs in the sandbox"), "execute"),
    **each(honoured("what the tool is called"), "id", "name"),
    **each(asked("it says of each call whether a person must approve it"), "needsApproval"),
    **each(asked("the context that a call is given must fit it"), "contextSchema"),
    **each(asked("it is called with the input, before the tool runs"), "onInputAvailable"),
    **each(asked("the model reads what it makes of the output"), "toModelOutput"),
    **each(honoured("it is listed"), "outputSchema"),
    **each(honoured("tools of a model's provider are not offered"), "args", "type"),
    **each(noted("tools of a model's provider are not offered"), "isProviderExecuted"),
    **each(noted("tools of a model's provider are not offered"), "supportsDeferredResults"),
    **each(noted("it is not called while the model writes the input"), *STREAMED),
    **each(told("it is not sent to the model's provider"), "inputExamples", "providerOptions"),
    **each(told("it is not sent to the model's provider"), "deferLoading", "strict"),
    **each(noted("it is for the bundle's own use"), "metadata", "title"),
}

SETTINGS = SettingTable(
    agent={
        **QUERY,
        **LOOP,
        **each(honoured("what the agent is called"), "id", "name"),
        **each(honoured("it is listed"), "description", "metadata"),
        **each(honoured("the system prompt"), "instructions", "system"),
        "model": honoured("the models to ask, in order"),
        "tools": honoured("the tools to offer"),
        "toolApproval": asked("it says of each call whether a person must approve it"),
        **each(asked("tools are given it, with the request's own context over it"), *CONTEXTS),
        "toolsContext": asked("each tool is given its own part"),
        "experimental_refineToolInput": asked("it changes the input before the tool runs"),
        "experimental_toolCallers": refusing("it says which tools may call which others"),
        "experimental_download": refusing("it fetches what messages link to, or refuses to"),
        "toolCallConcurrency": refusing("Caisson runs the calls of one step side by side"),
        "toolOrder": told("tools are offered in the order in which they are written"),
        "callOptionsSchema": noted("requests to Caisson have no call options"),
        "allowSystemInMessages": noted("requests to Caisson have no system messages"),
        "experimental_toolApprovalSecret": noted("requests to Caisson bring no approvals"),
        "include": noted("Caisson keeps no bodies of requests and responses"),
        "_internal": noted("it stands in for clocks and ids in tests"),
    },
    tool=TOOL,
)
