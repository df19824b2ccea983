"""The cost of a brokered ``fetch`` over the same request made by httpx directly."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext

import httpx

from bench.programs import program_of
from bench.report import milliseconds, percentile, progress, report
from services.cli.hosting import all_started, private_toolrunner
from services.executor.adapters.http.exchange import HttpConnections
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import ConsoleLine, Program
from services.executor.egress.broker import RunBroker
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.rules import Allowances, parse_rule
from services.executor.egress.secrets import RunSecrets
from services.executor.events import ToolRequest
from services.executor.limits import ToolCallLimits

TOOLS = b"""export const agents = { main: { tools: {
  nothing: { execute: async () => 1 },
  fetching: { execute: async ({ url }) => (await (await fetch(url)).json()).ok },
} } };
"""
ANSWER = (
    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'
)
WARM_UP = 30


async def measure(calls: int) -> None:
    """Report a call with one brokered request, the request alone, and a call without one."""
    progress("calls with a brokered fetch")
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    authority = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        direct = await times_of_httpx(f"http://{authority}/", calls)
        nothing, fetching = await times_of_tools(authority, calls)
    finally:
        server.close()
    report({"measure": "fetch-direct", "client": "httpx", **milliseconds(direct)})
    report({"measure": "fetch-none-in-tool", **milliseconds(nothing)})
    report({"measure": "fetch-in-tool", **milliseconds(fetching)})
    over = percentile(sorted(fetching), 0.5) - percentile(sorted(direct), 0.5)
    report({"measure": "fetch-brokered-over-direct", "p50Ms": round(over * 1000, 3)})


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send the same answer to every request of a connection."""
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def times_of_httpx(url: str, calls: int) -> list[float]:
    """Return the seconds of requests on one connection."""
    times = []
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(calls + WARM_UP):
            began = time.perf_counter()
            (await client.get(url)).json()
            times.append(time.perf_counter() - began)
    return times[WARM_UP:]


async def times_of_tools(authority: str, calls: int) -> tuple[list[float], list[float]]:
    """Return the seconds of calls without a fetch, and of calls with one."""
    bundle = program_of(TOOLS, is_module=True)
    program = Program(bundle.digest, is_module=True, source=bundle.source)
    allowed = Allowances(((parse_rule(authority),),))
    exchange = HttpConnections(allowed)
    bounds = FetchBounds(requests=10**6)
    broker = RunBroker(exchange, allowed, RunSecrets(), bounds, ignore, nullcontext)
    async with private_toolrunner() as toolrunner:
        await all_started(toolrunner)
        client = ToolRunnerClient(toolrunner.address)
        try:
            async with client.open("bench", program, ToolCallLimits(), broker, "") as session:
                text = f'{{"url":"http://{authority}/"}}'
                times: dict[str, list[float]] = {"nothing": [], "fetching": []}
                for count in range(2 * (calls + WARM_UP)):
                    tool = ("nothing", "fetching")[count % 2]
                    invocation = ToolInvocation("main", tool, text, {}, f"call-{count}")
                    began = time.perf_counter()
                    result = await session.call(invocation, ignore, lambda: None)
                    times[tool].append(time.perf_counter() - began)
                    if result.failure is not None:
                        raise SystemExit(f"the call failed: {result.failure}")
        finally:
            await client.close()
            await broker.close()
    return times["nothing"][WARM_UP:], times["fetching"][WARM_UP:]


async def ignore(_: ToolRequest | ConsoleLine) -> None:
    """Note nothing."""
