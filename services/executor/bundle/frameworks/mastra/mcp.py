"""The MCP servers of Mastra: ``tools: await new MCPClient({servers: {...}}).listTools()``."""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import CallValue, ObjectValue, Value, truthiness
from services.executor.bundle.frameworks.mcp import (
    MAX_SERVERS,
    NOT_KNOWN,
    REFUSED_CODE,
    REFUSED_OAUTH,
    STDIO,
    McpReader,
    first_object,
    options_setting,
)
from services.executor.bundle.frameworks.setting_table import each, honoured, noted, told
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.mcp_servers import McpForm, McpServer, McpTransport

_METHODS = frozenset({"getTools", "listTools"})
_CLIENT = {
    "servers": honoured("the servers"),
    "id": noted("each run has connections of its own"),
    **options_setting("timeout"),
}
_SERVER = {
    "url": honoured("where the server is"),
    "requestInit": honoured("the headers of each request"),
    "requireToolApproval": honoured("whether a person must approve calls"),
    **options_setting(
        "connectTimeout",
        "enableProgressTracking",
        "enableServerLogs",
        "log",
        "logger",
        "reconnectionOptions",
        "timeout",
    ),
    "capabilities": noted("Caisson tells servers what it can do itself"),
    "onToolError": noted("the model is told of a failed call as of one that throws"),
    "forwardInstructions": told("the servers' instructions are not added to the system prompt"),
    **options_setting("instructionsMaxLength", "jsonSchemaValidator", "protocolVersion"),
    **options_setting("serverLogLevel", "traceContext"),
    "sessionId": noted("each run opens its own session"),
    "authProvider": REFUSED_OAUTH,
    **each(REFUSED_CODE, "eventSourceInit", "fetch"),
}


def servers_of(
    evaluator: Evaluator, value: Value, path: str, diagnostics: Diagnostics
) -> tuple[McpServer, ...] | None:
    """Return the servers whose tools a value is, None for another value."""
    if not isinstance(value, CallValue) or value.method not in _METHODS or value.receiver is None:
        return None
    client = evaluator.value_of(value.receiver)
    if not isinstance(client, CallValue) or not client.is_new:
        return None
    options = first_object(evaluator, client)
    if options is None or "servers" not in options.entries():
        return None
    reader = McpReader(evaluator, path, diagnostics)
    reader.check(options, _CLIENT)
    servers = reader.object_in(evaluator.value_of(options.entries()["servers"]))
    if servers is None or servers.opaque() or servers.uncertain:
        reader.refuse(NOT_KNOWN, value.node)
        return ()
    if len(servers.entries()) > MAX_SERVERS:
        reader.refuse(f"it names more than {MAX_SERVERS} MCP servers", servers.node)
        return ()
    found = [
        _server(reader.at(f".{key}"), key, reader.object_in(evaluator.value_of(thunk)), value)
        for key, thunk in servers.entries().items()
    ]
    return tuple(server for server in found if server is not None)


def _server(
    reader: McpReader, key: str, options: ObjectValue | None, listed: CallValue
) -> McpServer | None:
    if options is None:
        reader.refuse(NOT_KNOWN, listed.node)
        return None
    if "command" in options.entries():
        reader.refuse(STDIO, options.node)
        return None
    reader.check(options, _SERVER)
    headers = reader.requests(options)
    server = reader.server(key, options, McpTransport.AUTO, McpForm.PREFIXED, headers)
    approval = options.entries().get("requireToolApproval")
    if server is None or approval is None:
        return server
    # A function that is not known needs a person, too.
    return replace(
        server, needs_approval=truthiness(reader.evaluator.settled(approval)) is not False
    )
