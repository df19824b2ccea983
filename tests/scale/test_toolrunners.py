"""Two toolrunners below one executor: programs stay where they are, and runs survive a loss."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from caisson.executor.v1 import run_event_pb2 as pb
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.fleet import RunnerFleet
from services.executor.agent.ports import ToolInvocation, ToolSession
from services.executor.domain import ConsoleLine, Program, ToolResult
from services.executor.limits import ToolCallLimits
from services.executor.runner_settings import RunnerAddresses, parse_addresses
from tests.egress.brokers import asking
from tests.repeats import soaking
from tests.scale.runners import RunnerProcess, toolrunners
from tests.survival.stage import stage
from tests.toolrunner.programs import tool_program

SEED = 22
LONG_MS = 1500


def program(number: int = 0) -> Program:
    body = (
        "console.log('waits'); return new Promise((done) => setTimeout(() => done(input), input))"
    )
    source = tool_program(f"/* {number} */ {body}")
    return Program("sha256:" + hashlib.sha256(source).hexdigest(), True, source)


async def hear(_: ConsoleLine) -> None:
    """Hear nothing."""


def call(
    session: ToolSession, milliseconds: int, on_console: object = hear
) -> asyncio.Task[ToolResult]:
    invocation = ToolInvocation("demo", "run", str(milliseconds), {}, f"c{milliseconds}")
    listener = on_console if callable(on_console) else hear
    return asyncio.create_task(session.call(invocation, listener, lambda: None))


@asynccontextmanager
async def opened(client: ToolRunnerClient, of: Program, run_id: str) -> AsyncIterator[ToolSession]:
    async with (
        asking("a.test") as tool,
        client.open(run_id, of, ToolCallLimits(), tool.run, "") as session,
    ):
        await session.opened()
        yield session


async def streams(runners: list[RunnerProcess]) -> list[int]:
    return [(await each.load()).streams for each in runners]


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; a test bounds this in time."""
    while not holds():  # noqa: ASYNC110 - what a fleet knows has no event for tests
        await asyncio.sleep(0.02)


async def until_both_are_known(fleet: RunnerFleet) -> None:
    await fleet.answers()
    now = asyncio.get_running_loop().time() + 60
    known = fleet.balancer
    await until(lambda: len(known.addresses) == 2)
    for address in known.addresses:
        await until(partial(known.others, now, [address]))


async def test_streams_of_a_program_stay_together_and_programs_spread() -> None:
    runners = [RunnerProcess(), RunnerProcess()]
    async with toolrunners(*runners) as addresses, asyncio.timeout(60):
        fleet = RunnerFleet(parse_addresses(addresses), 20.0)
        client = ToolRunnerClient("", runners=fleet)
        try:
            await until_both_are_known(fleet)
            used = set()
            for number in range(8):
                async with opened(client, program(number), "first"):
                    first = await streams(runners)
                async with opened(client, program(number), "second") as session:
                    assert await streams(runners) == first
                    assert (await call(session, 1)).output == 1
                used.add(tuple(first))
            assert used == {(1, 0), (0, 1)}
        finally:
            await client.close()


async def test_name_with_two_addresses_is_resolved_again_and_again() -> None:
    first = RunnerProcess()
    second = RunnerProcess("127.0.0.2", int(first.address.rpartition(":")[2]))
    found = [first.address]

    async def resolve(host: str, port: int) -> list[str]:
        assert (host, f"127.0.0.1:{port}") == ("runners.test", first.address)
        return list(found)

    name = f"runners.test:{first.address.rpartition(':')[2]}"
    async with toolrunners(first, second), asyncio.timeout(60):
        fleet = RunnerFleet(RunnerAddresses(names=(name,)), 20.0, resolve=resolve)
        client = ToolRunnerClient("", runners=fleet)
        try:
            async with opened(client, program(), "run") as session:
                found.append(second.address)
                await until_both_are_known(fleet)
                found.remove(first.address)
                await until(lambda: first.address not in fleet.balancer.addresses)
                assert (await call(session, 1)).output == 1  # it stays where it is
                async with opened(client, program(), "other"):
                    assert await streams([first, second]) == [1, 1]
        finally:
            await client.close()


async def test_drained_toolrunner_ends_its_calls_and_later_ones_go_to_the_other() -> None:
    runners = [RunnerProcess(), RunnerProcess()]
    async with toolrunners(*runners) as addresses, asyncio.timeout(60):
        client = ToolRunnerClient(addresses, 20.0)
        try:
            async with opened(client, program(), "run") as session:
                at = (await streams(runners)).index(1)
                waits = asyncio.Event()

                async def note(_: ConsoleLine) -> None:
                    waits.set()

                long = call(session, LONG_MS, note)
                await waits.wait()
                stopping = asyncio.create_task(runners[at].stop())
                for milliseconds in range(1, 40):
                    short = await call(session, milliseconds)
                    assert (short.failure, short.output) == (None, milliseconds)
                ended = await long
                assert (ended.failure, ended.output) == (None, LONG_MS)
                await stopping
                assert (await runners[1 - at].load()).streams == 1
        finally:
            await client.close()


@pytest.mark.timeout(300)
async def test_runs_go_on_when_one_of_two_toolrunners_is_killed(tmp_path: Path) -> None:
    runners = [RunnerProcess(), RunnerProcess()]
    database = {"CAISSON_EXECUTOR_STATE_DIR": str(tmp_path / "state")}
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(toolrunners(*runners))
        scene = await stack.enter_async_context(stage(tmp_path, [database], SEED, addresses))

        async def kill(number: int) -> None:
            await runners[number % 2].kill()
            await runners[number % 2].start()

        # A call that had begun in the killed one is told to have failed, and not made again.
        scene.judged.not_returned = (pb.TOOL_OUTCOME_FAILED,)
        judged = await scene.play(8 if soaking() else 2, kill, at_once=6, between=(40, 120))
        print(scene.report())
    assert judged.runs >= 6
