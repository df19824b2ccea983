"""The settings of the OpenAI Agents SDK's function tools, of releases 0.3 to 0.20."""

from __future__ import annotations

from services.executor.bundle.frameworks.ai_sdk.tool_settings import (
    APPROVED,
    AT_ONCE,
    NOT_SENT,
    OF_EVERY_TOOL,
)
from services.executor.bundle.frameworks.setting_table import (
    Setting,
    asked,
    each,
    honoured,
    noted,
    refusing,
    told,
)

_GUARDS = "the sandbox runs them around the call; a tripwire ends the run"

TOOL: dict[str, Setting] = {
    **OF_EVERY_TOOL,
    "name": honoured("what the tool is called"),
    "parameters": honoured("the model reads it, and it parses inputs in the sandbox"),
    "outputSchema": asked("it parses what the tool returns"),
    "needsApproval": asked(APPROVED),
    "isEnabled": asked("a tool that is switched off is not offered, and calls of it fail"),
    **each(asked(_GUARDS), "inputGuardrails", "outputGuardrails"),
    **each(
        asked("it turns failures into text for the model; with `null`, they end the run"),
        "errorFunction",
        "failureErrorFunction",
    ),
    **each(
        asked("the sandbox keeps to it, within the limits of a call"),
        "timeoutBehavior",
        "timeoutErrorFunction",
        "timeoutMs",
    ),
    "allowedCallers": refusing("it says who may call the tool"),
    "deferLoading": told(AT_ONCE),
    "providerData": told(NOT_SENT),
    "customDataExtractor": noted("it adds to the SDK's own records of a run"),
    **each(honoured("what the SDK's own code makes of a tool"), "invoke", "type"),
}
