"""A run whose toolrunner is being stopped goes on at another, and loses no call."""

from __future__ import annotations

import asyncio
import hashlib
import signal

from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import ConsoleLine, Program
from services.executor.limits import ToolCallLimits
from tests.egress.brokers import asking
from tests.toolrunner.clients import runner_process
from tests.toolrunner.programs import tool_program

SOURCE = tool_program(
    "console.log('waits'); return new Promise((resolve) => setTimeout(() => resolve(input), input))"
)
PROGRAM = Program("sha256:" + hashlib.sha256(SOURCE).hexdigest(), True, SOURCE)


async def until_nobody_listens(address: str) -> None:
    """Wait until a new connection is refused."""
    host, _, port = address.rpartition(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue
        writer.close()


async def test_calls_of_a_run_move_to_another_toolrunner_and_none_is_lost() -> None:
    waits = asyncio.Event()
    begun: list[str] = []

    async def hear(_: ConsoleLine) -> None:
        waits.set()

    def call(name: str, milliseconds: int) -> ToolInvocation:
        return ToolInvocation("demo", "run", str(milliseconds), {}, name)

    with runner_process() as first:
        client = ToolRunnerClient(first.address, connect_s=30)
        try:
            async with (
                asking("a.test") as tool,
                client.open("run", PROGRAM, ToolCallLimits(), tool.run, "") as session,
                asyncio.timeout(60),
            ):
                invocation = call("long", 3000)
                running = asyncio.create_task(
                    session.call(invocation, hear, lambda: begun.append("long"))
                )
                await waits.wait()
                first.process.send_signal(signal.SIGTERM)
                await until_nobody_listens(first.address)
                with runner_process(address=first.address):
                    invocation = call("short", 1)
                    short = await session.call(invocation, hear, lambda: begun.append("short"))
                    assert (short.failure, short.output) == (None, 1)
                    long = await running
                    assert (long.failure, long.output) == (None, 3000)
                    assert begun == ["long", "short"]
                    assert await asyncio.to_thread(first.process.wait, 30) == 0
        finally:
            await client.close()
