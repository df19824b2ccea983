"""The part of a run in which an agent's MCP servers are connected: their tools are the agent's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from services.executor.agent.mcp_ports import McpClient, McpListing, McpSession
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import (
    Emit,
    OnBegun,
    OnConsole,
    ToolInvocation,
    ToolSession,
)
from services.executor.agent.served_tools import Route, result_of, served_tools
from services.executor.agent.session_around import SessionAround
from services.executor.clients import ClientSlots
from services.executor.domain import (
    ConsoleLine,
    FailureKind,
    ToolFailure,
    ToolResult,
    ToolUsage,
)
from services.executor.egress.policy import Egress
from services.executor.errors import McpServerError
from services.executor.events import ToolConsole
from services.executor.mcp_servers import McpServer
from services.executor.side_thread import loads_json

REQUESTS_AT_ONCE = 64
# An open stream of events holds a slot as long as the run: calls must get theirs all the same.
SLOTS = ClientSlots(4096)


@asynccontextmanager
async def with_servers(
    client: McpClient | None, egress: Egress, plan: RunPlan, session: ToolSession, emit: Emit
) -> AsyncIterator[tuple[RunPlan, ToolSession]]:
    """Yield the plan with the tools of the agent's MCP servers, and a session that calls them, too.

    Raises:
        McpServerError: a server cannot be used, so that the agent would lack its tools.
        AgentDisabledError: the model must call a tool that no server has.
    """
    agent = plan.agent
    if plan.served is None:
        yield plan, session
        return
    if client is None:
        raise McpServerError("This executor connects to no MCP servers.")
    bounds = replace(egress.bounds, timeout_s=plan.budget.timeout_s, at_once=REQUESTS_AT_ONCE)
    way_out = replace(egress, bounds=bounds, slots=SLOTS).open(
        *(plan.granted_as or agent.key, "", plan.allow_fetch, emit, plan.client, 0, plan.env),
        run=(plan.run_id, "servers", agent.key),
    )
    async with (
        way_out as broker,
        client.open(broker, f"{plan.client.tenant}\0{agent.key}") as servers,
    ):
        listings = await _listed(servers, agent.mcp_servers)
        own = {*agent.tools, *(link.tool for link in agent.handoffs)}
        served = served_tools(listings, own)
        plan = await plan.served(served.tools)
        left_out = [each.reason for each in plan.tools.diagnostics if each.path]
        for note in (*served.notes, *left_out[:10]):
            await emit(ToolConsole("", ConsoleLine("warn", note)))
        yield plan, RoutedSession(session, servers, served.routes)


async def _listed(
    servers: McpSession, wanted: Sequence[McpServer]
) -> list[tuple[McpServer, McpListing]]:
    """Return the tools of all servers, which are asked side by side; the first failure counts."""
    tasks: list[asyncio.Task[McpListing]] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks += [group.create_task(servers.listed(server)) for server in wanted]
    except* McpServerError as failed:
        first: BaseException = failed
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
    return [(server, task.result()) for server, task in zip(wanted, tasks, strict=True)]


class RoutedSession(SessionAround):
    """The tools of an agent, with those of its MCP servers, which are called there."""

    def __init__(
        self, sandbox: ToolSession, servers: McpSession, routes: Mapping[str, Route]
    ) -> None:
        super().__init__(sandbox, routes)
        self._servers = servers
        self._routes = routes

    async def call_own(
        self, invocation: ToolInvocation, on_console: OnConsole, on_begun: OnBegun
    ) -> ToolResult:
        """Make one call at its tool's server."""
        route = self._routes[invocation.tool]
        loop = asyncio.get_running_loop()
        began_s, begun = loop.time(), False

        def note() -> None:
            nonlocal begun
            begun = True
            on_begun()

        given = await loads_json(invocation.input_json)
        if not isinstance(given, dict):
            failure = ToolFailure(FailureKind.INVALID_INPUT, "The input is not an object.")
            return ToolResult(None, failure, ToolUsage(), begun=False)
        result = await self._servers.call(
            route.server, route.tool, invocation.tool_call_id, given, on_console, note
        )
        usage = ToolUsage(wall_s=loop.time() - began_s)
        if isinstance(result, ToolFailure):
            return ToolResult(None, result, usage, begun=begun)
        return replace(result_of(route.server.form, result), usage=usage)
