"""Recorded calls, made once more, do the same; a changed line shows exactly what it changes."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import recorded_call_pb2 as recorded_pb
from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.comparing_wire import compared
from services.executor.adapters.toolrunner.recorded_wire import recording_of, recording_text
from services.executor.adapters.toolrunner.tapes import RecordBounds
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import Program
from services.executor.limits import ToolCallLimits
from tests.egress.brokers import Asking, Heard, asking, says, server
from tests.replays import TwoRunners, two_processes, two_runners
from tests.toolrunner.programs import tool_program

SECRET = "sk-canary-5f2c9a71e0"
FETCHES = """
  console.log("at", Date.now(), Math.random());
  const all = await Promise.all(["a", "b", "c"].map(async (name) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    const sent = await fetch(`${input.base}/${name}`, {
      method: "POST", body: `from ${name}`, headers: { "x-key": process.env.KEY },
    });
    let text = "";
    for await (const piece of sent.body) text += new TextDecoder().decode(piece);
    console.log(name, text.length);
    return [name, text.length, Date.now(), crypto.randomUUID()];
  }));
  return all;
"""


def program(body: str, before: str = "") -> Program:
    source = tool_program(body, before)
    return Program(f"sha256:{hashlib.sha256(source).hexdigest()}", True, source)


def invocation(input_json: str = "{}") -> ToolInvocation:
    return ToolInvocation("demo", "run", input_json, {"userId": "u-1"}, "call-7")


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str]]:
    with two_processes() as both:
        yield both


@pytest.fixture
async def runners(addresses: tuple[str, str]) -> AsyncIterator[TwoRunners]:
    async with two_runners(addresses) as both:
        yield both


async def streamed(heard: Heard, writer: asyncio.StreamWriter) -> None:
    """Answer in pieces that take their time, as long as the request says."""
    size = {"/a": 5, "/b": 40_000, "/c": 300_000}[heard.target]
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
    for start in range(0, size, 30_000):
        writer.write(b"x" * min(30_000, size - start))
        await writer.drain()
        await asyncio.sleep(0)


async def recorded(
    runners: TwoRunners,
    made: Program,
    tool: Asking,
    call: ToolInvocation | None = None,
    **given: Any,
) -> recorded_pb.RecordedCall:
    """Make one call, and return its recording."""
    await runners.record(made, tool.run, call or invocation(), **given)
    (kept,) = runners.kept.calls
    runners.kept.data.clear()
    return kept


async def test_requests_are_answered_from_the_recording(runners: TwoRunners) -> None:
    made = program(FETCHES)
    async with server(streamed) as web:
        secrets = [("KEY", SECRET, web.authority)]
        async with asking(f"http://{web.authority}", secrets=secrets) as tool:
            call = invocation(json.dumps({"base": web.url("")}))
            for _ in range(3):
                kept = await recorded(runners, made, tool, call)
                assert kept.output_json, kept.failure
                assert SECRET not in str(kept)
                heard = len(web.heard)
                again = await compared(runners.second, kept, made)
                assert again.same, again
                assert again.requests == len(kept.exchanges) > 3
                assert len(web.heard) == heard
        assert {each.headers["x-key"] for each in web.heard} == {SECRET}


async def test_recording_survives_its_file(runners: TwoRunners) -> None:
    made = program("console.log('\\ud83d\\ude00 é', input.text); return input;")
    call = invocation(json.dumps({"text": "\ud800 lone, é"}))
    async with asking() as tool:
        kept = await recorded(runners, made, tool, call)
    read = recording_of(recording_text(kept.SerializeToString()))
    assert read == kept
    assert (await compared(runners.second, read, made)).same


CHANGES = [
    ("return total;", "return total + 1;", "result", {"result", "fuel"}),
    ('console.log("adding");', 'console.log("summing");', "console", {"console"}),
    ("/list?page=1", "/list?page=2", "request", {"request"}),
    ("let total = 0;", "let total = 0; total += 0;", "fuel", {"fuel"}),
]
ADDS = """
  console.log("adding");
  let total = 0;
  for (const each of await (await fetch(`${input.base}/list?page=1`)).json()) total += each;
  return total;
"""


@pytest.mark.parametrize(("line", "changed", "first", "all_of_them"), CHANGES)
async def test_changed_line_shows_exactly_its_difference(
    runners: TwoRunners, line: str, changed: str, first: str, all_of_them: set[str]
) -> None:
    made = program(ADDS)
    async with server(says(b"[1,2,3]")) as web, asking(f"http://{web.authority}") as tool:
        call = invocation(json.dumps({"base": web.url("")}))
        kept = await recorded(runners, made, tool, call)
        assert kept.output_json == "6"
        assert (await compared(runners.second, kept, made)).same
        found = await compared(runners.second, kept, program(ADDS.replace(line, changed)))
        assert len(web.heard) == 1
    assert found.changed
    assert found.differences[0].what == first
    whats = {each.what for each in found.differences}
    assert whats - {"fuel"} == all_of_them - {"fuel"}
    assert found.differences[0].recorded != found.differences[0].now


async def test_fix_of_a_failing_call_is_shown(runners: TwoRunners) -> None:
    made = program("return JSON.parse(input.text).deep.value;")
    async with asking() as tool:
        kept = await recorded(runners, made, tool, invocation('{"text": "{}"}'))
    fixed = program("return JSON.parse(input.text).deep?.value ?? null;")
    (difference, *_) = (await compared(runners.second, kept, fixed)).differences
    assert difference.recorded.startswith("THROWN: TypeError")
    assert difference.now == "null"


async def test_bodies_are_not_kept_unasked(addresses: tuple[str, str]) -> None:
    made = program(ADDS)
    async with (
        two_runners(addresses, RecordBounds()) as runners,
        server(says(b"[1,2,3]")) as web,
        asking(f"http://{web.authority}") as tool,
    ):
        call = invocation(json.dumps({"base": web.url("")}))
        kept = await recorded(runners, made, tool, call)
        assert "[1,2,3]" not in str(kept)
        assert not any(each.output_json for each in kept.exchanges)
        found = await compared(runners.second, kept, made)
    assert "CAISSON_EXECUTOR_RECORD_BODIES" in found.why_not


async def test_call_without_requests_needs_no_bodies(addresses: tuple[str, str]) -> None:
    made = program("return [Math.random(), Date.now()];")
    async with two_runners(addresses, RecordBounds()) as runners, asking() as tool:
        kept = await recorded(runners, made, tool)
        assert (await compared(runners.second, kept, made)).same


async def test_bounds_of_bodies_are_said(addresses: tuple[str, str]) -> None:
    made = program(ADDS)
    bounds = RecordBounds(call_bodies=300, run_bodies=300)
    async with (
        two_runners(addresses, bounds) as runners,
        server(says(b"[" + b"1," * 500 + b"1]")) as web,
        asking(f"http://{web.authority}") as tool,
    ):
        call = invocation(json.dumps({"base": web.url("")}))
        kept = await recorded(runners, made, tool, call)
        found = await compared(runners.second, kept, made)
    assert "too large to be recorded" in found.why_not


async def test_run_over_its_bound_says_so(addresses: tuple[str, str]) -> None:
    made = program("return input;")
    bounds = RecordBounds(run=1200)
    async with two_runners(addresses, bounds) as runners, asking() as tool:
        await runners.record(made, tool.run, *[invocation() for _ in range(4)])
        found = [each.left_out for each in runners.kept.calls]
    assert found[0] == ""
    assert "limit of 1,200 bytes" in found[-1]


async def test_large_results_are_compared_by_their_digest(runners: TwoRunners) -> None:
    made = program("return 'x'.repeat(400_000);")
    async with asking() as tool:
        kept = await recorded(runners, made, tool)
    assert kept.output_digest
    assert (await compared(runners.second, kept, made)).same
    other = program("return 'y'.repeat(400_000);")
    assert not (await compared(runners.second, kept, other)).same


@pytest.mark.parametrize(
    ("body", "limits", "kind"),
    [
        ("for (;;);", ToolCallLimits(fuel=30_000_000), "FUEL_EXHAUSTED"),
        (
            "const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1));",
            None,
            "MEMORY_EXCEEDED",
        ),
        ("const down = () => down() + 1; return down();", None, "STACK_OVERFLOW"),
        ("return new Promise(() => {});", None, "NEVER_SETTLED"),
        ("return 'x'.repeat(2e6);", None, "OUTPUT_TOO_LARGE"),
        ("return (await fetch('https://a.example')).status;", None, "CAPABILITY_DENIED"),
        ("throw Object.assign(new Error('no'), { code: Math.random() });", None, "THROWN"),
        ("for (let i = 0; i < 3; i++) setTimeout(() => {}, 1000);", ToolCallLimits(timers=2), ""),
    ],
)
async def test_failures_are_the_same(
    runners: TwoRunners, body: str, limits: ToolCallLimits | None, kind: str
) -> None:
    made = program(body)
    async with asking() as tool:
        kept = await recorded(runners, made, tool, limits=limits)
    if kind:
        assert pb.FailureKind.Name(kept.failure.kind) == f"FAILURE_KIND_{kind}"
    again = await compared(runners.second, kept, made)
    assert again.same, again


async def test_call_ended_from_outside_is_not_repeated(runners: TwoRunners) -> None:
    made = program("await new Promise((resolve) => setTimeout(resolve, 60000));")
    async with asking() as tool:
        kept = await recorded(runners, made, tool, limits=ToolCallLimits(timeout_s=0.2))
    found = await compared(runners.second, kept, made)
    assert "ended from outside (DEADLINE_EXCEEDED)" in found.why_not


async def test_values_at_load_are_part_of_it(runners: TwoRunners) -> None:
    made = program(
        "return [key, at, process.env.KEY];",
        "const key = process.env.KEY, at = [Date.now(), Math.random()];",
    )
    async with server(says()) as web:
        secrets = [("KEY", SECRET, web.authority)]
        async with asking(f"http://{web.authority}", secrets=secrets) as tool:
            kept = await recorded(runners, made, tool)
    assert list(kept.env) == ["KEY"]
    assert SECRET not in str(kept)
    again = await compared(runners.second, kept, made)
    assert again.same, again


async def test_forged_answers_reach_only_the_sandbox(runners: TwoRunners) -> None:
    made = program(ADDS)
    async with server(says(b"[1]")) as web, asking(f"http://{web.authority}") as tool:
        call = invocation(json.dumps({"base": web.url("")}))
        kept = await recorded(runners, made, tool, call)
    for answer in ("not JSON", "[" * 100_000, '{"status": 200, "headers": 7}', "null"):
        forged = recorded_pb.RecordedCall.FromString(kept.SerializeToString())
        forged.exchanges[0].output_json = answer
        if answer == "not JSON":
            with pytest.raises(grpc.aio.AioRpcError, match="is not JSON"):
                await compared(runners.second, forged, made)
        else:
            assert not (await compared(runners.second, forged, made)).same
    forged.trace.call.steps.extend([99, 0, -1] * 50)
    forged.trace.call.elapsed_us.extend([0] * 150)
    await compared(runners.second, forged, made)
