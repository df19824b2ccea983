"""Calls the tools of bundles in Node, and in one toolrunner."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.executor.adapters.http.exchange import HttpConnections
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.agent.ports import ToolInvocation, ToolSession
from services.executor.domain import ConsoleLine, FailureKind, Program
from services.executor.egress.broker import RunBroker
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.rules import Allowances, parse_rule
from services.executor.egress.secrets import RunSecrets
from services.executor.errors import BundleLoadError
from services.executor.events import ToolRequest
from services.executor.limits import ToolCallLimits
from services.front.limits import MIB
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.e2e.pair import COMPILED
from tests.npm import node, node_environment
from tests.projects.bundles import HERE

CASES: dict[str, dict[str, dict[str, list[Any]]]] = json.loads((HERE / "cases.json").read_text())
JUDGE_TIMEOUT_S = 120
# What bundles of today's Mastra that are not minified, 12 and 14 MB, need.
MEMORY_BYTES = 512 * MIB
# One that holds a database loads twice: the second time without the native part that is not there.
LOAD_TIMEOUT_S = 120.0

Outcomes = dict[str, Any]


def environment(url: str) -> dict[str, str]:
    """Return the plain values of every project."""
    return {"API_URL": url, "API_KEY": "key-1", "OPENAI_API_KEY": "key-2"}


async def judged(folder: Path, url: str) -> dict[str, Outcomes]:
    """Return how the calls of every bundle end in Node, in an empty folder."""
    with tempfile.TemporaryDirectory() as empty:
        process = await asyncio.create_subprocess_exec(
            *[node(), str(HERE / "judge.mjs"), str(HERE / "cases.json"), str(folder)],
            cwd=empty,
            env={**node_environment(), **environment(url)},
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(JUDGE_TIMEOUT_S):
            printed, _ = await process.communicate()
    assert process.returncode == 0
    outcomes: dict[str, Outcomes] = json.loads(printed)
    return outcomes


def cases_of(name: str) -> Iterator[tuple[str, str, str, Any]]:
    """Yield the name, agent, tool and input of each call of a bundle."""
    for agent, tools in CASES[name.partition("-")[0]].items():
        for tool, inputs in tools.items():
            for at, value in enumerate(inputs):
                yield f"{agent}.{tool}({at})", agent, tool, value


@dataclass(frozen=True)
class Projects:
    """One toolrunner for all bundles."""

    client: ToolRunnerClient
    authority: str

    async def outcomes(self, bundle: Path, program: Program | None = None) -> Outcomes:
        """Return how the calls of a bundle end; ``load`` says why there are none.

        ``program`` is run in place of all of the bundle.
        """
        program = program or program_of(bundle)
        async with (
            broker(self.authority) as run,
            self.client.open("run", program, ToolCallLimits(), run, "") as session,
        ):
            try:
                await session.opened()
            except BundleLoadError as error:
                return {"load": str(error)}
            calls = cases_of(bundle.stem)
            return {name: await outcome(session, *call) for name, *call in calls}


def program_of(bundle: Path) -> Program:
    """Return a bundle's program."""
    source = bundle.read_bytes()
    digest = "sha256:" + hashlib.sha256(source).hexdigest()
    return Program(digest, is_module=bundle.suffix == ".mjs", source=source)


async def outcome(session: ToolSession, agent: str, tool: str, value: Any) -> Outcomes:
    """Return how one call ends."""

    async def on_console(line: ConsoleLine) -> None:
        """Drop a line."""

    invocation = ToolInvocation(agent, tool, json.dumps(value), {}, "call-1")
    result = await session.call(invocation, on_console, lambda: None)
    failure = result.failure
    if failure is None:
        return {"value": result.output}
    if failure.kind is FailureKind.INVALID_INPUT:
        return {"invalid": True}
    if failure.kind is FailureKind.THROWN:
        return {"thrown": {"name": failure.name, "message": failure.message}}
    return {"failed": f"{failure.kind.name}: {failure.message}"}


@asynccontextmanager
async def broker(authority: str) -> AsyncIterator[RunBroker]:
    """Yield the broker of a run that may fetch from the local server alone."""
    allowed = Allowances(((parse_rule(authority),),))

    async def record(event: ToolRequest) -> None:
        """Drop an event."""

    values: Mapping[str, str] = environment(f"http://{authority}")
    exchange = HttpConnections(allowed)
    run = RunBroker(
        exchange, allowed, RunSecrets([]), FetchBounds(), record, nullcontext, values=values
    )
    try:
        yield run
    finally:
        await run.close()


@asynccontextmanager
async def projects(authority: str) -> AsyncIterator[Projects]:
    """Yield a toolrunner that the projects' bundles are opened in, one after the other."""
    settings = Settings(
        address="127.0.0.1:0",
        workers=1,
        cache_dir=str(COMPILED),
        load_memory_bytes=MEMORY_BYTES,
        load_timeout_s=LOAD_TIMEOUT_S,
        call_memory_bytes=MEMORY_BYTES,
    )
    async with running_server(settings) as address:
        client = ToolRunnerClient(address)
        try:
            yield Projects(client, authority)
        finally:
            await client.close()
