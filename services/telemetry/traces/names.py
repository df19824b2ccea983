"""The names of spans' attributes, as OpenTelemetry's conventions have them, and ours.

Those of generative AI are from semantic-conventions-genai v0.1.0, all in development there; those
of RPC, HTTP and errors from semantic-conventions v1.43.0.
"""

from __future__ import annotations

from typing import Final

GENAI_VERSION: Final = "0.1.0"

ERROR_TYPE: Final = "error.type"

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
CONVERSATION_ID: Final = "gen_ai.conversation.id"
AGENT_ID: Final = "gen_ai.agent.id"
AGENT_NAME: Final = "gen_ai.agent.name"
AGENT_VERSION: Final = "gen_ai.agent.version"
TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
# What is said; only where a setting asks for it.
INPUT_MESSAGES: Final = "gen_ai.input.messages"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"

INVOKE_AGENT: Final = "invoke_agent"
CHAT: Final = "chat"
EXECUTE_TOOL: Final = "execute_tool"

RPC_SYSTEM: Final = "rpc.system.name"
RPC_METHOD: Final = "rpc.method"
RPC_STATUS: Final = "rpc.response.status_code"
GRPC: Final = "grpc"

HTTP_METHOD: Final = "http.request.method"
HTTP_STATUS: Final = "http.response.status_code"
HTTP_RESENDS: Final = "http.request.resend_count"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
URL_SCHEME: Final = "url.scheme"

RUN_ID: Final = "caisson.run.id"
ORGANISATION: Final = "caisson.organisation"
PROGRAM: Final = "caisson.program.digest"
RESUMED: Final = "caisson.run.resumed"
ATTEMPT: Final = "caisson.model.attempt"
HANDOFF_TO: Final = "caisson.handoff.to"
FUEL: Final = "caisson.tool.fuel"
PEAK_MEMORY: Final = "caisson.tool.peak_memory"
HOST_CALLS: Final = "caisson.tool.host_calls"
CAPABILITY: Final = "caisson.capability"
WARM: Final = "caisson.load.warm"
ENTRIES: Final = "caisson.journal.entries"
EVENTS: Final = "caisson.journal.events"
MCP_METHOD: Final = "mcp.method.name"
MCP_SERVER: Final = "caisson.mcp.server"
