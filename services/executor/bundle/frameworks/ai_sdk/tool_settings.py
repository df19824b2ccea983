"""The settings of the AI SDK's tools, of releases 4 to 7."""

from __future__ import annotations

from services.executor.bundle.frameworks.setting_table import (
    Setting,
    asked,
    each,
    honoured,
    noted,
    refusing,
    told,
)

APPROVED = "the sandbox asks it before a call, which then waits for a person's approval"
SHOWN = "the model is shown what it returns, and clients get the output"
WHOLE_INPUTS = "Caisson does not call it: tools get their inputs whole"
NOT_SENT = "it is not sent to the provider"
AT_ONCE = "the model sees the tool from the start"
SHOWS_KEY = "Caisson shows the key of the tool"
EXAMPLES = "the model is shown no examples of inputs"

REPEATED = "a call that an interruption left without a result is made again"

OF_EVERY_TOOL: dict[str, Setting] = {
    "description": honoured("the model reads it"),
    "execute": honoured("it runs in the sandbox"),
    "strict": honoured("the provider is asked to keep to the schema, where it can"),
    "idempotent": honoured(REPEATED),  # Caisson's own
}
TOOL: dict[str, Setting] = {
    **OF_EVERY_TOOL,
    "inputSchema": honoured("the model reads it, and it parses inputs in the sandbox"),
    "needsApproval": asked(APPROVED),
    "contextSchema": asked("it parses the context that the tool gets"),
    "toModelOutput": asked(SHOWN),
    "onInputAvailable": asked("it is called with the parsed input before the tool runs"),
    **each(told(WHOLE_INPUTS), "onInputDelta", "onInputStart"),
    "providerOptions": told(NOT_SENT),
    "deferLoading": told(AT_ONCE),
    "inputExamples": noted(EXAMPLES),
    "outputSchema": honoured("it is listed; the SDK does not check outputs with it"),
    "experimental_toToolResultContent": refusing("the model would be shown all of the output"),
    **each(honoured("what the tool is called"), "id", "name"),
    **each(honoured("a tool of a model's provider is not offered"), "args", "type"),
    **each(noted("only tools of a provider have it"), "isProviderExecuted"),
    **each(noted("only tools of a provider have it"), "supportsDeferredResults"),
    "title": noted(SHOWS_KEY),
    "metadata": noted("it is not listed"),
}
