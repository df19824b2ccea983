"""One connection to an MCP server, by the ``mcp`` package: opened, asked, and closed in one task.

The package is slow to import, so that ``client.py`` imports this module when it is needed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Final

import httpx2
import mcp_types as types
from mcp.client.session import ClientRequestContext, ClientSession
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import ProgressFnT
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, PARSE_ERROR

from services.executor.adapters.mcp.http_bridge import (
    MAX_MESSAGE_BYTES,
    NOT_ANSWERED,
    NOT_SENT,
    BrokeredTransport,
    call_of_task,
)
from services.executor.agent.mcp_ports import McpListing, McpResult, McpTool
from services.executor.domain import Json, JsonObject
from services.executor.egress.broker import RunBroker
from services.executor.errors import McpServerError
from services.executor.mcp_servers import McpTransport

# Their logs hold what servers say.
for _name in ("mcp", "client", "httpx2"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

MAX_PAGES: Final = 64
MAX_TOOLS: Final = 10_000
MAX_LIST_BYTES: Final = 8 * 1024 * 1024
MAX_DESCRIPTION: Final = 20_000
CONNECT_S: Final = 30.0
DAY_S: Final = 24 * 3600.0
NO_MESSAGE: Final = "its answer is no message of MCP, or nests too deep"
TERMINATED: Final = "Session terminated"
CLIENT: Final = types.Implementation(name="caisson", version="1")


class ConnectionLostError(Exception):
    """The connection is of no use any more; ``sent`` if the server may have got the request."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class ServerSaidError(Exception):
    """The server answered a request with an error of the protocol, or with nonsense."""


class McpConnection:
    """A connection to one server.

    Args:
        broker: makes its requests.
        url, headers: the server, with all variables filled in.
        transport: how it is reached; not ``AUTO``.
    """

    def __init__(
        self, broker: RunBroker, url: str, headers: dict[str, str], transport: McpTransport
    ) -> None:
        lasting = transport is McpTransport.SSE
        self._bridge = BrokeredTransport(broker, lasting=lasting)
        self._url = url
        self._headers = headers
        self._transport = transport
        self._session: ClientSession | None = None
        self._closing = asyncio.Event()
        self._ready: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self.asked: list[str] = []
        """What the server wanted a person to answer, most recent last."""

    def __repr__(self) -> str:
        return f"McpConnection({self._transport.value}, open={self.is_open})"

    @property
    def is_open(self) -> bool:
        """Whether it can be used."""
        return self._task is not None and not self._task.done() and self._ready.done()

    @property
    def refused(self) -> bool:
        """Whether the server does not speak this transport, as far as its answer tells."""
        return self._bridge.refused

    async def open(self) -> None:
        """Connect; raises McpServerError, after which it must be closed, too."""
        self._task = asyncio.create_task(self._run())
        try:
            async with asyncio.timeout(CONNECT_S):
                both: list[asyncio.Future[Any]] = [self._task, self._ready]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise McpServerError(f"it did not answer within {CONNECT_S:g} s") from None
        if not self._ready.done():
            raise McpServerError(self._trouble() or "it broke off the connection")
        if (error := self._ready.exception()) is not None:
            raise McpServerError(self._told(error)) from None

    async def close(self) -> None:
        """Close it; idempotent."""
        self._closing.set()
        task = self._task
        if task is None:
            return
        try:
            await asyncio.wait([task], timeout=2.0)
        finally:
            task.cancel()
            await asyncio.wait([task])
            await self._bridge.released()
        if not task.cancelled():
            task.exception()

    async def listed(self) -> McpListing:
        """Return all tools, page by page; raises ConnectionLostError or ServerSaidError."""
        tools: list[McpTool] = []
        cursor: str | None = None
        seen: set[str] = set()
        size = 0
        for _ in range(MAX_PAGES):
            params = types.PaginatedRequestParams(cursor=cursor)
            request = types.ListToolsRequest(params=params)
            page = await self._asked(partial(_listed_page, request))
            listed = [_tool(each) for each in page.tools[: MAX_TOOLS - len(tools)]]
            tools += listed
            size += sum(map(_size, listed))
            if size > MAX_LIST_BYTES:
                raise ServerSaidError(f"its list of tools is over {MAX_LIST_BYTES} bytes")
            cursor = page.next_cursor
            if cursor is None:
                return McpListing(tuple(tools))
            if len(tools) >= MAX_TOOLS:
                return McpListing(tuple(tools), (f"only its first {MAX_TOOLS} tools are read",))
            if cursor in seen:
                raise ServerSaidError("its list of tools repeats a page, and never ends")
            seen.add(cursor)
        note = f"only the first {MAX_PAGES} pages of its list of tools are read"
        return McpListing(tuple(tools), (note,))

    async def called(
        self, tool: str, call_id: str, given: JsonObject, on_progress: ProgressFnT
    ) -> McpResult:
        """Call a tool; raises ConnectionLostError or ServerSaidError."""
        call_of_task.set(call_id)
        params = types.CallToolRequestParams(name=tool, arguments=given)
        request = types.CallToolRequest(params=params)
        result = await self._asked(
            lambda s: s.send_request(request, types.CallToolResult, progress_callback=on_progress)
        )
        content = tuple(
            each.model_dump(by_alias=True, mode="json", exclude_none=True)
            for each in result.content
        )
        structured: Json = result.structured_content
        is_error = result.is_error if "is_error" in result.model_fields_set else None
        return McpResult(content, structured, is_error)

    async def _asked(self, ask: Callable[[ClientSession], Awaitable[Any]]) -> Any:
        """Return an answer of the server."""
        if not self.is_open:
            raise ConnectionLostError(self._trouble() or "it was closed", sent=False)
        asking = asyncio.ensure_future(ask(self._ready.result()))
        assert self._task is not None
        try:
            await asyncio.wait([asking, self._task], return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise ConnectionLostError(self._trouble() or "it was closed", sent=True)
            return asking.result()
        except MCPError as error:
            raise _error_of(error) from None
        except (ValueError, RuntimeError) as error:  # pydantic's, too
            name = type(error).__name__
            raise ServerSaidError(f"its answer is not what MCP prescribes ({name})") from None
        finally:
            if not asking.done():
                asking.cancel()
                await asyncio.wait([asking])

    async def _run(self) -> None:
        """Hold the connection: what the package opens must be closed by the same task."""
        try:
            async with AsyncExitStack() as stack:
                session = await stack.enter_async_context(self._connected())
                await session.initialize()
                self._ready.set_result(session)
                await self._closing.wait()
        except asyncio.CancelledError:
            raise
        except BaseExceptionGroup as group:
            self._fail(_first(group))
        except Exception as error:  # noqa: BLE001 - the package raises many kinds
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._ready.done():
            self._ready.set_exception(error)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientSession]:
        async with AsyncExitStack() as stack:
            if self._transport is McpTransport.SSE:
                streams = sse_client(
                    self._url,
                    self._headers,
                    sse_read_timeout=DAY_S,  # the broker's own deadline ends the stream before
                    httpx_client_factory=self._client,
                )
            else:
                client = await stack.enter_async_context(self._client(self._headers))
                streams = streamable_http_client(
                    self._url, http_client=client, max_sse_event_size=MAX_MESSAGE_BYTES
                )
            read, write = await stack.enter_async_context(streams)
            session = ClientSession(
                read, write, client_info=CLIENT, elicitation_callback=self._elicited
            )
            yield await stack.enter_async_context(session)

    def _client(
        self,
        headers: dict[str, str] | None = None,
        timeout: httpx2.Timeout | None = None,
        auth: httpx2.Auth | None = None,
    ) -> httpx2.AsyncClient:
        """Return a client whose requests are the broker's; it has no limits of its own."""
        del timeout
        return httpx2.AsyncClient(
            transport=self._bridge, headers=headers, timeout=None, auth=auth, trust_env=False
        )

    async def _elicited(
        self, context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        """Decline what a person would have to answer."""
        del context
        self.asked.append(params.message[:500])
        return types.ElicitResult(action="decline")

    def _trouble(self) -> str:
        return self._bridge.trouble

    def _told(self, error: BaseException) -> str:
        if isinstance(error, MCPError):
            return NO_MESSAGE if error.code == PARSE_ERROR else error.message[:600]
        return self._trouble() or f"it does not speak MCP over HTTP ({type(error).__name__})"


async def _listed_page(
    request: types.ListToolsRequest, session: ClientSession
) -> types.ListToolsResult:
    return await session.send_request(request, types.ListToolsResult)


def _error_of(error: MCPError) -> ConnectionLostError | ServerSaidError:
    said = error.message[:600]
    if error.code == NOT_SENT or said == TERMINATED:
        return ConnectionLostError(said, sent=False)
    if error.code in (CONNECTION_CLOSED, NOT_ANSWERED):
        return ConnectionLostError(said, sent=True)
    if error.code == PARSE_ERROR:
        return ServerSaidError(NO_MESSAGE)
    return ServerSaidError(said)


def _tool(tool: types.Tool) -> McpTool:
    hints, description = tool.annotations, (tool.description or "")[:MAX_DESCRIPTION]
    idempotent = hints is not None and hints.idempotent_hint is True
    return McpTool(tool.name, description, dict(tool.input_schema), idempotent)


def _size(tool: McpTool) -> int:
    return len(tool.name) + len(tool.description) + len(json.dumps(tool.input_schema))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
