"""A recorded call that is made once more does the same, to the unit of fuel."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from tests.toolrunner.clients import Runner, ToolStream, opened_stream, runner_process, tool_stream
from tests.toolrunner.programs import TOOLS, tool_program

ODD = tool_program(
    """
    const seen = [];
    const later = (ms, name) => new Promise((resolve) =>
      setTimeout(() => { seen.push([name, Date.now(), performance.now()]); resolve(); }, ms));
    console.log(Math.random(), new Date().toISOString(), born, crypto.randomUUID());
    await Promise.all([later(30, "slow"), later(1, "quick"), later(0, "now"), later(15, "half")]);
    const timer = setInterval(() => seen.push("tick"), 3);
    await later(20, "end");
    clearInterval(timer);
    for (let i = 0; i < Math.random() * 1000; i++) seen.push(Math.random());
    return seen;
    """,
    "const born = [Date.now(), Math.random(), crypto.randomUUID()];",
)
PARALLEL = tool_program(
    """
    const seen = [];
    const ask = async (name) => {
      const answer = await fetch("https://tools.example/" + name).catch((error) => error);
      seen.push([name, answer.text ? await answer.text() : `${answer}`, Date.now()]);
    };
    const wait = new Promise((resolve) => setTimeout(() => { seen.push("timer"); resolve(); }, 1));
    await Promise.all([ask("a"), wait, ask("b"), ask("c")]);
    console.log(JSON.stringify(seen.map((each) => each[0])));
    return seen;
    """
)
AT_LOAD = tool_program(
    "const more = await (await fetch('https://tools.example/more')).text(); return [found, more];",
    "const found = [process.env.KEY, await (await fetch('https://tools.example/list')).text(), "
    "Math.random()];",
)
FALTERS = tool_program(
    "return [value, Math.random()];",
    "const value = Math.random(); const broken = missing.value;",
)


@dataclass
class Done:
    """A call that ended: its lines, its requests in their order, and its result."""

    result: pb.Result
    lines: list[str]
    asked: list[str] = field(default_factory=list)

    @property
    def seen(self) -> tuple[object, ...]:
        """All that can be compared."""
        result = self.result
        outcome = result.output_json or result.failure.SerializeToString()
        return outcome, result.usage.fuel, result.usage.host_calls, self.lines, self.asked


def answer_to(call: pb.HostCall) -> dict[str, Any]:
    """Return the answer to a fetch."""
    url = json.loads(call.input_json)["url"]
    if url.endswith("/c"):
        return {"failure": pb.ToolFailure(kind="FAILURE_KIND_THROWN", message="no", name="ECONN")}
    body = {"data": "cGF0aA==", "done": True}
    told = {"status": 200, "statusText": "OK", "headers": [], "url": url, "body": body}
    return {"output_json": json.dumps({**told, "redirected": False})}


async def finish(stream: ToolStream, order: Sequence[int] = (), at_once: int = 1) -> Done:
    """Answer host calls, ``at_once`` together in this order, until the only call has ended."""
    lines: list[str] = []
    asked: list[str] = []
    waiting: list[pb.HostCall] = []
    while True:
        response = await stream.receive()
        if response.HasField("console"):
            lines.append(response.console.text)
        elif response.HasField("result"):
            return Done(response.result, lines, asked)
        else:
            asked.append(response.host_call.input_json)
            waiting.append(response.host_call)
            if len(waiting) == at_once:
                for number in order or range(at_once):
                    call = waiting[number]
                    result = pb.HostResult(**answer_to(call))
                    result.call_id, result.host_call_id = call.call_id, call.host_call_id
                    await stream.send(host_result=result)
                waiting.clear()


async def recorded(address: str, source: bytes, tool: str = "run", **given: Any) -> Done:
    """Make a call and record it."""
    order, at_once = given.pop("order", ()), given.pop("at_once", 1)
    fields = {name: given.pop(name) for name in ("limits", "input_json") if name in given}
    async with opened_stream(address, source, **given) as stream:
        await stream.start(tool, record=True, **fields)
        return await finish(stream, order, at_once)


async def again(address: str, source: bytes, done: Done, tool: str = "run", **given: Any) -> Done:
    """Make a recorded call once more."""
    order, at_once = given.pop("order", ()), given.pop("at_once", 1)
    fields = {name: given.pop(name) for name in ("limits", "input_json") if name in given}
    trace = done.result.trace
    async with opened_stream(address, source, replay=trace.load, **given) as stream:
        await stream.start(tool, replay=trace.call, **fields)
        return await finish(stream, order, at_once)


@pytest.fixture(scope="module")
def other() -> Iterator[Runner]:
    """Another toolrunner, which has seen nothing."""
    with runner_process(workers="1") as running:
        yield running


async def test_timers_clock_and_chance_are_the_same(runner: Runner, other: Runner) -> None:
    first = await recorded(runner.address, ODD)
    second = await recorded(runner.address, ODD)
    assert first.seen != second.seen
    for done in (first, second):
        for _ in range(2):
            assert (await again(other.address, ODD, done)).seen == done.seen


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_answers_come_in_the_order_in_which_they_came(
    runner: Runner, other: Runner, order: tuple[int, ...]
) -> None:
    given: dict[str, Any] = {"capabilities": ["fetch"], "at_once": 3}
    done = await recorded(runner.address, PARALLEL, order=order, **given)
    assert done.result.output_json, done.result
    for another in ((0, 1, 2), (2, 0, 1)):
        repeated = await again(other.address, PARALLEL, done, order=another, **given)
        assert repeated.seen == done.seen


@pytest.mark.parametrize(
    "tool",
    ["add", "echo", "talk", "parallel", "random", "throws", "never", "recurses", "big", "count"],
)
async def test_outcomes_are_the_same(runner: Runner, other: Runner, tool: str) -> None:
    done = await recorded(runner.address, TOOLS, tool, input_json='{"a": 1, "b": 2}')
    repeated = await again(other.address, TOOLS, done, tool, input_json='{"a": 1, "b": 2}')
    assert repeated.seen == done.seen


@pytest.mark.parametrize(
    ("tool", "limits", "kind"),
    [
        ("loops", pb.Limits(fuel=50_000_000), "FUEL_EXHAUSTED"),
        ("hoards", pb.Limits(memory_bytes=64 * 1024 * 1024), "MEMORY_EXCEEDED"),
        ("parallel", pb.Limits(timers=1), "LIMIT_EXCEEDED"),
    ],
)
async def test_limits_are_met_at_the_same_unit(
    runner: Runner, other: Runner, tool: str, limits: pb.Limits, kind: str
) -> None:
    done = await recorded(runner.address, TOOLS, tool, limits=limits)
    assert pb.FailureKind.Name(done.result.failure.kind) == f"FAILURE_KIND_{kind}"
    repeated = await again(other.address, TOOLS, done, tool, limits=limits)
    assert repeated.seen == done.seen


async def load_and_call(stream: ToolStream, source: bytes, given: Any, call: Any) -> Done:
    """Open a stream whose load makes host calls, and make one call."""
    sending = stream.open(source, capabilities=["fetch"], host_calls_at_load=True, **given)
    response = await sending
    while response.HasField("host_call"):
        asked = response.host_call
        result = pb.HostResult(host_call_id=asked.host_call_id, **answer_to(asked))
        await stream.send(host_result=result)
        response = await stream.receive()
    assert response.HasField("opened"), response
    await stream.start("run", **call)
    return await finish(stream)


async def test_private_load_is_repeated(runner: Runner, other: Runner) -> None:
    env = {"KEY": "a value"}
    async with tool_stream(runner.address) as stream:
        done = await load_and_call(stream, AT_LOAD, {"env": env}, {"record": True})
    assert done.result.output_json, done.result
    assert json.loads(done.result.output_json)[0][:2] == ["a value", "path"]
    trace = done.result.trace
    async with tool_stream(other.address) as stream:
        given = {"env": env, "replay": trace.load}
        repeated = await load_and_call(stream, AT_LOAD, given, {"replay": trace.call})
    assert repeated.seen == done.seen


async def test_load_that_failed_halfway_is_repeated(runner: Runner, other: Runner) -> None:
    done = await recorded(runner.address, FALTERS)
    assert done.result.trace.load.recovers
    assert (await again(other.address, FALTERS, done)).seen == done.seen


async def test_changed_program_goes_on_behind_the_trace(runner: Runner) -> None:
    done = await recorded(runner.address, TOOLS, "talk")
    longer = TOOLS.replace(b"await later(5);", b"await later(5); await later(20000);")
    repeated = await again(runner.address, longer, done, "talk")
    assert repeated.result.output_json == "2"
    assert repeated.lines == done.lines
    endless = TOOLS.replace(b"await later(5);", b"for (;;) await later(1000);")
    repeated = await again(runner.address, endless, done, "talk")
    assert pb.FailureKind.Name(repeated.result.failure.kind) == "FAILURE_KIND_DEADLINE_EXCEEDED"


async def test_shared_images_stay_as_they_are(runner: Runner) -> None:
    done = await recorded(runner.address, ODD)
    await again(runner.address, ODD, done)
    load = done.result.trace.load
    later = await recorded(runner.address, ODD)
    assert later.result.trace.load == load
    assert later.result.trace.call.seed != done.result.trace.call.seed


async def test_no_trace_is_told_unasked(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        ended = await stream.run("add", '{"a": 1, "b": 2}')
    assert not ended.result.HasField("trace")


@pytest.mark.parametrize(
    "forged",
    [
        pb.Trace(),
        pb.Trace(seed=b"x" * 31),
        pb.Trace(seed=b"x" * 32, steps=[1]),
        pb.Trace(seed=b"x" * 32, steps=[-2], elapsed_us=[0]),
        pb.Trace(seed=b"x" * 32, steps=[0], elapsed_us=[2**62]),
        pb.Trace(seed=b"x" * 32, clock_us=-1),
        pb.Trace(seed=b"x" * 32, given_us=2**60),
        pb.Trace(seed=b"x" * 32, cut=True),
        pb.Trace(seed=b"x" * 32, steps=[0] * 65_537, elapsed_us=[0] * 65_537),
    ],
)
async def test_traces_that_no_call_has_are_refused(runner: Runner, forged: pb.Trace) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        await stream.start("add", replay=forged)
        code = await stream.read_to_the_end()
    assert code in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED}
    async with tool_stream(runner.address) as stream:
        digest = f"sha256:{'0' * 64}"
        form = pb.PROGRAM_FORMAT_MODULE
        await stream.send(open=pb.Open(replay=forged, program_digest=digest, format=form))
        code = await stream.read_to_the_end()
    assert code in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED}


async def test_forged_steps_do_no_more_than_a_call_can(runner: Runner) -> None:
    forged = pb.Trace(
        seed=b"s" * 32,
        clock_us=5,
        steps=[7, -1, 0, 3, 99, 1] * 1000,
        elapsed_us=[-9, 4, 0, 1, 3, 2] * 1000,
    )
    async with opened_stream(runner.address, TOOLS) as stream:
        await stream.start("talk", replay=forged)
        done = await finish(stream)
        assert done.lines[:1] == ["one"]
        assert (await stream.run("add", '{"a": 1, "b": 2}')).output == '{"sum":3}'
