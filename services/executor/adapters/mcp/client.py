"""Connects to the MCP servers of runs, and keeps their lists of tools for a while."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Final

from services.executor.adapters.mcp.lists import ToolLists
from services.executor.agent.mcp_ports import McpListing, McpResult, McpSession
from services.executor.agent.ports import OnBegun, OnConsole
from services.executor.domain import ConsoleLine, FailureKind, JsonObject, ToolFailure
from services.executor.egress.broker import RunBroker
from services.executor.errors import McpServerError
from services.executor.mcp_servers import (
    McpServer,
    McpTransport,
    MissingVariableError,
    filled_text,
)
from services.telemetry.current import current_span
from services.telemetry.traces.names import MCP_METHOD, MCP_SERVER, TOOL_NAME
from services.telemetry.traces.port import Kind, Span

if TYPE_CHECKING:
    from services.executor.adapters.mcp.connection import McpConnection

INITIALIZE: Final = "initialize"
TOOLS_CALL: Final = "tools/call"
TOOLS_LIST: Final = "tools/list"
CONNECTION: Final = "services.executor.adapters.mcp.connection"
MAX_PROGRESS: Final = 200
MAX_PROGRESS_CHARACTERS: Final = 500


class PackageMcpClient:
    """See ``McpClient``.

    Args:
        lists: keeps the lists of tools.
        call_s: how many seconds a call may take.
    """

    def __init__(self, lists: ToolLists, call_s: float = 120.0) -> None:
        self.lists: Final = lists
        self._call_s = call_s
        self._module: ModuleType | None = None

    def __repr__(self) -> str:
        return f"PackageMcpClient({self.lists!r})"

    @asynccontextmanager
    async def open(self, broker: RunBroker, tenant: str) -> AsyncIterator[McpSession]:
        """See ``McpClient.open``."""
        session = PackageMcpSession(self, broker, tenant, self._call_s)
        try:
            yield session
        finally:
            await session.close()

    async def module(self) -> ModuleType:
        """Return the module of connections, imported in a thread the first time."""
        if self._module is None:
            self._module = await asyncio.to_thread(importlib.import_module, CONNECTION)
        return self._module


@dataclass(frozen=True)
class _Address:
    """A server, with its variables filled in; ``key`` says which it is and who asks it."""

    server: McpServer
    url: str
    headers: dict[str, str]
    key: str


class PackageMcpSession:
    """The connections of one run; see ``McpSession``."""

    def __init__(
        self, client: PackageMcpClient, broker: RunBroker, tenant: str, call_s: float
    ) -> None:
        self._client = client
        self._broker = broker
        self._tenant = tenant
        self._call_s = call_s
        self._connections: dict[str, McpConnection] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._spoken: dict[str, McpTransport] = {}

    def __repr__(self) -> str:
        return f"PackageMcpSession({len(self._connections)} connections)"

    async def close(self) -> None:
        """Close every connection; idempotent."""
        connections = list(self._connections.values())
        self._connections.clear()
        await asyncio.gather(*(each.close() for each in connections))

    async def listed(self, server: McpServer) -> McpListing:
        """See ``McpSession.listed``."""
        address = self._address(server)
        kept = self._client.lists.find(address.key)
        if kept is not None:
            return kept
        with _begun(TOOLS_LIST, server):
            listing = await self._asked(server, address)
        holder = self._tenant.partition("/")[0]
        return self._client.lists.add(address.key, listing, holder)

    async def _asked(self, server: McpServer, address: _Address) -> McpListing:
        module = await self._client.module()
        for attempt in (1, 2):
            connection = await self._connection(address)
            try:
                async with asyncio.timeout(self._call_s):
                    listing: McpListing = await connection.listed()
                    return listing
            except TimeoutError:
                raise _unusable(
                    server, f"it did not list its tools in {self._call_s:g} s"
                ) from None
            except module.ServerSaidError as error:
                raise _unusable(server, str(error)) from None
            except module.ConnectionLostError as error:  # a list may be asked for again
                if attempt == 2:
                    raise _unusable(server, error.reason) from None
                await self._drop(address, connection)
        raise AssertionError

    async def call(
        self,
        server: McpServer,
        tool: str,
        call_id: str,
        given: JsonObject,
        on_progress: OnConsole,
        on_begun: OnBegun,
    ) -> McpResult | ToolFailure:
        """See ``McpSession.call``."""
        with _begun(TOOLS_CALL, server, tool) as span:
            span.set(TOOL_NAME, tool)
            result = await self._called(server, tool, call_id, given, on_progress, on_begun)
            if isinstance(result, ToolFailure):
                span.fail(result.kind.name)
            elif result.is_error:
                span.fail("tool_error")
            return result

    async def _called(
        self,
        server: McpServer,
        tool: str,
        call_id: str,
        given: JsonObject,
        on_progress: OnConsole,
        on_begun: OnBegun,
    ) -> McpResult | ToolFailure:
        address = self._address(server)
        module = await self._client.module()
        for attempt in (1, 2):
            try:
                connection = await self._connection(address)
                before = len(connection.asked)
                on_begun()
                told = _Told(on_progress)
                async with asyncio.timeout(self._call_s):
                    result: McpResult = await connection.called(tool, call_id, given, told)
                if result.is_error and len(connection.asked) > before:
                    return _needs_person(tool, connection.asked[-1])
                return result
            except TimeoutError:
                message = (
                    f"the MCP server did not answer within {self._call_s:g} s, and the call was "
                    "cancelled there; whether it took effect is not known"
                )
                return ToolFailure(FailureKind.DEADLINE_EXCEEDED, message)
            except module.ServerSaidError as error:
                return ToolFailure(FailureKind.THROWN, f"the MCP server said: {error}")
            except McpServerError as error:
                return ToolFailure(FailureKind.RUNNER_LOST, error.message)
            except module.ConnectionLostError as error:
                if error.sent:
                    return _unknown(server, error.reason)
                if attempt == 2:
                    return ToolFailure(FailureKind.RUNNER_LOST, _sentence(server, error.reason))
                await self._drop(address, connection)
        raise AssertionError

    async def _connection(self, address: _Address) -> McpConnection:
        """Return an open connection; raises McpServerError."""
        async with self._opening.setdefault(address.key, asyncio.Lock()):
            held = self._connections.get(address.key)
            if held is not None and held.is_open:
                return held
            if held is not None:
                await held.close()
            return await self._opened(address)

    async def _opened(self, address: _Address) -> McpConnection:
        module = await self._client.module()
        url, headers = address.url, address.headers
        spoken = self._spoken.get(address.key, address.server.transport)
        auto = spoken is McpTransport.AUTO
        for transport in (McpTransport.HTTP, McpTransport.SSE) if auto else (spoken,):
            connection: McpConnection = module.McpConnection(self._broker, url, headers, transport)
            try:
                with _begun(INITIALIZE, address.server):
                    await connection.open()
            except BaseException as error:
                await connection.close()
                if not isinstance(error, McpServerError):
                    raise
                if auto and transport is McpTransport.HTTP and connection.refused:
                    continue  # it may be one of the protocol's older form
                raise _unusable(address.server, error.message) from None
            self._connections[address.key] = connection
            self._spoken[address.key] = transport
            return connection
        raise AssertionError

    async def _drop(self, address: _Address, lost: McpConnection) -> None:
        """Close a connection, and use it no more; another call may have replaced it already."""
        if self._connections.get(address.key) is lost:
            del self._connections[address.key]
        await lost.close()

    def _address(self, server: McpServer) -> _Address:
        """Return where a server is for this run; raises McpServerError."""
        env = self._broker.env
        try:
            url = filled_text(server.url, env)
            headers = {name: filled_text(text, env) for name, text in server.headers}
        except MissingVariableError as error:
            raise _unusable(
                server,
                f"the variable {error.name} is not granted to this run: give it with --env, or "
                "with --secret if it is a key (a deployment: CAISSON_EXECUTOR_ENV, "
                "CAISSON_EXECUTOR_SECRETS)",
            ) from None
        return _Address(server, url, headers, self._key(url, headers))

    def _key(self, url: str, headers: dict[str, str]) -> str:
        """Return what identifies a server and who asks it; secrets count by their names."""
        text = json.dumps([url, sorted(headers.items())])
        for name, placeholder in self._broker.secrets.env.items():
            text = text.replace(placeholder, f"${{{name}}}")
        asked = f"{self._tenant}\0{text}"
        return hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()


class _Told:
    """Tells a call's progress as console lines, of which there are not too many."""

    def __init__(self, on_progress: OnConsole) -> None:
        self._on_progress = on_progress
        self._count = 0

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self._count += 1
        if self._count > MAX_PROGRESS:
            return
        text = f"progress {progress:g}" + ("" if total is None else f" of {total:g}")
        if message:
            text += f": {message[:MAX_PROGRESS_CHARACTERS]}"
        if self._count == MAX_PROGRESS:
            text += " (more is left out)"
        await self._on_progress(ConsoleLine("info", text))


def _begun(method: str, server: McpServer, target: str = "") -> Span:
    """Begin the span of a request to a server; its ``target`` is the tool that it is about."""
    span = current_span().child(f"{method} {target}".rstrip(), Kind.CLIENT)
    span.set(MCP_METHOD, method)
    span.set(MCP_SERVER, server.key)
    return span


def _unusable(server: McpServer, reason: str) -> McpServerError:
    return McpServerError(f"{_sentence(server, reason)}.")


def _sentence(server: McpServer, reason: str) -> str:
    return f'The MCP server "{server.key[:128]}" cannot be used: {reason.rstrip(".")}'


def _unknown(server: McpServer, reason: str) -> ToolFailure:
    message = (
        f'the connection to the MCP server "{server.key[:128]}" broke while the tool ran '
        f"({reason.rstrip('.')}): whether it took effect is not known, and it was not called again"
    )
    return ToolFailure(FailureKind.RUNNER_LOST, message)


def _needs_person(tool: str, question: str) -> ToolFailure:
    message = (
        f'the tool "{tool[:128]}" asks a person, which this deployment cannot do, so that the '
        f"question was declined: {question}"
    )
    return ToolFailure(FailureKind.NOT_APPROVED, message)
