"""Every limit of a call is enforced by the service, fails with its own kind, and reports usage."""

from __future__ import annotations

import json
import os
import signal

import pytest
from google.protobuf.duration_pb2 import Duration

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.domain import MIB
from tests.toolrunner.clients import (
    Ended,
    Runner,
    ToolStream,
    opened_stream,
    runner_process,
)
from tests.toolrunner.programs import tool_program

SHORT = Duration(nanos=100_000_000)
ANSWER = json.dumps({"status": 200, "headers": [], "body": ""})

HOARD = "const all = []; for (;;) all.push({ a: [input, all.length] })"
DEPTH = "const down = (n) => { try { return down(n + 1); } catch { return n; } }; return down(0)"
RECURSE = "const down = () => down() + 1; return down()"
FETCHES = (
    "const seen = []; for (let i = 0; i < input; i++) {"
    ' try { seen.push((await fetch("https://a.test/")).status); } catch (e) { seen.push(e.name); }'
    "} return seen"
)
FETCH_TOO_OFTEN = 'for (;;) await fetch("https://a.test/")'
FETCHES_AT_ONCE = (
    "const all = Array.from({ length: input }, () => fetch('https://a.test/'));"
    "return (await Promise.allSettled(all)).map((each) => each.value?.status ?? each.reason.name)"
)
FETCH_AND_WAIT = (
    "const answer = fetch('https://a.test/'); for (;;) await Promise.race([answer,"
    " new Promise((done) => setTimeout(done, 10))])"
)
TIMERS = "for (let i = 0; i < input; i++) setTimeout(() => {}, 60000); return input"


async def answer_all(stream: ToolStream, call_id: str, most: int = 1000) -> Ended:
    """Answer ``most`` host calls of the call in flight, leave the others, and return its end."""
    while True:
        response = await stream.receive()
        if response.HasField("host_call"):
            number = response.host_call.host_call_id
            if number <= most:
                result = pb.HostResult(call_id=call_id, host_call_id=number, output_json=ANSWER)
                await stream.send(host_result=result)
        else:
            assert response.result.call_id == call_id, response
            return Ended(response.result)


async def ended(
    runner: Runner, body: str, value: object = None, answers: int = 1000, **limits: object
) -> Ended:
    """Run the body of a tool that was granted fetch, under these limits."""
    source = tool_program(body)
    async with opened_stream(runner.address, source, capabilities=["fetch"]) as stream:
        wanted = pb.Limits(**limits)  # type: ignore[arg-type] # each test names real fields
        call_id = await stream.start("run", json.dumps(value), limits=wanted)
        return await answer_all(stream, call_id, answers)


# The limits of a call


@pytest.mark.parametrize(
    ("body", "limits", "knob"),
    [
        ("for (;;) {}", {"fuel": 10_000_000}, "FUEL"),
        ("await new Promise((d) => setTimeout(d, 9999))", {"timeout": SHORT}, "TIMEOUT_S"),
        (HOARD, {"heap_bytes": 24 * MIB}, "HEAP_BYTES"),
        (HOARD, {"memory_bytes": 40 * MIB}, "MEMORY_BYTES"),
        ("return 'x'.repeat(99)", {"output_bytes": 9}, "OUTPUT_BYTES"),
        ("await fetch('https://a.test/')", {"host_wait": SHORT}, "HOST_WAIT_S"),
        ("return 1", {"stack_bytes": 1}, "STACK_BYTES"),
        (FETCH_TOO_OFTEN, {"host_calls": 1}, "HOST_CALLS"),
        ("setTimeout(() => {}, 9)", {"timers": 0}, "TIMERS"),
    ],
)
async def test_every_limit_error_names_its_setting(
    runner: Runner, body: str, limits: dict[str, object], knob: str
) -> None:
    answers = 0 if knob == "HOST_WAIT_S" else 1000
    failed = await ended(runner, body, answers=answers, **limits)
    (field,) = limits
    assert f"`{field}`" in failed.message
    assert f"CAISSON_TOOLRUNNER_CALL_{knob}" in failed.message


async def test_heap_is_limited(runner: Runner) -> None:
    failed = await ended(runner, HOARD, heap_bytes=24 * MIB)
    assert failed.kind == "MEMORY_EXCEEDED"
    assert "24 MiB of JavaScript heap" in failed.message
    assert failed.result.usage.peak_memory_bytes < 64 * MIB


async def test_heap_smaller_than_program_is_reported(runner: Runner) -> None:
    assert (await ended(runner, "return 1", heap_bytes=1)).kind == "MEMORY_EXCEEDED"


async def test_garbage_does_not_fill_heap(runner: Runner) -> None:
    churn = "for (let i = 0; i < 3e5; i++) { const a = {}; a.self = a; } return 1"
    assert (await ended(runner, churn, heap_bytes=24 * MIB)).output == "1"


async def test_tool_survives_caught_heap_limit(runner: Runner) -> None:
    body = "try { const a = []; for (;;) a.push(new Uint8Array(1e6)); } catch (e) { return e.name }"
    assert (await ended(runner, body, heap_bytes=24 * MIB)).output == '"InternalError"'


async def test_stack_is_limited(runner: Runner) -> None:
    small = int((await ended(runner, DEPTH, stack_bytes=256 * 1024)).output)
    large = int((await ended(runner, DEPTH)).output)
    assert 0 < small < large / 4
    failed = await ended(runner, RECURSE, stack_bytes=64 * 1024)
    assert (failed.kind, failed.result.failure.name) == ("STACK_OVERFLOW", "RangeError")
    assert "bundle.js" in failed.result.failure.stack


async def test_stack_too_small_for_any_tool_is_reported(runner: Runner) -> None:
    failed = await ended(runner, "return 1", stack_bytes=1)
    assert failed.kind == "STACK_OVERFLOW"
    assert "limit of 1 bytes" in failed.message


async def test_host_wait_is_limited(runner: Runner) -> None:
    failed = await ended(runner, FETCHES, 2, answers=1, host_wait=Duration(seconds=1))
    assert failed.kind == "DEADLINE_EXCEEDED"
    assert "waited for host calls" in failed.message
    assert failed.result.usage.host_calls == 2


async def test_timers_do_not_hide_host_wait(runner: Runner) -> None:
    failed = await ended(runner, FETCH_AND_WAIT, answers=0, host_wait=SHORT)
    assert failed.kind == "DEADLINE_EXCEEDED"
    assert "waited for host calls" in failed.message


async def test_timer_wait_does_not_count_as_host_wait(runner: Runner) -> None:
    body = "await new Promise((done) => setTimeout(done, 300)); return 1"
    assert (await ended(runner, body, host_wait=SHORT)).output == "1"


async def test_busy_worker_delay_does_not_count_as_host_wait() -> None:
    source = tool_program("if (input) return (await fetch('https://a.test/')).status; for (;;) {}")
    with runner_process(workers="1") as own:
        async with opened_stream(own.address, source, capabilities=["fetch"]) as stream:
            patient = pb.Limits(host_wait=Duration(seconds=2))
            waits = await stream.start("run", "true", limits=patient)
            assert (await stream.receive()).host_call.call_id == waits
            busy = pb.Limits(timeout=Duration(seconds=3))
            await stream.start("run", "false", limits=busy)
            result = pb.HostResult(call_id=waits, host_call_id=1, output_json=ANSWER)
            await stream.send(host_result=result)
            ends = [(await stream.receive()).result for _ in range(2)]
        assert {end.call_id: end.output_json for end in ends}[waits] == "200"


async def test_total_host_calls_are_limited(runner: Runner) -> None:
    done = await ended(runner, FETCHES, 5, host_calls=3)
    assert json.loads(done.output) == [200, 200, 200, "LimitExceededError", "LimitExceededError"]
    assert done.result.usage.host_calls == 3
    failed = await ended(runner, FETCH_TOO_OFTEN, host_calls=3)
    assert failed.kind == "LIMIT_EXCEEDED"
    assert "made 3 requests" in failed.message
    assert failed.result.usage.host_calls == 3
    assert (await ended(runner, FETCH_TOO_OFTEN, host_calls=0)).kind == "LIMIT_EXCEEDED"


async def test_host_calls_in_flight_are_limited(runner: Runner) -> None:
    done = await ended(runner, FETCHES_AT_ONCE, 4, host_calls_in_flight=3)
    assert json.loads(done.output) == [200, 200, 200, "LimitExceededError"]
    again = await ended(runner, FETCHES, 9, host_calls_in_flight=1)
    assert json.loads(again.output) == [200] * 9


async def test_timers_are_limited(runner: Runner) -> None:
    assert (await ended(runner, TIMERS, 5, timers=5)).output == "5"
    failed = await ended(runner, TIMERS, 6, timers=5)
    assert failed.kind == "LIMIT_EXCEEDED"
    assert "5 timers" in failed.message
    assert (await ended(runner, TIMERS, 1, timers=0)).kind == "LIMIT_EXCEEDED"


async def test_call_limits_do_not_carry_over(runner: Runner) -> None:
    source = tool_program(TIMERS)
    async with opened_stream(runner.address, source) as stream:
        assert (await stream.run("run", "3", limits=pb.Limits(timers=1))).kind == "LIMIT_EXCEEDED"
        assert (await stream.run("run", "3")).output == "3"


async def test_stream_limits_apply_to_its_calls(runner: Runner) -> None:
    source = tool_program(TIMERS)
    async with opened_stream(runner.address, source, limits=pb.Limits(timers=2)) as stream:
        assert (await stream.run("run", "2", limits=pb.Limits(timers=50))).output == "2"
        failed = await stream.run("run", "3", limits=pb.Limits(timers=50))
        assert failed.kind == "LIMIT_EXCEEDED"


# Usage of failed calls

USED: list[tuple[str, str, dict[str, object]]] = [
    ("THROWN", 'throw new Error("no")', {}),
    ("FUEL_EXHAUSTED", "for (;;) {}", {"fuel": 300_000_000}),
    ("DEADLINE_EXCEEDED", "for (;;) {}", {"timeout": SHORT}),
    (
        "DEADLINE_EXCEEDED",
        "await new Promise((done) => setTimeout(done, 60000))",
        {"timeout": SHORT},
    ),
    ("DEADLINE_EXCEEDED", 'await fetch("https://a.test/")', {"timeout": SHORT}),
    ("DEADLINE_EXCEEDED", 'await fetch("https://a.test/")', {"host_wait": SHORT}),
    ("MEMORY_EXCEEDED", HOARD, {"memory_bytes": 48 * MIB}),
    ("MEMORY_EXCEEDED", HOARD, {"heap_bytes": 24 * MIB}),
    ("STACK_OVERFLOW", RECURSE, {}),
    ("OUTPUT_TOO_LARGE", 'return "x".repeat(100)', {"output_bytes": 50}),
    ("NEVER_SETTLED", "await new Promise(() => {})", {}),
    ("CAPABILITY_DENIED", 'require("node:fs").readFileSync("/etc/passwd")', {}),
    ("LIMIT_EXCEEDED", "setTimeout(() => {}, 1)", {"timers": 0}),
]


@pytest.mark.parametrize(("kind", "body", "limits"), USED)
async def test_failure_reports_usage(
    runner: Runner, kind: str, body: str, limits: dict[str, object]
) -> None:
    failed = await ended(runner, body, answers=0, **limits)
    assert failed.kind == kind
    check_usage(failed, 1 if "fetch" in body else 0)
    assert failed.result.usage.peak_memory_bytes <= limits.get("memory_bytes", 256 * MIB)  # type: ignore[operator] # a number
    if kind == "FUEL_EXHAUSTED":
        assert failed.result.usage.fuel >= 300_000_000
    if "timeout" in limits or "host_wait" in limits:
        assert failed.result.usage.wall_time.ToNanoseconds() >= SHORT.nanos


def check_usage(failed: Ended, host_calls: int) -> None:
    """Check that the usage of a call that ran is filled in."""
    usage = failed.result.usage
    assert usage.fuel > 0
    assert usage.wall_time.ToNanoseconds() > 0
    assert usage.peak_memory_bytes > MIB
    assert usage.host_calls == host_calls


@pytest.mark.parametrize("body", ["console.log(1); for (;;) {}", FETCH_TOO_OFTEN])
async def test_cancelled_call_reports_usage(runner: Runner, body: str) -> None:
    source = tool_program(body)
    async with opened_stream(runner.address, source, capabilities=["fetch"]) as stream:
        call_id = await stream.start("run")
        response = await stream.receive()
        assert response.WhichOneof("message") in {"console", "host_call"}
        await stream.send(cancel=pb.Cancel(call_id=call_id))
        failed = await stream.end(call_id)
        assert failed.kind == "CANCELLED"
        check_usage(failed, 1 if "fetch" in body else 0)


async def test_call_with_lost_worker_reports_known_usage() -> None:
    source = tool_program(FETCH_TOO_OFTEN)
    with runner_process(workers="1") as own:
        async with opened_stream(own.address, source, capabilities=["fetch"]) as stream:
            call_id = await stream.start("run")
            assert (await stream.receive()).HasField("host_call")
            os.kill(own.workers()[0], signal.SIGKILL)
            failed = await stream.end(call_id)
        assert failed.kind == "RUNNER_LOST"
        assert failed.result.usage.wall_time.ToNanoseconds() > 0
        assert failed.result.usage.host_calls == 1


HOARDS = """
    const kept = Array.from({ length: 20 }, () => new Uint8Array(2 ** 20).fill(1));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return kept.length;
"""


async def test_calls_over_worker_memory_wait_for_each_other() -> None:
    with runner_process(workers="1", worker_memory_bytes=str(400 * MIB)) as own:
        (worker,) = own.workers()
        async with opened_stream(own.address, tool_program(HOARDS)) as stream:
            calls = {await stream.start("run") for _ in range(20)}
            results = [(await stream.receive()).result for _ in calls]
        assert {each.call_id for each in results} == calls
        assert {each.output_json for each in results} == {"20"}
        assert own.workers() == [worker]


async def test_unknown_tool_reports_usage(runner: Runner) -> None:
    async with opened_stream(runner.address, tool_program("return 1")) as stream:
        failed = await stream.run("missing")
        assert failed.kind == "TOOL_NOT_FOUND"
        check_usage(failed, 0)
