"""What a run needs of MCP servers, as protocols."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from services.executor.agent.ports import OnBegun, OnConsole
from services.executor.domain import Json, JsonObject, ToolFailure
from services.executor.egress.broker import RunBroker
from services.executor.mcp_servers import McpServer


@dataclass(frozen=True)
class McpTool:
    """A tool as an MCP server lists it, within bounds; nothing in it is checked.

    ``idempotent`` is what the server says of it.
    """

    name: str
    description: str
    input_schema: JsonObject
    idempotent: bool = False


@dataclass(frozen=True)
class McpListing:
    """The tools of a server, and what the run's client is told of them, as sentences."""

    tools: tuple[McpTool, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class McpResult:
    """What a tool of an MCP server returned: the parts of its content, as JSON, in its own form.

    ``is_error`` is None if the server does not say.
    """

    content: tuple[JsonObject, ...]
    structured: Json = None
    is_error: bool | None = None


class McpSession(Protocol):
    """The MCP servers of one agent for the length of one run; connected when they are needed."""

    async def listed(self, server: McpServer) -> McpListing:
        """Return the tools of a server; the list may be as old as the deployment allows.

        Raises:
            McpServerError: the server cannot be reached, or speaks no MCP.
        """
        ...

    async def call(
        self,
        server: McpServer,
        tool: str,
        call_id: str,
        given: JsonObject,
        on_progress: OnConsole,
        on_begun: OnBegun,
    ) -> McpResult | ToolFailure:
        """Call a tool by the server's name for it; cancelling this cancels the call there.

        A call is sent again only if it is known that the server did not get it. ``on_begun`` is
        called when it may have.
        """
        ...


class McpClient(Protocol):
    """Connects to MCP servers."""

    def open(self, broker: RunBroker, tenant: str) -> AbstractAsyncContextManager[McpSession]:
        """Yield a session whose requests go through ``broker``; leaving ends all connections.

        Lists of tools are shared by the runs of a tenant that send the same headers.
        """
        ...
