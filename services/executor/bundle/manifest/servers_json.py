"""The MCP servers of a manifest as JSON; texts have ``${NAME}`` where a variable stands."""

from __future__ import annotations

from collections.abc import Mapping

from services.executor.domain import Json, JsonObject
from services.executor.mcp_servers import (
    EnvText,
    McpForm,
    McpServer,
    McpTransport,
    Variable,
    shown_text,
)


def server_json(server: McpServer) -> JsonObject:
    """Return a server; ``parts`` of texts tell a variable from text that looks like one."""
    headers: list[Json] = [
        {"name": name, "value": shown_text(text), "parts": _parts(text)}
        for name, text in server.headers
    ]
    return {
        "name": server.key,
        "url": shown_text(server.url),
        "urlParts": _parts(server.url),
        "transport": server.transport.value,
        "form": server.form.value,
        "headers": headers,
        "allowedTools": None if server.allowed is None else list(server.allowed),
        "blockedTools": list(server.blocked),
        "needsApproval": server.needs_approval,
        "path": server.path,
        "line": server.line,
        "column": server.column,
    }


def server_of(item: Json) -> McpServer:
    """Return what ``server_json`` wrote; raises KeyError, TypeError or ValueError."""
    fields = _object(item)
    allowed = fields["allowedTools"]
    return McpServer(
        key=str(fields["name"]),
        url=_text(fields["urlParts"]),
        transport=McpTransport(fields["transport"]),
        form=McpForm(fields["form"]),
        headers=tuple(_header(_object(each)) for each in _list(fields["headers"])),
        allowed=None if allowed is None else _names(allowed),
        blocked=_names(fields["blockedTools"]),
        needs_approval=fields["needsApproval"] is True,
        path=str(fields["path"]),
        line=_whole(fields["line"]),
        column=_whole(fields["column"]),
    )


def _parts(text: EnvText) -> list[Json]:
    return [
        each if isinstance(each, str) else {"env": each.name, "otherwise": each.otherwise}
        for each in text
    ]


def _header(fields: Mapping[str, Json]) -> tuple[str, EnvText]:
    return str(fields["name"]), _text(fields["parts"])


def _text(item: Json) -> EnvText:
    return tuple(each if isinstance(each, str) else _variable(each) for each in _list(item))


def _variable(item: Json) -> Variable:
    fields = _object(item)
    otherwise = fields["otherwise"]
    return Variable(str(fields["env"]), None if otherwise is None else str(otherwise))


def _names(item: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in _list(item))


def _object(item: Json) -> Mapping[str, Json]:
    if not isinstance(item, dict):
        raise TypeError("not an object")
    return item


def _list(item: Json) -> list[Json]:
    if not isinstance(item, list):
        raise TypeError("not a list")
    return item


def _whole(item: Json) -> int:
    if not isinstance(item, int) or isinstance(item, bool):
        raise TypeError("not a whole number")
    return item
