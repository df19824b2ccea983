"""A run continues even if its tool stream ends while it waits for its model."""

from __future__ import annotations

import asyncio
import hashlib

from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import ConsoleLine, Program
from services.executor.limits import ToolCallLimits
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.egress.brokers import asking
from tests.toolrunner.scripted_worker import ScriptedLauncher

SOURCE = b"export {}"
PROGRAM = Program("sha256:" + hashlib.sha256(SOURCE).hexdigest(), True, SOURCE)


async def nowhere(_: ConsoleLine) -> None:
    """Drop a line."""


async def test_run_reopens_an_idle_tool_stream() -> None:
    settings = Settings(address="127.0.0.1:0", workers=1, stream_idle_s=0.2)
    async with running_server(settings, ScriptedLauncher()) as address, asking("a.test") as tool:
        client = ToolRunnerClient(address)
        async with client.open(
            "run", PROGRAM, ToolCallLimits(), tool.run, "host/connection"
        ) as session:
            for number in range(3):
                invocation = ToolInvocation("main", "echo", f"{number}", {}, f"call-{number}")
                result = await session.call(invocation, nowhere, lambda: None)
                assert (result.failure, result.output) == (None, number)
                await asyncio.sleep(0.6)  # as long as a model may take
        await client.close()
