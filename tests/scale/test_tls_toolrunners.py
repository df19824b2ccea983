"""Two toolrunners over mTLS: calls go to both, and go on when one is killed."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import grpc

from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.fleet import RunnerFleet
from services.executor.runner_settings import parse_addresses
from tests.e2e.pair import BUNDLE, asks, events_of, executor, provider
from tests.executor.fake_provider import answer
from tests.scale.runners import RunnerProcess, toolrunners
from tests.scale.test_toolrunners import call, opened, program, streams, until_both_are_known
from tests.tls.authority import EXECUTOR
from tests.tls.meshed import Mesh, channel_of, toolrunner_variables

PROGRAMS = 8


def runner(mesh: Mesh) -> RunnerProcess:
    """A toolrunner that speaks with our executors alone."""
    pair = mesh.authority.sign(EXECUTOR)

    def channel(address: str) -> grpc.aio.Channel:
        return channel_of(address, mesh.authority.pem, pair)

    return RunnerProcess(variables=toolrunner_variables(mesh), channel=channel)


async def test_calls_go_to_both_and_go_on_when_one_is_killed(tmp_path: Path) -> None:
    mesh = Mesh(tmp_path)
    runners = [runner(mesh), runner(mesh)]
    async with toolrunners(*runners) as addresses, asyncio.timeout(90), AsyncExitStack() as stack:
        fleet = RunnerFleet(parse_addresses(addresses), 20.0, mesh.runner_tls())
        client = ToolRunnerClient("", runners=fleet)
        stack.push_async_callback(client.close)
        await until_both_are_known(fleet)
        sessions = []
        for number in range(PROGRAMS):
            of = opened(client, program(number), f"run {number}")
            sessions.append(await stack.enter_async_context(of))
        held = await streams(runners)
        assert sum(held) == PROGRAMS
        assert min(held) >= 1
        for session in sessions:
            assert (await call(session, 1)).output == 1
        await runners[0].kill()
        for session in sessions:
            assert (await call(session, 2)).output == 2
        assert (await runners[1].load()).streams == PROGRAMS


async def test_runs_go_on_with_the_settings_of_a_list(tmp_path: Path) -> None:
    mesh = Mesh(tmp_path)
    runners = [runner(mesh), runner(mesh)]
    scripts = (asks(("add", '{"a": 1, "b": 2}')), answer("3"))
    async with (
        toolrunners(*runners) as addresses,
        provider(*scripts * 3),
        executor(addresses, **mesh.way()) as client,
        asyncio.timeout(90),
    ):
        for lost in (None, *runners[:1]):
            if lost is not None:
                await lost.kill()
            outcome = await client.run(bundle=BUNDLE, agent="calculator")
            (output,) = events_of(outcome, "tool_output_available")
            assert output["output"]["sum"] == 3
        await runners[0].start()
        await runners[1].kill()
        outcome = await client.run(bundle=BUNDLE, agent="calculator")
        assert outcome.kinds[-1] == "finish"


async def test_toolrunner_of_another_authority_gets_no_calls(tmp_path: Path) -> None:
    for name in ("ours", "stranger"):
        (tmp_path / name).mkdir()
    mesh, stranger = Mesh(tmp_path / "ours"), Mesh(tmp_path / "stranger")
    runners = [runner(mesh), runner(stranger)]
    async with toolrunners(*runners) as addresses, asyncio.timeout(90), AsyncExitStack() as stack:
        fleet = RunnerFleet(parse_addresses(addresses), 20.0, mesh.runner_tls())
        client = ToolRunnerClient("", runners=fleet)
        stack.push_async_callback(client.close)
        for number in range(PROGRAMS):
            of = opened(client, program(number), f"run {number}")
            session = await stack.enter_async_context(of)
            assert (await call(session, 1)).output == 1
        assert await streams(runners) == [PROGRAMS, 0]
