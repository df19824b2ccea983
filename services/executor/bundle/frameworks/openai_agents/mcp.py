"""The MCP servers of the OpenAI Agents SDK: ``mcpServers``, and ``hostedMcpTool({...})``."""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Constant,
    FunctionValue,
    ObjectValue,
    Thunk,
    Unsupported,
    Value,
    is_nullish,
)
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.mcp import (
    MAX_SERVERS,
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
from services.executor.bundle.frameworks.parts import object_part, part
from services.executor.bundle.frameworks.setting_table import each, honoured, noted, told
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.mcp_servers import McpForm, McpServer, McpTransport

_SERVER = {
    "url": honoured("where the server is"),
    "name": honoured("what the server is called"),
    "requestInit": honoured("the headers of each request"),
    "toolFilter": honoured("which tools are offered"),
    "useStructuredContent": honoured("whether the model is shown structured content"),
    **options_setting(
        "cacheToolsList",
        "clientSessionTimeoutSeconds",
        "logger",
        "maxListPages",
        "reconnectionOptions",
        "timeout",
    ),
    "sessionId": noted("each run opens its own session"),
    "authProvider": REFUSED_OAUTH,
    **each(
        REFUSED_CODE,
        "eventSourceInit",
        "fetch",
        "toolInputGuardrails",
        "toolMetaResolver",
        "toolOutputGuardrails",
    ),
    "customDataExtractor": noted("it adds to the SDK's own records of a run"),
    "errorFunction": told("the model is told of failures in Caisson's words"),
}
NO_END = "with `null`, a call that fails ends the SDK's run; here the model is told, and goes on"
_HOSTED = {
    **each(honoured("it names the server"), "serverLabel", "serverUrl", "headers", "authorization"),
    "allowedTools": honoured("which tools are offered"),
    "requireApproval": honoured("whether a person must approve calls"),
    "serverDescription": told("the provider would have told it to the model"),
    "deferLoading": noted("all tools are offered at once"),
    **each(REFUSED_CODE, "allowedCallers", "onApproval"),
}


def read_servers(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> tuple[McpServer, ...]:
    """Return the servers of ``mcpServers``; those that are not known disable the agent."""
    value = part(evaluator, agent.config, "mcpServers")
    if value is None or is_nullish(value):
        return ()
    reader = McpReader(evaluator, f"{path}.mcpServers", diagnostics)
    whole = evaluator.forced(value)
    if not isinstance(whole, ArrayValue) or whole.opaque is not None:
        reason = f": {whole.reason}" if isinstance(whole, Unsupported) else ""
        reader.refuse(f"{NOT_KNOWN}{reason}", whole.node or value.node)
        return ()
    if len(whole.items) > MAX_SERVERS:
        reader.refuse(f"it names more than {MAX_SERVERS} MCP servers", whole.node)
        return ()
    prefixed = _names_the_server(evaluator, agent)
    found = [
        _server(reader.at(f"[{index}]"), evaluator.value_of(item), prefixed=prefixed)
        for index, item in enumerate(whole.items)
    ]
    return tuple(server for server in found if server is not None)


def hosted_servers(
    evaluator: Evaluator, value: Value, path: str, diagnostics: Diagnostics
) -> tuple[McpServer, ...] | None:
    """Return the server of ``hostedMcpTool({...})``, None for another value."""
    if not isinstance(value, CallValue) or value.is_new:
        return None
    options = first_object(evaluator, value)
    if options is None or not options.entries().keys() & {"serverLabel", "serverUrl"}:
        return None
    reader = McpReader(evaluator, path, diagnostics)
    if "serverUrl" not in options.entries():
        return None  # a connector of the provider's own
    reader.check(options, _HOSTED)
    headers = reader.headers(options)
    if "authorization" in options.entries():
        token = reader.text(options, "authorization")
        headers += (("Authorization", ("Bearer ", *(token or ()))),)
    label = _constant(evaluator, options, "serverLabel") or path.rpartition(".")[2]
    server = reader.server(
        label, options, McpTransport.AUTO, McpForm.FUNCTIONS, headers, "serverUrl"
    )
    if server is None:
        return ()
    allowed = reader.at(".allowedTools").names(_allowed(evaluator, options))
    return (replace(server, allowed=allowed, needs_approval=_needs_person(reader, options)),)


def _server(reader: McpReader, value: Value, *, prefixed: bool) -> McpServer | None:
    evaluator = reader.evaluator
    options = first_object(evaluator, value) if isinstance(value, CallValue) else None
    if not isinstance(value, CallValue) or not value.is_new or options is None:
        reason = f": {value.reason}" if isinstance(value, Unsupported) else ""
        reader.refuse(f"it is no `new MCPServerStreamableHttp({{url}})`{reason}", value.node)
        return None
    name = class_name(evaluator.value_of(value.callee))
    if options.entries().keys() & {"command", "fullCommand"} or name == "MCPServerStdio":
        reader.refuse(STDIO, value.node)
        return None
    reader.check(options, _SERVER)
    thunk = options.entries().get("errorFunction")
    failing = None if thunk is None else evaluator.value_of(thunk)
    if thunk is not None and isinstance(failing, Constant) and failing.value is None:
        reader.diagnostics.warning(f"{reader.path}.errorFunction", NO_END, thunk.node)
    structured = evaluator.value_of(options.entries().get("useStructuredContent") or _NOTHING)
    form = McpForm.STRUCTURED if _is_true(structured) else McpForm.FUNCTIONS
    if prefixed:
        reader.refuse("`includeServerInToolNames` is not supported: give tools own names", None)
    key = _constant(evaluator, options, "name") or reader.path.rpartition(".")[2]
    server = reader.server(key, options, transport_named(name), form, reader.requests(options))
    return None if server is None else _filtered(reader.at(".toolFilter"), server, options)


def _filtered(reader: McpReader, server: McpServer, options: ObjectValue) -> McpServer:
    """Return a server with the tools that its static filter leaves; a function is refused."""
    evaluator = reader.evaluator
    thunk = options.entries().get("toolFilter")
    value = None if thunk is None else evaluator.value_of(thunk)
    if value is None or is_nullish(value):
        return server
    names = ("allowedToolNames", "blockedToolNames")
    if isinstance(value, CallValue) and not isinstance(evaluator.forced(value), ObjectValue):
        whole, names = first_object(evaluator, value), ("allowed", "blocked")
    else:
        whole = reader.object_in(value)
    if whole is None or whole.opaque() or whole.uncertain or set(whole.entries()) - {*names}:
        is_function = isinstance(evaluator.forced(value), FunctionValue)
        what = "it is a function" if is_function else "it is no list of names"
        reader.refuse(f"{what}: which tools of the MCP server may be offered is not known",
                      value.node)  # fmt: skip
        return server
    allowed, blocked = (reader.names(whole.entries().get(name)) for name in names)
    return replace(server, allowed=allowed or None, blocked=blocked or ())


def _names_the_server(evaluator: Evaluator, agent: FoundAgent) -> bool:
    config = object_part(evaluator, agent.config, "mcpConfig")
    value = None if config is None else part(evaluator, (config,), "includeServerInToolNames")
    return value is not None and not (isinstance(value, Constant) and not value.value)


def _allowed(evaluator: Evaluator, options: ObjectValue) -> Thunk | None:
    """Return the list of ``allowedTools``, which may be in an object."""
    thunk = options.entries().get("allowedTools")
    value = None if thunk is None else evaluator.forced(evaluator.value_of(thunk))
    if isinstance(value, ObjectValue):
        return value.entries().get("toolNames", thunk)
    return thunk


def _needs_person(reader: McpReader, options: ObjectValue) -> bool:
    thunk = options.entries().get("requireApproval")
    if thunk is None:
        return False
    value = reader.evaluator.forced(reader.evaluator.value_of(thunk))
    # What is not known needs one, too.
    return not is_nullish(value) and not (isinstance(value, Constant) and value.value == "never")


def _constant(evaluator: Evaluator, whole: ObjectValue, name: str) -> str:
    value = part(evaluator, (whole,), name)
    value = None if value is None else evaluator.forced(value)
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else ""


def _is_true(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is True


_NOTHING = Thunk(None, None, Constant(None))
