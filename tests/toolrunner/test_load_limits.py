"""A program's top level has its own limits, and reports usage when it exceeds one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.domain import MIB
from tests.toolrunner.clients import Runner, opened_stream, runner_process, tool_stream
from tests.toolrunner.programs import tool_program

DEPTH = "const down = (n) => { try { return down(n + 1); } catch { return n; } }; return down(0)"
TIMERS = "for (let i = 0; i < input; i++) setTimeout(() => {}, 60000); return input"


@pytest.fixture(scope="module")
def strict() -> Iterator[Runner]:
    """A toolrunner with low load limits and default call limits."""
    with runner_process(
        workers="1",
        load_timeout_s="5",
        load_fuel="3000000000",
        load_heap_bytes=str(24 * MIB),
        load_memory_bytes=str(48 * MIB),
        load_stack_bytes=str(128 * 1024),
        load_timers="3",
        load_console_bytes="10",
    ) as running:
        yield running


LOADS = [
    ("FUEL_EXHAUSTED", "for (;;) {}"),
    ("DEADLINE_EXCEEDED", "await new Promise((done) => setTimeout(done, 60000))"),
    ("MEMORY_EXCEEDED", "const all = []; for (;;) all.push({ all })"),
    ("MEMORY_EXCEEDED", "const all = []; for (;;) all.push(new Uint8Array(1 << 20))"),
    ("STACK_OVERFLOW", "const down = () => down() + 1; down()"),
    ("LIMIT_EXCEEDED", "for (let i = 0; i < 4; i++) setTimeout(() => {}, 60000)"),
    ("LOAD_FAILED", 'throw new Error("no")'),
    ("LOAD_FAILED", 'await fetch("https://a.test/")'),
    ("NEVER_SETTLED", "await new Promise(() => {})"),
]


@pytest.mark.parametrize(("kind", "source"), LOADS)
async def test_load_reports_limits_and_usage(strict: Runner, kind: str, source: str) -> None:
    async with tool_stream(strict.address) as stream:
        failed = (await stream.open(source.encode(), capabilities=["fetch"])).load_failed
        assert pb.FailureKind.Name(failed.failure.kind) == f"FAILURE_KIND_{kind}", failed
        if kind in {"FUEL_EXHAUSTED", "DEADLINE_EXCEEDED", "MEMORY_EXCEEDED"}:
            assert "CAISSON_TOOLRUNNER_LOAD_" in failed.failure.message
        assert failed.usage.fuel > 0
        assert failed.usage.wall_time.ToNanoseconds() > 0
        assert MIB < failed.usage.peak_memory_bytes <= 48 * MIB


async def test_load_that_still_waits_at_its_deadline_keeps_what_it_made(strict: Runner) -> None:
    source = (
        tool_program("return 7").decode()
        + "\nawait new Promise((done) => setTimeout(done, 60000));"
    )
    async with tool_stream(strict.address) as stream:
        incomplete = (await stream.open(source.encode())).opened.incomplete
        assert [each.failure.kind for each in incomplete.faults] == [pb.FAILURE_KIND_NEVER_SETTLED]
        assert "the time to load it was over" in incomplete.faults[0].failure.message
        assert [each.key for each in incomplete.agents] == ["demo"]


@pytest.mark.parametrize(
    "rest",
    [
        "agents.demo.lightfastConfig.tools.run = guarded(run);",
        "delete run.execute;",
        "guardAll({ run });",
    ],
)
async def test_what_comes_after_a_load_that_waits_too_long_closes_tools(
    strict: Runner, rest: str
) -> None:
    waits = "\nawait new Promise((done) => setTimeout(done, 60000));\n"
    source = tool_program("return 7").decode() + waits + rest
    async with opened_stream(strict.address, source.encode()) as stream:
        ended = await stream.run("run")
        assert ended.kind == "LOAD_FAILED"
        assert "the time to load it was over" in ended.message


async def test_load_limits_do_not_apply_to_calls(strict: Runner) -> None:
    async with opened_stream(strict.address, tool_program(TIMERS)) as stream:
        assert (await stream.run("run", "100")).output == "100"
    async with opened_stream(strict.address, tool_program(DEPTH)) as stream:
        deep = int((await stream.run("run")).output)
        shallow = await stream.run("run", limits=pb.Limits(stack_bytes=128 * 1024))
        assert deep > 4 * int(shallow.output)


async def test_load_console_is_cut_at_its_limit(strict: Runner) -> None:
    async with tool_stream(strict.address) as stream:
        opened = (await stream.open(b'console.log("0123456789abc")')).opened
        assert opened.console[0].text == "0123456789"
        assert "limit" in opened.console[1].text
