"""Real SDKs give the same results and send the same requests in the sandbox as in Node."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import ConsoleLine, Program, ToolResult
from services.executor.limits import ToolCallLimits
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.e2e.pair import COMPILED
from tests.egress.brokers import asking
from tests.npm import node
from tests.sdks.bundles import HERE, NAMES
from tests.sdks.services import Heard, Services

KEY = "sk-test-4eC39HqLyjWDarjtT1zdp7dc"
JUDGE_TIMEOUT_S = 60


@pytest.mark.parametrize("name", NAMES)
async def test_sdk_works_as_in_node(bundles: Path, served: Services, name: str) -> None:
    expected, expected_requests = await judged(bundles, served, name)
    result, requests, placeholder = await in_sandbox(bundles, served, name)
    assert result.failure is None, result.failure
    shown = json.dumps(result.output)
    assert KEY not in shown
    assert json.loads(shown.replace(placeholder, KEY)) == expected
    assert requests == expected_requests


async def judged(bundles: Path, served: Services, name: str) -> tuple[Any, list[Heard]]:
    """Return what Node gives, and what the server heard of it."""
    process = await asyncio.create_subprocess_exec(
        *[node(), str(HERE / "judge.mjs"), str(bundles), served.url, KEY, name],
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(JUDGE_TIMEOUT_S):
        printed, _ = await process.communicate()
    outcome = json.loads(printed)[name]
    assert "error" not in outcome, outcome
    return outcome["value"], served.take(name)


def program_of(bundles: Path, name: str) -> Program:
    """Return the program of a tool."""
    (bundle,) = bundles.glob(f"{name}.?js")
    source = bundle.read_bytes()
    digest = "sha256:" + hashlib.sha256(source).hexdigest()
    return Program(digest, is_module=bundle.suffix == ".mjs", source=source)


async def in_sandbox(
    bundles: Path, served: Services, name: str
) -> tuple[ToolResult, list[Heard], str]:
    """Return what the sandbox gives, what the server heard of it, and the key's placeholder."""
    program = program_of(bundles, name)
    settings = Settings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED))
    lines: list[ConsoleLine] = []

    async def on_console(line: ConsoleLine) -> None:
        lines.append(line)

    async with (
        running_server(settings) as address,
        asking(served.authority, secrets=[("KEY", KEY, served.authority)]) as tool,
    ):
        client = ToolRunnerClient(address)
        try:
            async with client.open("run", program, ToolCallLimits(), tool.run, "") as session:
                text = json.dumps({"url": f"{served.url}/{name}"})
                invocation = ToolInvocation("main", "call", text, {}, "call-1")
                result = await session.call(invocation, on_console, lambda: None)
        finally:
            await client.close()
        assert KEY not in str(lines)
        return result, served.take(name), tool.run.secrets.env["KEY"]
