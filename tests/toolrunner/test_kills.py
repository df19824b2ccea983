"""kill -9 of any process during a call: a clear error, nothing left behind, the next call works."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as executor_pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import RunSpec
from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.cli.hosting import TOOLRUNNER_OF_EXECUTOR, all_started, private_folder, start
from services.cli.installed import EXECUTOR
from tests.e2e.pair import BUNDLE, asks, provider
from tests.executor.fake_provider import answer
from tests.toolrunner.clients import (
    Runner,
    ToolStream,
    children_of,
    ended,
    opened_stream,
    runner_process,
    tool_stream,
)
from tests.toolrunner.pools import until
from tests.toolrunner.programs import TOOLS, tool_program

ENDLESS_LOAD = b"for (;;) {}"


def zombies(pid: int) -> list[int]:
    """Return the children of a process that have ended and were not waited for."""
    return [child for child in children_of(pid) if ended(child)]


async def said_running(stream: ToolStream) -> None:
    """Wait until the only call in flight has written its line."""
    assert (await stream.receive()).console.text == "running"


async def test_killed_worker_loses_only_its_suspended_calls() -> None:
    with runner_process(workers="2") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            busy = await stream.start("loops")  # holds one worker
            async with opened_stream(own.address, TOOLS) as other:
                waits = [await other.start("report") for _ in range(3)]  # wait in the other one
                for _ in waits:
                    await said_running(other)
                idle = await least_busy(own)
                os.kill(idle, signal.SIGKILL)
                lost = [(await other.receive()).result for _ in waits]
                assert {each.call_id for each in lost} == set(waits)
                assert {each.failure.kind for each in lost} == {pb.FAILURE_KIND_RUNNER_LOST}
                assert all("Try again" in each.failure.message for each in lost), lost[0]
                assert (await other.run("echo", "1")).output == "1"
            await stream.send(cancel=pb.Cancel(call_id=busy))
            assert (await stream.end(busy)).kind == "CANCELLED"
        await until(lambda: len(own.workers()) == 2 and not zombies(own.process.pid))


async def least_busy(own: Runner) -> int:
    """Return the worker that uses less of the processor than the other, over a while."""
    before = {pid: ticks(pid) for pid in own.workers()}
    await until(lambda: any(ticks(pid) - was > 20 for pid, was in before.items()))
    return min(before, key=lambda pid: ticks(pid) - before[pid])


def ticks(pid: int) -> int:
    """Return the processor time of a process, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


async def test_load_is_retried_once_when_worker_is_killed() -> None:
    with runner_process(workers="1", load_timeout_s="60") as own:
        more_than_a_start = 10 + await start_ticks(own)
        async with tool_stream(own.address) as stream:
            opening = asyncio.ensure_future(stream.open(ENDLESS_LOAD))
            for _ in range(2):
                (worker,) = await fresh_worker(own)
                await until(lambda worker=worker: ticks(worker) > more_than_a_start)  # type: ignore[misc] # binds now
                os.kill(worker, signal.SIGKILL)
                await until(lambda worker=worker: worker not in own.workers())  # type: ignore[misc] # binds now
            failed = (await opening).load_failed
            assert failed.failure.kind == pb.FAILURE_KIND_RUNNER_LOST
        async with opened_stream(own.address, TOOLS) as stream:
            assert (await stream.run("echo", "1")).output == "1"
        assert not zombies(own.process.pid)


async def start_ticks(own: Runner) -> int:
    """Return what it takes the only worker to start, and then some."""
    (worker,) = own.workers()
    async with opened_stream(own.address, TOOLS) as stream:
        assert (await stream.run("echo", "1")).output == "1"
    return ticks(worker) + 10


async def fresh_worker(own: Runner) -> list[int]:
    """Wait until the runner has its one worker; return it in a list."""
    await until(lambda: len(own.workers()) == 1)
    return own.workers()


async def test_call_without_visible_effects_is_retried_when_worker_is_killed() -> None:
    source = tool_program("let sum = 0; for (let i = 0; i < 2e7; i++) sum += i % 2; return sum;")
    with runner_process(workers="1") as own:
        async with opened_stream(own.address, source) as stream:
            call_id = await stream.start("run")
            await kill_when_busy(own, ticks(own.workers()[0]) + 20)
            assert (await stream.end(call_id)).output == "10000000"
        assert not zombies(own.process.pid)


async def test_call_is_lost_when_two_workers_are_killed() -> None:
    with runner_process(workers="1") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            more_than_a_start = 10 + await start_ticks(own)
            call_id = await stream.start("loops")
            for _ in range(2):
                await kill_when_busy(own, more_than_a_start)
            assert (await stream.end(call_id)).kind == "RUNNER_LOST"
            assert (await stream.run("echo", "1")).output == "1"


async def kill_when_busy(own: Runner, used: int) -> None:
    """Kill the only worker once it has used so many ticks of the processor."""
    (worker,) = await fresh_worker(own)
    await until(lambda: ticks(worker) > used)
    os.kill(worker, signal.SIGKILL)
    await until(lambda: worker not in own.workers())


async def test_repeated_kill_of_all_workers_is_survived() -> None:
    with runner_process(workers="2") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            for _ in range(3):
                calls = {await stream.start("report") for _ in range(4)}
                for _ in calls:
                    await said_running(stream)
                killed = own.workers()
                for worker in killed:
                    os.kill(worker, signal.SIGKILL)
                results = [(await stream.receive()).result for _ in calls]
                assert {each.call_id for each in results} == calls
                assert {each.failure.kind for each in results} == {pb.FAILURE_KIND_RUNNER_LOST}
                # An idle worker's end may be noticed a moment later than that of a busy one.
                await until(lambda killed=killed: not set(killed) & set(own.workers()))  # type: ignore[misc] # binds now
                assert (await stream.run("echo", "1")).output == "1"
        await until(lambda: len(own.workers()) == 2 and not zombies(own.process.pid))


@pytest.fixture
def unix_address() -> Iterator[str]:
    """An address that nobody else takes between two servers on it, as a port may be."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"unix:{folder}/t"


async def test_killed_toolrunner_ends_streams_and_next_one_serves(
    unix_address: str,
) -> None:
    with runner_process(workers="1", address=unix_address) as own:
        workers = own.workers()
        async with opened_stream(own.address, TOOLS) as stream:
            await stream.start("report")
            await said_running(stream)
            own.process.kill()
            assert await stream.status() is grpc.StatusCode.UNAVAILABLE
        await asyncio.to_thread(own.process.wait, 30)
        await until(lambda: all(map(ended, workers)))
        with runner_process(workers="1", address=own.address) as again:
            assert again.address == own.address
            async with opened_stream(again.address, TOOLS) as stream:
                assert (await stream.run("echo", "1")).output == "1"


async def test_killed_executor_ends_its_tools_and_leaves_no_process() -> None:
    waits, adds = asks(("wait", '{"seconds": 250}')), asks(("add", '{"a":1,"b":2}'))
    with runner_process(workers="1", call_timeout_s="300") as runner:
        async with provider(waits, adds, answer("Three.")):
            async with executor_process(runner.address) as (pid, stub):
                left = descendants(pid)
                events = stub.ExecuteAgent(request())
                async for response in events:
                    if response.event.HasField("tool_console"):
                        break
                os.kill(pid, signal.SIGKILL)
                assert await events.code() is grpc.StatusCode.UNAVAILABLE
            await until(lambda: all(map(ended, [pid, *left])))
            async with executor_process(runner.address) as (_, stub):
                async with asyncio.timeout(100):  # far less than the lost call would have waited
                    run = stub.ExecuteAgent(request())
                    kinds = [each.event.WhichOneof("event") async for each in run]
                assert kinds[-1] == "run_ended"
                assert "tool_output_available" in kinds
        assert len(runner.workers()) == 1


def request() -> executor_pb.ExecuteAgentRequest:
    return executor_pb.ExecuteAgentRequest(
        spec=RunSpec(message="Go.", bundle=BUNDLE, agent="calculator")
    )


def descendants(pid: int) -> list[int]:
    """Return all processes below a process, children first."""
    children = children_of(pid)
    return children + [below for child in children for below in descendants(child)]


@asynccontextmanager
async def executor_process(toolrunner: str) -> AsyncIterator[tuple[int, ExecutorServiceStub]]:
    """Yield an executor in a process of its own, and a client of it."""
    async with private_folder() as folder:
        settings = {TOOLRUNNER_OF_EXECUTOR: toolrunner, "CAISSON_EXECUTOR_STATE_DIR": str(folder)}
        async with start(EXECUTOR, f"unix:{folder}/executor", settings=settings) as child:
            await all_started(child)
            async with grpc.aio.insecure_channel(child.address) as channel:
                yield child.process.pid, ExecutorServiceStub(channel)
