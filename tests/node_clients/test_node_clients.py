"""HTTP clients for Node do in the sandbox what they do in Node, against the same server.

One Node serves, judges every bundle of a run, and goes on serving for the sandbox.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import Program, ToolResult
from services.executor.limits import ToolCallLimits
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.e2e.pair import COMPILED
from tests.egress.brokers import Asking, asking
from tests.node_clients.bundles import FORMS, HERE, build
from tests.npm import node
from tests.repeats import soaking

JUDGE_TIMEOUT_S = 120
USUAL = {
    "http": "cjs",
    "fetch": "cjs",
    "axios": "esm-min",
    "undici": "cjs-min",
}
MORE = (
    "gaxios",
    "got",
    "node-fetch",
    "got-11",
    "needle",
    "node-fetch-2",
    "request",
    "superagent",
    "undici-6",
)


@dataclass
class Judged:
    """What Node gave for each bundle, while it goes on serving at ``serving``."""

    folder: Path
    serving: str
    refusing: str
    given: dict[str, Any]


def chosen() -> list[str]:
    """Return the bundles of this run, as ``form/file``; soaking takes each client in all forms."""
    names = [(name, form) for name in (*USUAL, *MORE) for form in FORMS]
    taken = names if soaking() else list(USUAL.items())
    return [f"{form}/{name}.{'mjs' if form.startswith('esm') else 'cjs'}" for name, form in taken]


@asynccontextmanager
async def judged(files: list[str]) -> AsyncIterator[Judged]:
    """Serve, and let Node call the bundles."""
    folder = build()
    process = await asyncio.create_subprocess_exec(
        *[node(), "--no-deprecation", str(HERE / "judge.mjs"), str(folder), *files],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(JUDGE_TIMEOUT_S):
            where = json.loads(await process.stdout.readline())
            given = json.loads(await process.stdout.readline())
        yield Judged(folder, where["serving"], where["refusing"], given)
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def granted(where: Judged) -> AsyncIterator[tuple[ToolRunnerClient, Asking]]:
    """Serve a toolrunner, and grant the two hosts."""
    settings = Settings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED))
    async with (
        running_server(settings) as address,
        asking(where.serving, where.refusing) as tool,
    ):
        client = ToolRunnerClient(address)
        try:
            yield client, tool
        finally:
            await client.close()


async def called(client: ToolRunnerClient, tool: Asking, where: Judged, file: str) -> ToolResult:
    """Return what the sandbox gives for a bundle."""
    source = (where.folder / file).read_bytes()
    digest = "sha256:" + hashlib.sha256(source).hexdigest()
    program = Program(digest, is_module=file.endswith(".mjs"), source=source)
    text = json.dumps({"url": f"http://{where.serving}", "refusing": f"http://{where.refusing}/"})
    async with client.open(file, program, ToolCallLimits(), tool.run, "") as session:
        invocation = ToolInvocation("main", "call", text, {}, "call-1")

        async def on_console(_: object) -> None:
            pass

        return await session.call(invocation, on_console, lambda: None)


async def test_clients_work_as_in_node() -> None:
    files = chosen()
    differing: dict[str, Any] = {}
    async with judged(files) as where, granted(where) as (client, tool):
        for file in files:
            result = await called(client, tool, where, file)
            output, expected = result.output, where.given[file]
            if result.failure is not None:
                differing[file] = result.failure
            elif output != expected:
                assert isinstance(output, dict)
                keys = [key for key in expected if output.get(key) != expected[key]]
                differing[file] = {key: (expected[key], output.get(key)) for key in keys}
    assert not differing, json.dumps(differing, indent=1, default=str)


async def test_undici_fetch_works_as_in_node() -> None:
    file = "cjs/undici-fetch.cjs"
    async with judged([file]) as where, granted(where) as (client, tool):
        result = await called(client, tool, where, file)
        assert result.output == where.given[file]
