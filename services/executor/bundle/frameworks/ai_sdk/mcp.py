"""The MCP servers of the AI SDK: ``tools: await (await createMCPClient({transport})).tools()``."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    Constant,
    Entry,
    ObjectValue,
    Value,
)
from services.executor.bundle.frameworks.mcp import (
    NOT_KNOWN,
    REFUSED_CODE,
    REFUSED_OAUTH,
    STDIO,
    McpReader,
    class_name,
    first_object,
    options_setting,
    transport_named,
)
from services.executor.bundle.frameworks.setting_table import each, honoured, noted
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.mcp_servers import McpForm, McpServer, McpTransport

_CLIENT = {
    "transport": honoured("where the server is"),
    **options_setting("clientName", "maxRetries", "name", "onUncaughtError", "version"),
    "capabilities": noted("Caisson tells servers what it can do itself"),
}
_TRANSPORT = {
    **each(honoured("how the server is reached"), "type", "url", "headers"),
    **options_setting("reconnectionOptions", "redirect"),
    "requestInit": honoured("the headers of each request"),
    "sessionId": noted("each run opens its own session"),
    "authProvider": REFUSED_OAUTH,
    **each(REFUSED_CODE, "eventSourceInit", "fetch"),
}
_LISTED = (
    "it takes only some tools of the MCP server, with schemas of the bundle, which Caisson cannot "
    "do: call `tools()` without arguments"
)


def servers_of(
    evaluator: Evaluator, value: Value, path: str, diagnostics: Diagnostics
) -> tuple[McpServer, ...] | None:
    """Return the server whose tools a value is, None for another value."""
    if not isinstance(value, CallValue) or value.method != "tools" or value.receiver is None:
        return None
    client = evaluator.value_of(value.receiver)
    options = first_object(evaluator, client) if isinstance(client, CallValue) else None
    if not isinstance(client, CallValue) or options is None:
        return None
    if client.is_new or "transport" not in options.entries():
        return None
    reader = McpReader(evaluator, path, diagnostics)
    reader.check(options, _CLIENT)
    if value.arguments:
        reader.refuse(_LISTED, value.node)
        return ()
    server = _server(reader, evaluator.value_of(options.entries()["transport"]), path)
    return () if server is None else (server,)


def _server(reader: McpReader, transport: Value, path: str) -> McpServer | None:
    evaluator = reader.evaluator
    key, form = path.rpartition(".")[2], McpForm.PARTS
    if isinstance(transport, CallValue) and transport.is_new:
        return _made(reader, transport, key)
    options = reader.object_in(transport)
    if options is None:
        reader.refuse(NOT_KNOWN, transport.node)
        return None
    if "command" in options.entries():
        reader.refuse(STDIO, transport.node)
        return None
    reader.check(options, _TRANSPORT)
    thunk = options.entries().get("type")
    kind = None if thunk is None else evaluator.settled(thunk)
    name = kind.value if isinstance(kind, Constant) and isinstance(kind.value, str) else ""
    return reader.server(key, options, transport_named(name), form, reader.headers(options))


def _made(reader: McpReader, transport: CallValue, key: str) -> McpServer | None:
    """Return the server of ``new StreamableHTTPClientTransport(url, {requestInit})``."""
    evaluator = reader.evaluator
    name = class_name(evaluator.value_of(transport.callee))
    first = first_object(evaluator, transport)
    if "stdio" in name.lower() or (first is not None and "command" in first.entries()):
        reader.refuse(STDIO, transport.node)
        return None
    if not transport.arguments or first is not None:
        reader.refuse(NOT_KNOWN, transport.node)
        return None
    given = ObjectValue((Entry("url", transport.arguments[0]),), transport.node)
    options = ObjectValue((), transport.node)
    if len(transport.arguments) > 1:
        second = reader.object_in(evaluator.value_of(transport.arguments[1]))
        if second is None:
            reader.refuse(NOT_KNOWN, transport.node)
            return None
        options = second
    reader.check(options, _TRANSPORT)
    kind = transport_named(name) if name else McpTransport.AUTO
    return reader.server(key, given, kind, McpForm.PARTS, reader.requests(options))
