"""Every kind of tool failure has its own kind and a message that says what to do."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from google.protobuf.duration_pb2 import Duration

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from tests.toolrunner.clients import Runner, opened_stream, runner_process, tool_stream
from tests.toolrunner.programs import TOOLS, tool_program

SHORT = Duration(nanos=100_000_000)


async def test_thrown_error_keeps_name_and_position(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        failed = await stream.run("throws")
        assert failed.kind == "THROWN"
        assert "no such city" in failed.message
        assert failed.result.failure.name == "TypeError"
        line = 1 + TOOLS[: TOOLS.index(b"throws:")].count(b"\n")
        assert f"bundle.js:{line}:" in failed.result.failure.stack


async def test_endless_loop_runs_out_of_fuel(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        failed = await stream.run("loops", limits=pb.Limits(fuel=200_000_000))
        assert failed.kind == "FUEL_EXHAUSTED"
        assert failed.result.usage.fuel >= 200_000_000


async def test_endless_loop_exceeds_its_deadline(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        failed = await stream.run("loops", limits=pb.Limits(timeout=SHORT))
        assert failed.kind == "DEADLINE_EXCEEDED"
        assert "0.1" in failed.message


async def test_waiting_tool_exceeds_its_deadline(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        failed = await stream.run("later", '{"ms": 60000}', limits=pb.Limits(timeout=SHORT))
        assert failed.kind == "DEADLINE_EXCEEDED"


async def test_memory_is_limited(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        failed = await stream.run("hoards", limits=pb.Limits(memory_bytes=32 * 1024 * 1024))
        assert failed.kind == "MEMORY_EXCEEDED"
        assert failed.result.usage.peak_memory_bytes <= 32 * 1024 * 1024


async def test_deep_recursion_overflows_the_stack(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        assert (await stream.run("recurses")).kind == "STACK_OVERFLOW"


async def test_large_result_is_refused(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        assert (await stream.run("big")).kind == "OUTPUT_TOO_LARGE"
        failed = await stream.run("echo", '"0123456789"', limits=pb.Limits(output_bytes=5))
        assert failed.kind == "OUTPUT_TOO_LARGE"


async def test_fetch_is_denied(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        failed = await stream.run("fetches")
        assert failed.kind == "CAPABILITY_DENIED"
        assert "fetch" in failed.message


async def test_promise_that_never_settles_fails_at_once(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        failed = await stream.run("never")
        assert failed.kind == "NEVER_SETTLED"
        assert failed.result.usage.wall_time.seconds < 10


async def test_unknown_tool_or_agent_lists_known_ones(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        failed = await stream.run("missing")
        assert failed.kind == "TOOL_NOT_FOUND"
        assert "echo" in failed.message
        failed = await stream.run("echo", agent="other")
        assert failed.kind == "TOOL_NOT_FOUND"
        assert "demo" in failed.message


async def test_invalid_json_input_is_refused(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        for forged in ("{", "", '{}, "capabilities": ["fetch"]', "[" * 100_000, "NaN"):
            assert (await stream.run("echo", forged)).kind == "INVALID_INPUT"
        failed = await stream.run("echo", context_json="Infinity")
        assert failed.kind == "INVALID_INPUT"


async def test_throwing_program_is_reported_with_its_console(runner: Runner) -> None:
    source = b'console.log("before");\nthrow new RangeError("top level broke");'
    async with tool_stream(runner.address) as stream:
        failed = (await stream.open(source)).load_failed
        assert failed.failure.kind == pb.FAILURE_KIND_LOAD_FAILED
        assert "top level broke" in failed.failure.message
        assert "bundle.js:2:" in failed.failure.stack
        assert [line.text for line in failed.console] == ["before"]
        assert (await stream.status()).name == "OK"


async def test_syntax_error_in_program_is_reported(runner: Runner) -> None:
    async with tool_stream(runner.address) as stream:
        failed = (await stream.open(b"export default (;")).load_failed
        assert failed.failure.kind == pb.FAILURE_KIND_LOAD_FAILED
        assert failed.failure.name == "SyntaxError"


async def test_endless_load_exceeds_a_limit() -> None:
    with runner_process(load_timeout_s="1.5", workers="1") as own:
        async with tool_stream(own.address) as stream:
            failed = (await stream.open(b"for (;;) {}")).load_failed
            assert failed.failure.kind == pb.FAILURE_KIND_DEADLINE_EXCEEDED
        async with opened_stream(own.address, tool_program("return 1")) as stream:
            assert (await stream.run("run")).output == "1"


async def test_running_call_is_cancelled(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        call_id = await stream.start("loops")
        await stream.send(cancel=pb.Cancel(call_id=call_id))
        assert (await stream.end(call_id)).kind == "CANCELLED"


async def test_killed_worker_fails_its_call_and_is_replaced() -> None:
    with runner_process(workers="1") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            (worker,) = own.workers()
            call_id = await stream.start("report")
            assert (await stream.receive()).console.text == "running"
            os.kill(worker, signal.SIGKILL)
            assert (await stream.end(call_id)).kind == "RUNNER_LOST"
            assert (await stream.run("echo", "1")).output == "1"
            (replacement,) = own.workers()
            assert replacement != worker


def state_of(process: int) -> str:
    """The letter of a process' state: ``R``, ``S``, ``T`` for stopped, ... See proc_pid_stat(5)."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


async def freeze(process: int) -> None:
    """Stop a process; returns once it has stopped, which the signal does not wait for."""
    os.kill(process, signal.SIGSTOP)
    async with asyncio.timeout(30):
        while state_of(process) != "T":  # noqa: ASYNC110 - processes tell nobody
            await asyncio.sleep(0.001)


async def test_frozen_worker_is_killed_after_the_deadline() -> None:
    with runner_process(workers="1", kill_grace_s="0.2") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            await freeze(own.workers()[0])
            failed = await stream.run("echo", "1", limits=pb.Limits(timeout=SHORT))
            assert failed.kind == "DEADLINE_EXCEEDED"
            assert (await stream.run("echo", "1")).output == "1"
