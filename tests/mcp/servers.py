"""MCP servers on loopback: one of the ``mcp`` package, and one that says what it is told to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.shared.message import ServerMessageMetadata
from mcp.types import EmptyResult, PingRequest
from pydantic import BaseModel

from tests.npm import node, node_environment

TINY_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
)


@dataclass
class Served:
    """A server: its address, and what it was asked."""

    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)


class Choice(BaseModel):
    sure: bool


async def heard(ctx: Context) -> None:
    """Wait until the client has dealt with what this call told it.

    The protocol's client in JavaScript drops progress that it reads at one go with the result.
    """
    about = ServerMessageMetadata(related_request_id=ctx.request_id)
    await ctx.session.send_request(PingRequest(), EmptyResult, metadata=about)


def package_server(served: Served) -> MCPServer:
    """A server of the package with one tool of each kind."""
    server = MCPServer("weather")

    @server.tool()
    def forecast(city: str) -> str:
        """The weather of a city."""
        served.calls.append(f"forecast {city}")
        return f"Rain in {city}"

    @server.tool()
    def sums(a: int, b: int) -> dict[str, int]:
        """Two numbers added."""
        served.calls.append("sums")
        return {"sum": a + b}

    @server.tool(structured_output=False)
    def picture() -> list[Any]:
        """A picture with a caption."""
        return ["A dot", Image(data=TINY_PNG, format="png")]

    @server.tool()
    def broken() -> str:
        """It fails."""
        raise ValueError("no such thing")

    @server.tool()
    async def slow(ctx: Context) -> str:
        """It tells how far it is, and goes on when the client has heard it."""
        await ctx.report_progress(1, 2, "half")
        await heard(ctx)
        await ctx.report_progress(2, 2, "whole")
        await heard(ctx)
        return "done"

    @server.tool()
    async def endless() -> str:
        """It never ends."""
        served.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            served.cancelled.set()
            raise
        return ""

    @server.tool()
    async def asking(ctx: Context) -> str:
        """It asks a person."""
        answer = await ctx.elicit("Are you sure?", Choice)
        if answer.action != "accept":
            raise ValueError("nobody is sure")
        return "sure"

    return server


@asynccontextmanager
async def running(app: Any, path: str, served: Served) -> AsyncIterator[Served]:
    """Serve an ASGI application on a free port of loopback."""

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            served.headers.append(headers)
        await app(scope, receive, send)

    config = uvicorn.Config(noting, host="127.0.0.1", port=0, log_level="critical")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    # A loop of its own: what the libraries of the server leave behind is not the tests'.
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        while not server.started:
            await asyncio.sleep(0.01)
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        served.url = f"http://127.0.0.1:{port}{path}"
        yield served
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join, 10)


@asynccontextmanager
async def package(transport: str = "http") -> AsyncIterator[Served]:
    """The package's server over streamable HTTP, or over SSE."""
    served = Served()
    server = package_server(served)
    if transport == "sse":
        async with running(server.sse_app(), "/sse", served):
            yield served
    else:
        async with running(server.streamable_http_app(), "/mcp", served):
            yield served


@asynccontextmanager
async def everything(packages: Path, transport: str) -> AsyncIterator[Served]:
    """The reference server of npm, with a tool for each feature of the protocol."""
    port = free_port()
    program = packages / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
    process = await asyncio.create_subprocess_exec(
        *(node(), str(program), transport),
        env={**node_environment(), "PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(60):
            while f"port {port}" not in (line := (await process.stderr.readline()).decode()):
                assert line, "the server ended"
        path = "sse" if transport == "sse" else "mcp"
        yield Served(f"http://127.0.0.1:{port}/{path}")
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # `node` may be a program that starts another
        await process.communicate()


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


Say = Callable[[str, dict[str, Any]], Awaitable[Any]]


@asynccontextmanager
async def scripted(say: Say, **headers: str) -> AsyncIterator[Served]:
    """A server that answers each method with what ``say`` returns: a result, or a raw answer.

    Results come with ``headers``, whose names have hyphens.
    A raw answer is a tuple of status, headers and body; None closes the connection in the middle,
    an exception is an error of the protocol.
    """
    served = Served()
    more = {name.replace("_", "-"): value for name, value in headers.items()}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, ends = b"", False
        while not ends:
            message = await receive()
            body += message.get("body", b"")
            ends = not message.get("more_body", False)
        if scope["method"] != "POST":
            await _answer(send, 405, {}, b"")
            return
        asked = json.loads(body)
        method = asked.get("method", "")
        served.calls.append(method)
        if "id" not in asked:
            await _answer(send, 202, {}, b"")
            return
        result = await say(method, asked.get("params") or {})
        if isinstance(result, tuple):
            await _answer(send, *result)
        elif result is None:
            kinds = [(b"content-type", b"text/event-stream")]
            await send({"type": "http.response.start", "status": 200, "headers": kinds})
            await send({"type": "http.response.body", "body": b": begun\n\n", "more_body": False})
        else:
            said = {"result": result}
            if isinstance(result, Exception):
                said = {"error": {"code": -32000, "message": str(result)}}
            told = {"jsonrpc": "2.0", "id": asked["id"], **said}
            kind = {"content-type": "application/json", **more}
            await _answer(send, 200, kind, json.dumps(told).encode())

    async with running(app, "/mcp", served):
        yield served


async def _answer(send: Any, status: int, headers: dict[str, str], body: bytes) -> None:
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    listed.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})


def hello(params: dict[str, Any]) -> dict[str, Any]:
    """The answer to ``initialize``."""
    return {
        "protocolVersion": params["protocolVersion"],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "scripted", "version": "1"},
    }
