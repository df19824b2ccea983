"""The tools of an agent's MCP servers: which are offered, under which names, and their results."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.executor.agent.mcp_ports import McpListing, McpResult, McpTool
from services.executor.agent_parts import SchemaSource
from services.executor.domain import (
    FailureKind,
    Json,
    JsonObject,
    ToolFailure,
    ToolResult,
    ToolSpec,
    ToolUsage,
)
from services.executor.errors import McpServerError
from services.executor.mcp_servers import McpForm, McpServer

MAX_TOOLS = 500  # as many as a bundle's own list may hold
MAX_SCHEMA_BYTES = 64 * 1024
MAX_DESCRIPTION = 8_000
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_OF_FUNCTIONS = re.compile(r"[^a-zA-Z0-9]")
_SHOWN = 10


@dataclass(frozen=True)
class Route:
    """Where a tool is called: its server, and the server's own name for it."""

    server: McpServer
    tool: str


@dataclass(frozen=True)
class ServedTools:
    """The tools to offer by key, where each is called, and what is told of them."""

    tools: Mapping[str, ToolSpec] = field(default_factory=dict)
    routes: Mapping[str, Route] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def served_tools(
    listings: Sequence[tuple[McpServer, McpListing]], own: Collection[str]
) -> ServedTools:
    """Return the tools of all servers; ``own`` are the names of the agent's tools and handoffs.

    Raises:
        McpServerError: two tools have one name, so that it is not clear which would be called.
    """
    tools: dict[str, ToolSpec] = {}
    routes: dict[str, Route] = {}
    notes: list[str] = []
    for server, listing in listings:
        notes += [f'MCP server "{server.key}": {note}' for note in listing.notes]
        kept = [each for each in listing.tools if _is_wanted(server, each.name)]
        room = MAX_TOOLS - len(tools)
        if len(kept) > room:
            notes.append(
                f'MCP server "{server.key}" has {len(kept)} tools: an agent is given at most '
                f"{MAX_TOOLS} of its servers, and the others are left out; name those that it "
                "needs in a filter"
            )
        for tool in kept[:room]:
            key = _key(server, tool.name)
            if reason := _unusable(key, tool):
                notes.append(f'MCP server "{server.key}": `{tool.name[:64]}` {reason}')
                continue
            _refuse_same(key, server, routes, own)
            tools[key] = _spec(key, server, tool)
            routes[key] = Route(server, tool.name)
    return ServedTools(tools, routes, tuple(_cut(notes)))


def result_of(form: McpForm, result: McpResult) -> ToolResult:
    """Return a result as the framework hands it on, and as it shows it to the model."""
    content: list[Json] = list(result.content)
    parts: list[Json] = [_part(each) for each in result.content]
    has_structure = result.structured is not None and not result.is_error
    if form is McpForm.STRUCTURED and has_structure:
        shown = json.dumps(result.structured, ensure_ascii=False, separators=(",", ":"))
        return _result(result.structured, {"type": "text", "value": shown})
    if form in (McpForm.FUNCTIONS, McpForm.STRUCTURED):
        only = result.content[0] if len(result.content) == 1 else None
        text = None if only is None else _text_of(only)
        shown_as: JsonObject = {"type": "content", "value": parts}
        if text is not None:
            shown_as = {"type": "text", "value": text}
        return _result(content if only is None else only, shown_as)
    whole: JsonObject = {"content": content}
    if result.structured is not None:
        whole["structuredContent"] = result.structured
    if result.is_error is not None:
        whole["isError"] = result.is_error
    if form is McpForm.PARTS:
        return _result(whole, {"type": "content", "value": parts})
    text = "\n".join(filter(None, map(_text_of, result.content))).strip()
    if result.is_error:
        failure = ToolFailure(FailureKind.THROWN, text or "MCP tool execution failed")
        return ToolResult(None, failure, ToolUsage())
    if not has_structure:
        return _result(whole, None)
    return _result(result.structured, {"type": "text", "value": text} if text else None)


def _result(output: Json, shown: JsonObject | None) -> ToolResult:
    told = "" if shown is None else json.dumps(shown)
    return ToolResult(output, None, ToolUsage(), json.dumps(output), model_output_json=told)


def _part(item: JsonObject) -> Json:
    """Return a part of a result in the form of the AI SDK, which is that of all results here."""
    if _text_of(item) is not None:
        return {"type": "text", "text": item["text"]}
    if item.get("type") == "image":
        data: Json = {"type": "data", "data": item.get("data")}
        return {"type": "file", "mediaType": item.get("mimeType"), "data": data}
    return {"type": "text", "text": json.dumps(item, ensure_ascii=False, separators=(",", ":"))}


def _text_of(item: JsonObject) -> str | None:
    text = item.get("text")
    return text if item.get("type") == "text" and isinstance(text, str) else None


def _is_wanted(server: McpServer, name: str) -> bool:
    allowed = server.allowed is None or name in server.allowed
    return allowed and name not in server.blocked


def _key(server: McpServer, name: str) -> str:
    if server.form is McpForm.PREFIXED:
        return f"{server.key}_{name}"
    if server.form is McpForm.PARTS:
        return name
    return _NOT_OF_FUNCTIONS.sub("_", name)


def _unusable(key: str, tool: McpTool) -> str:
    """Return why a tool cannot be offered, empty if it can; the reason ends a sentence."""
    if not _NAME.fullmatch(key):
        return (
            "is left out: providers take names of at most 64 letters, digits, underscores and "
            "hyphens"
        )
    if len(json.dumps(tool.input_schema)) > MAX_SCHEMA_BYTES:
        return f"is left out: its schema is over {MAX_SCHEMA_BYTES} bytes"
    return ""


def _refuse_same(
    key: str, server: McpServer, routes: Mapping[str, Route], own: Collection[str]
) -> None:
    if key in own:
        who = "the agent itself has a tool or a handoff of that name"
    elif key in routes:
        who = f'so does the MCP server "{routes[key].server.key[:64]}"'
        if routes[key].server == server:
            who = "it lists another of that name"
    else:
        return
    raise McpServerError(
        f'The MCP server "{server.key[:64]}" has a tool "{key}", and {who}: which one the model '
        "would call is not clear. Rename one, or leave it out by a filter."
    )


def _spec(key: str, server: McpServer, tool: McpTool) -> ToolSpec:
    schema = {**tool.input_schema, "properties": tool.input_schema.get("properties") or {}}
    if server.form in (McpForm.FUNCTIONS, McpForm.STRUCTURED):
        required = tool.input_schema.get("required") or []
        schema |= {"type": "object", "required": required, "additionalProperties": True}
    elif server.form is McpForm.PREFIXED:
        schema["required"] = tool.input_schema.get("required") or []
    elif server.form is McpForm.PARTS:
        schema["additionalProperties"] = False
    description = tool.description[:MAX_DESCRIPTION]
    return ToolSpec(
        *(key, description, schema, SchemaSource.SERVER),
        needs_approval=server.needs_approval,
        idempotent=tool.idempotent,
    )


def _cut(notes: Sequence[str]) -> Iterator[str]:
    yield from notes[:_SHOWN]
    if len(notes) > _SHOWN:
        yield f"MCP servers: {len(notes) - _SHOWN} more notes are left out"
