"""Both real services, a real bundle, and a model over real HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from caisson.executor.v1 import run_pb2 as pb
from caisson.executor.v1.run_event_pb2 import TOOL_FAILURE_KIND_RUNNER_LOST
from tests.e2e.pair import BUNDLE, SOURCE, asks, events_of, executor, pair, provider
from tests.executor.fake_provider import (
    answer,
)
from tests.executor.served import json_value


async def test_tools_run_and_return_results() -> None:
    asked = asks(("add", '{"a":2,"b":40}'), ("divide", '{"a":1,"b":0}'), ("add", '{"a":"x"}'))
    async with pair(asked, answer("It is 42.")) as (client, model):
        outcome = await client.run(
            "2 + 40?",
            bundle=BUNDLE,
            agent="calculator",
            session_id="s1",
            request_context=json_value({"tenant": "acme"}),
        )
    assert outcome.code is grpc.StatusCode.OK
    assert [event.sequence for event in outcome.events] == list(range(1, len(outcome.events) + 1))
    (added,) = events_of(outcome, "tool_output_available")
    assert added["output"] == {
        "sum": 42,
        "session": "s1",
        "tenant": "acme",
        "plan": "plan of s1",
    }
    failed, refused = events_of(outcome, "tool_output_error")
    assert (failed["kind"], failed["name"]) == ("THROWN", "RangeError")
    assert "bundle.js:20" in failed["stack"]
    assert refused["kind"] == "INVALID_INPUT"
    assert "a: Invalid input: expected number" in refused["errorText"]
    (line,) = events_of(outcome, "tool_console")
    assert line == {"toolCallId": "c0", "level": "LOG", "text": "adding 2 40"}
    assert all(int(spent["fuel"]) > 0 for spent in events_of(outcome, "tool_usage"))
    told = [message["content"] for message in model.requests[1]["messages"][-3:]]
    assert '"sum":42' in told[0]
    assert "cannot divide by zero" in told[1]
    assert "INVALID_INPUT" in told[2]
    assert outcome.text == "It is 42."


async def test_conversation_continues() -> None:
    scripts = (asks(("add", '{"a":1,"b":2}')), answer("Three."), answer("Sure."))
    async with pair(*scripts) as (client, model):
        for message in ("1 + 2?", "Sure?"):
            await client.run(message, bundle=BUNDLE, agent="calculator", session_id="s")
    roles = [message["role"] for message in model.requests[2]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


async def test_known_bundle_runs_by_digest() -> None:
    async with pair(answer("Hi.")) as (client, _):
        first = await client.run(bundle=BUNDLE, agent="talker")
        digest = first.events[0].run_started.bundle_digest
        again = await client.run(bundle=pb.BundleSource(digest=digest), agent="talker")
        assert again.text == "Hi."
        unknown = pb.BundleSource(digest="sha256:" + "0" * 64)
        outcome = await client.run(bundle=unknown, agent="talker")
        assert outcome.code is grpc.StatusCode.NOT_FOUND


async def test_unknown_agent_error_lists_agents() -> None:
    async with pair(answer("Hi.")) as (client, _):
        outcome = await client.run(bundle=BUNDLE, agent="nobody")
        assert outcome.code is grpc.StatusCode.NOT_FOUND
        assert "calculator, talker" in outcome.message
        assert (await client.run(bundle=BUNDLE, agent="talker")).text == "Hi."


async def test_syntax_error_has_a_position() -> None:
    async with pair(answer("Hi.")) as (client, _):
        broken = pb.BundleSource(inline=b"export default {\n  a: 1,\n  b: +,\n};\n")
        outcome = await client.run(bundle=broken)
        assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
        assert outcome.reason == "BUNDLE_SYNTAX_ERROR"
        assert "line 3" in outcome.message
        assert (await client.run(bundle=BUNDLE, agent="talker")).text == "Hi."


async def test_bundle_with_throwing_top_level_cannot_run() -> None:
    throwing = b'throw new TypeError("not today");\n' + SOURCE
    async with pair(asks(("add", '{"a":1,"b":2}')), answer("Hi.")) as (client, _):
        outcome = await client.run(bundle=pb.BundleSource(inline=throwing), agent="calculator")
        assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT
        assert outcome.reason == "BUNDLE_LOAD_FAILED"
        assert "TypeError: not today" in outcome.message
        assert outcome.kinds[-1] == "error"
        assert (await client.run(bundle=BUNDLE, agent="talker")).text == "Hi."


async def test_bundle_that_throws_at_its_end_runs_and_says_so() -> None:
    throwing = SOURCE + b'\nthrow new TypeError("not today");\n'
    async with pair(asks(("add", '{"a":1,"b":2}')), answer("Hi.")) as (client, _):
        outcome = await client.run(bundle=pb.BundleSource(inline=throwing), agent="calculator")
        assert outcome.text == "Hi."
        said = [each.tool_console.text for each in outcome.events if each.HasField("tool_console")]
        assert "TypeError: not today" in said[0]
        assert "calculator.add" in said[1]


async def test_disconnected_client_stops_the_tool() -> None:
    waits, adds = asks(("wait", '{"seconds": 250}')), asks(("add", '{"a":1,"b":2}'))
    async with pair(waits, adds, answer("Three."), call_timeout_s=300.0) as (client, _):
        started = client.start(bundle=BUNDLE, agent="calculator")
        async for event in started:
            if event.WhichOneof("event") == "tool_console":
                break
        started.cancel()
        async with asyncio.timeout(100):
            outcome = await client.run(bundle=BUNDLE, agent="calculator")
        assert outcome.text == "Three."


async def test_unreachable_toolrunner_is_reported() -> None:
    async with (
        provider(asks(("add", '{"a":1,"b":2}')), answer("Three.")),
        toolrunner_process() as (address, first),
        executor(address, toolrunner_connect_s=0.2) as client,
    ):
        await stop(first, signal.SIGKILL)
        outcome = await client.run(bundle=BUNDLE, agent="calculator")
        assert outcome.code is grpc.StatusCode.UNAVAILABLE
        assert outcome.reason == "RUNNER_UNAVAILABLE"
        assert "`caisson toolrunner`" in outcome.message
        assert (await client.run(bundle=BUNDLE, agent="talker")).kinds[-1] == "finish"


async def test_killed_toolrunner_fails_the_call_and_the_next_run_works() -> None:
    waits = asks(("wait", '{"seconds": 25}'))
    adds = asks(("add", '{"a":1,"b":2}'))
    async with (
        provider(waits, adds, answer("Sorry."), adds, answer("Three.")),
        toolrunner_process() as (address, first),
        executor(address, toolrunner_connect_s=20.0) as client,
    ):
        started = client.start(bundle=BUNDLE, agent="calculator")
        seen = []
        async with asyncio.timeout(60):
            async for event in started:
                seen.append(event)
                if event.WhichOneof("event") == "tool_console" and first.returncode is None:
                    await stop(first, signal.SIGKILL)
                    second, _ = await start_toolrunner(address)
        try:
            (lost,) = [e.tool_output_error for e in seen if e.HasField("tool_output_error")]
            assert lost.kind == TOOL_FAILURE_KIND_RUNNER_LOST
            outputs = [e for e in seen if e.HasField("tool_output_available")]
            assert len(outputs) == 1
            assert seen[-1].run_ended.HasField("finish")
            outcome = await client.run(bundle=BUNDLE, agent="calculator")
            assert outcome.text == "Three."
        finally:
            await stop(second, signal.SIGTERM)


@asynccontextmanager
async def toolrunner_process() -> AsyncIterator[tuple[str, Process]]:
    """A toolrunner in its own process, so that it can be killed."""
    process, address = await start_toolrunner("127.0.0.1:0")
    try:
        yield address, process
    finally:
        await stop(process, signal.SIGTERM)


async def start_toolrunner(address: str) -> tuple[Process, str]:
    """Start a toolrunner, wait until it serves, and return its address."""
    variables = {"CAISSON_TOOLRUNNER_ADDRESS": address, "CAISSON_TOOLRUNNER_WORKERS": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.toolrunner", stdout=PIPE, env={**os.environ, **variables}
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        line = (await process.stdout.readline()).decode()
    return process, line.partition("listening on ")[2].split(": ")[0]


async def stop(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        process.send_signal(number)
        await process.wait()
