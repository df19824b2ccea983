"""A program that reads its run's values while it loads is loaded for that run alone."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from tests.toolrunner.clients import (
    Runner,
    ToolStream,
    opened_stream,
    runner_process,
    tool_stream,
)
from tests.toolrunner.memories import gone_soon, holds
from tests.toolrunner.programs import tool_program

KEY = "const key = process.env.WEATHER_KEY ?? 'none';"
READS = tool_program("return [key, process.env.WEATHER_KEY ?? null];", KEY)
GUARD = tool_program("return 1;", "if (!process.env.WEATHER_KEY) throw new Error('no key');")
LATER = tool_program("return process.env.WEATHER_KEY ?? null;")
ALL = tool_program("return found;", "const found = Object.keys(process.env);")
COUNTS = tool_program("return [seen, n];", "const seen = process.env.A; const n = Math.random();")
FETCHES = tool_program(
    "return found;", "const found = await (await fetch('https://tools.example/list')).text();"
)


@pytest.fixture(scope="module")
def lone() -> Iterator[Runner]:
    """A toolrunner with one worker, and room for two images of one run."""
    with runner_process(workers="1", private_images="3") as running:
        yield running


async def opened(stream: ToolStream, source: bytes, **fields: Any) -> pb.Opened:
    response = await stream.open(source, **fields)
    assert response.HasField("opened"), response
    return response.opened


async def test_values_are_there_while_the_program_loads(lone: Runner) -> None:
    for value in ("first", "second"):
        async with tool_stream(lone.address) as stream:
            told = await opened(stream, READS, env={"WEATHER_KEY": value, "OTHER": "x"})
            assert list(told.private_load.env) == ["WEATHER_KEY"]
            assert not told.warm
            assert told.usage.fuel > 0
            ended = await stream.run("run", context_json=json.dumps({"env": {"OTHER": "x"}}))
            assert json.loads(ended.output) == [value, value]


async def test_run_without_the_names_shares_the_image(lone: Runner) -> None:
    for warm in (False, True):
        async with tool_stream(lone.address) as stream:
            told = await opened(stream, READS + b"// shared", env={"OTHER": "x"})
            assert not told.HasField("private_load")
            assert told.warm is warm
            assert json.loads((await stream.run("run")).output) == ["none", None]


async def test_program_that_reads_only_in_its_tools_shares_the_image(lone: Runner) -> None:
    for warm in (False, True):
        async with tool_stream(lone.address) as stream:
            told = await opened(stream, LATER, env={"WEATHER_KEY": "mine"})
            assert (told.HasField("private_load"), told.warm) == (False, warm)
            ended = await stream.run("run", context_json='{"env": {"WEATHER_KEY": "mine"}}')
            assert json.loads(ended.output) == "mine"


async def test_guard_that_throws_without_its_value(lone: Runner) -> None:
    async with tool_stream(lone.address) as stream:
        assert (await stream.open(GUARD)).load_failed.failure.message == "no key"
    async with opened_stream(lone.address, GUARD, env={"WEATHER_KEY": "k"}) as stream:
        assert (await stream.run("run")).output == "1"
    async with tool_stream(lone.address) as stream:
        assert (await stream.open(GUARD, env={"OTHER": "k"})).HasField("load_failed")


async def test_look_at_the_whole_environment_takes_all_names(lone: Runner) -> None:
    async with tool_stream(lone.address) as stream:
        told = await opened(stream, ALL, env={"B": "1", "A": "2"})
        assert list(told.private_load.env) == ["A", "B"]
        assert sorted(json.loads((await stream.run("run")).output)) == ["A", "B"]
    async with opened_stream(lone.address, ALL) as stream:
        assert json.loads((await stream.run("run")).output) == []


async def test_load_makes_host_calls_where_it_is_granted(lone: Runner) -> None:
    async with tool_stream(lone.address) as stream:
        told = await opened(stream, FETCHES, capabilities=["fetch"])
        (fault,) = told.incomplete.faults
        assert fault.failure.kind == pb.FAILURE_KIND_LOAD_FAILED
    async with tool_stream(lone.address) as stream:
        asked = await stream.open(FETCHES, capabilities=["fetch"], host_calls_at_load=True)
        assert (asked.host_call.call_id, asked.host_call.capability) == ("", "fetch")
        await answer(stream, asked)
        told = (await stream.receive()).opened
        assert (list(told.private_load.env), told.private_load.host_calls) == ([], True)
        assert json.loads((await stream.run("run")).output) == "a list"


async def answer(stream: ToolStream, asked: pb.RunToolsResponse) -> None:
    """Answer a request that a load has made."""
    body = {"data": base64.b64encode(b"a list").decode(), "done": True}
    output = json.dumps({"status": 200, "headers": [], "body": body})
    call = asked.host_call
    result = pb.HostResult(call_id=call.call_id, host_call_id=call.host_call_id, output_json=output)
    await stream.send(host_result=result)


async def test_requests_of_a_load_are_not_repeated_while_its_worker_is_busy() -> None:
    source = b"""
      const found = await (await fetch("https://tools.example/list")).text();
      const spin = () => { for (let i = 0; i < 2e7; i++); return found; };
      export const agents = { demo: { tools: {
        run: { execute: () => found }, spin: { execute: spin },
      } } };
    """
    with runner_process(workers="2") as running:
        async with tool_stream(running.address) as stream:
            await answer(
                stream, await stream.open(source, capabilities=["fetch"], host_calls_at_load=True)
            )
            assert (await stream.receive()).HasField("opened")
            calls = {await stream.start("spin"), await stream.start("run")}
            ended = [(await stream.receive()).result for _ in calls]
            assert {each.call_id for each in ended} == calls
            assert [each.output_json for each in ended] == ['"a list"'] * 2


async def test_requests_of_a_load_are_not_repeated_without_end(lone: Runner) -> None:
    async with tool_stream(lone.address) as stream:
        await answer(
            stream, await stream.open(FETCHES, capabilities=["fetch"], host_calls_at_load=True)
        )
        assert (await stream.receive()).HasField("opened")
        for _ in range(2):
            os.kill(lone.workers()[0], signal.SIGKILL)
            call_id = await stream.start("run")
            await answer(stream, await stream.receive())
            assert json.loads((await stream.end(call_id)).output) == "a list"
        os.kill(lone.workers()[0], signal.SIGKILL)
        failed = await stream.run("run")
        assert failed.kind == "RUNNER_LOST"
        assert "loaded 3 times for this run" in failed.message


async def test_call_after_its_worker_was_lost_loads_again(lone: Runner) -> None:
    async with opened_stream(lone.address, COUNTS, env={"A": "mine"}) as stream:
        first = json.loads((await stream.run("run")).output)
        assert json.loads((await stream.run("run")).output) == first
        (worker,) = lone.workers()
        os.kill(worker, signal.SIGKILL)
        again = json.loads((await stream.run("run")).output)
        assert (again[0], again[1] != first[1]) == ("mine", True)
        assert lone.workers() != [worker]


async def test_images_of_one_run_are_limited(lone: Runner) -> None:
    async def refused(name: str) -> str:
        async with tool_stream(lone.address) as stream:
            with pytest.raises(grpc.aio.AioRpcError):
                await stream.open(READS, env={"WEATHER_KEY": name})
            assert await stream.status() is grpc.StatusCode.RESOURCE_EXHAUSTED
            return str(await stream.call.details())

    async with (
        opened_stream(lone.address, READS, env={"WEATHER_KEY": "a"}) as first,
        opened_stream(lone.address, READS, env={"WEATHER_KEY": "b"}) as second,
    ):
        assert "CAISSON_TOOLRUNNER_PRIVATE_IMAGES" in await refused("c")
        assert json.loads((await first.run("run")).output)[0] == "a"
        assert json.loads((await second.run("run")).output)[0] == "b"
    async with asyncio.timeout(60):
        while True:
            async with tool_stream(lone.address) as stream:
                try:
                    await opened(stream, READS, env={"WEATHER_KEY": "d"})
                    return
                except grpc.aio.AioRpcError:
                    continue


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"A=B": "x"}, "no environment can hold"),
        ({"A": "x\0"}, "no environment can hold"),
        ({"": "x"}, "is empty"),
        ({"A": "x" * 40_000}, "too large"),
        ({f"N{at}": "x" for at in range(129)}, "the most is 128"),
        ({f"N{at}": "x" * 30_000 for at in range(9)}, "too large"),
    ],
)
async def test_environment_is_bounded(lone: Runner, env: dict[str, str], message: str) -> None:
    async with tool_stream(lone.address) as stream:
        with pytest.raises(grpc.aio.AioRpcError):
            await stream.open(READS, env=env)
        assert message in str(await stream.call.details())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read a worker's memory")
@pytest.mark.parametrize("source", [READS, LATER], ids=["private", "shared"])
async def test_no_value_of_a_run_is_in_a_worker_after_it(lone: Runner, source: bytes) -> None:
    other = "other-run-4e1b7c5d9a2f8036"
    canary, context = "canary-5f0c8a3b9d4e4c6a", '{"env": {"WEATHER_KEY": "%s"}}'
    (worker,) = lone.workers()
    async with opened_stream(lone.address, source, env={"WEATHER_KEY": other}) as neighbour:
        await neighbour.run("run", context_json=context % other)
        async with opened_stream(lone.address, source, env={"WEATHER_KEY": canary}) as stream:
            await stream.run("run", context_json=context % canary)
            if source is LATER:  # the result comes before the memory is freed
                assert gone_soon(worker, canary)
            else:
                assert holds(worker, canary.encode())
            assert canary not in (await neighbour.run("run", context_json=context % other)).output
        assert gone_soon(worker, canary), "the worker still has a value of the run that ended"
        assert holds(worker, other.encode()) is (source is not LATER)
    assert lone.workers() == [worker]
