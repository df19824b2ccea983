"""The settings of Mastra's tools, of releases 0.24 to 1.71."""

from __future__ import annotations

from services.executor.bundle.frameworks.ai_sdk.tool_settings import (
    APPROVED,
    EXAMPLES,
    NOT_SENT,
    OF_EVERY_TOOL,
    SHOWN,
    SHOWS_KEY,
    WHOLE_INPUTS,
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

_OF_SERVERS = "Caisson is no MCP server; of its `mcp.annotations`, `idempotentHint` counts"
_SUSPENDS = "a tool that suspends itself ends with an error: nobody can answer it"

TOOL: dict[str, Setting] = {
    **OF_EVERY_TOOL,
    "id": honoured("what the tool is called"),
    "inputSchema": honoured("the model reads it, and it parses inputs in the sandbox"),
    "outputSchema": asked("it parses what the tool returns"),
    **each(asked(APPROVED), "needsApprovalFn", "requireApproval"),
    "requestContextSchema": asked("it parses the context that the tool gets"),
    "toModelOutput": asked(SHOWN),
    "onInputAvailable": asked("it is called with the parsed input before the tool runs"),
    "onOutput": asked("it is called with the output"),
    **each(told(WHOLE_INPUTS), "onInputDelta", "onInputStart"),
    **each(told(_SUSPENDS), "resumeSchema", "suspendSchema"),
    "providerOptions": told(NOT_SENT),
    "background": told("the run waits for the tool, which does not go on in the background"),
    "transform": refusing("it says what people are shown of inputs and outputs"),
    "inputExamples": noted(EXAMPLES),
    **each(noted(_OF_SERVERS), "mcp", "mcpMetadata"),
    "mastra": asked("tools get the instance that holds their agent"),
    "title": noted(SHOWS_KEY),
}
