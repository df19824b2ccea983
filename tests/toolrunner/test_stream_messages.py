"""What a RunTools stream tells beside its calls: begins, limits, pings, and a stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1 import tool_runner_service_pb2_grpc as pb_grpc
from tests.toolrunner.clients import (
    Runner,
    ToolStream,
    opened_stream,
    runner_process,
    tool_stream,
)
from tests.toolrunner.programs import TOOLS, tool_program

MIB = 1024 * 1024


async def test_opened_tells_the_limits_that_apply_and_what_the_runner_can(runner: Runner) -> None:
    async with tool_stream(runner.address) as stream:
        asked = pb.Limits(fuel=7_000_000_000, console_bytes=2**60)
        opened = (await stream.open(TOOLS, limits=asked)).opened
        assert opened.limits.fuel == 7_000_000_000
        assert opened.limits.console_bytes == 64 * 1024
        assert opened.limits.timeout.seconds == 30
        assert opened.max_calls_in_flight == 64
        assert opened.max_request_bytes == 4 * MIB
        features = [
            "call.gates",
            "call.replay",
            "evaluate.agent",
            "evaluate.hook",
            "evaluate.inputSchema",
            "open.env",
        ]
    assert list(opened.features) == features


async def test_feature_that_the_runner_lacks_is_refused(runner: Runner) -> None:
    async with tool_stream(runner.address) as stream:
        digest, form = "sha256:" + "0" * 64, pb.PROGRAM_FORMAT_MODULE
        await stream.send(
            open=pb.Open(program_digest=digest, format=form, required_features=["time.travel"])
        )
        assert await stream.status() is grpc.StatusCode.FAILED_PRECONDITION
        assert "'time.travel'" in await stream.call.details()


async def test_tool_that_says_nothing_is_told_to_have_begun(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        call_id = await stream.start("loops")
        async with asyncio.timeout(30):
            response = await stream.call.read()
        assert response.started.call_id == call_id
        await stream.send(cancel=pb.Cancel(call_id=call_id))
        ended = await stream.end(call_id)
        assert (ended.kind, ended.result.started) == ("CANCELLED", True)


async def test_call_that_waits_for_a_worker_is_not_begun() -> None:
    with runner_process(workers="1") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            looping = await stream.start("loops")
            waiting = await stream.start("echo", "1")
            await stream.send(cancel=pb.Cancel(call_id=waiting))
            ended = await stream.end(waiting)
            assert (ended.kind, ended.result.started) == ("CANCELLED", False)
            assert waiting not in stream.started
            await stream.send(cancel=pb.Cancel(call_id=looping))
            assert (await stream.end(looping)).result.started


async def test_request_that_is_too_large_ends_its_call_only(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        call = pb.Call(call_id="large", agent="demo", tool="echo", input_json=" " * 5 * MIB + "1")
        data = pb.RunToolsRequest(call=call).SerializeToString()
        for start in range(0, len(data), MIB):
            last = start + MIB >= len(data)
            await stream.send(part=pb.RequestPart(data=data[start : start + MIB], last=last))
        ended = await stream.end("large")
        assert (ended.kind, ended.result.started) == ("INVALID_INPUT", False)
        assert "MESSAGE_BYTES" in ended.message
        assert (await stream.run("echo", "1")).output == "1"


async def test_cancel_and_ping_come_between_the_parts_of_a_request(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        looping = await stream.start("loops")
        call = pb.Call(call_id="large", agent="demo", tool="echo", input_json=" " * 2 * MIB + "1")
        data = pb.RunToolsRequest(call=call).SerializeToString()
        await stream.send(part=pb.RequestPart(data=data[:MIB]))
        await stream.send(cancel=pb.Cancel(call_id=looping))
        assert (await stream.end(looping)).kind == "CANCELLED"
        await stream.send(ping=pb.Ping(id=5))
        assert (await stream.receive()).ping.id == 5
        await stream.send(part=pb.RequestPart(data=data[MIB : 2 * MIB]))
        await stream.send(part=pb.RequestPart(data=data[2 * MIB :], last=True))
        assert (await stream.end("large")).output == "1"


async def test_abandoned_parts_are_forgotten(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        await stream.send(part=pb.RequestPart(data=b"x" * MIB))
        await stream.send(part=pb.RequestPart(abandoned=True))
        assert (await stream.run("echo", "1")).output == "1"


async def test_quiet_stream_gets_a_ping() -> None:
    with runner_process(workers="1", keepalive_s="1") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            assert (await stream.receive()).ping.id == 0
            assert (await stream.run("echo", "1")).output == "1"


async def test_unknown_member_is_refused_by_name_and_the_stream_goes_on(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        asked = pb.Evaluate(call_id="a", agent="demo", tool="echo", member="prompt")
        await stream.send(evaluate=asked)
        ended = await stream.end("a")
        assert ended.kind == "INVALID_INPUT"
        assert "'prompt'" in ended.message
        assert (await stream.run("echo", "1")).output == "1"


@asynccontextmanager
async def stopping(own: Runner) -> AsyncIterator[tuple[ToolStream, str]]:
    """Yield a stream with a call in flight on a runner that was just asked to stop."""
    source = tool_program("return new Promise((resolve) => setTimeout(() => resolve(1), 1500))")
    async with opened_stream(own.address, source) as stream:
        call_id = await stream.start("run")
        await stream.until_started(call_id)
        own.process.send_signal(signal.SIGTERM)
        draining = (await stream.receive()).draining
        assert draining.deadline.ToDatetime(UTC) > datetime.now(UTC)
        yield stream, call_id


async def test_stopping_runner_ends_what_it_began_and_begins_no_more() -> None:
    with runner_process(workers="1") as own:
        async with stopping(own) as (stream, call_id):
            refused = await stream.start("run")
            first, second = await stream.receive(), await stream.receive()
            assert first.result.call_id == refused
            assert first.result.failure.kind == pb.FAILURE_KIND_OVERLOADED
            assert not first.result.started
            assert second.result.call_id == call_id
            assert second.result.output_json == "1"
            assert await stream.read_to_the_end() is grpc.StatusCode.OK


async def test_stopping_runner_does_not_wait_for_idle_streams() -> None:
    with runner_process(workers="1", drain_s="600") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            own.process.send_signal(signal.SIGTERM)
            assert await stream.read_to_the_end() is grpc.StatusCode.OK
        own.process.wait(30)


async def test_capabilities_name_the_version_and_the_limits(runner: Runner) -> None:
    async with grpc.aio.insecure_channel(runner.address) as channel:
        stub = pb_grpc.ToolRunnerServiceStub(channel)
        told = await stub.GetCapabilities(pb.GetCapabilitiesRequest())
    assert told.version[0].isdigit()
    assert list(told.capabilities) == ["fetch", "model"]
    assert told.limits.host_calls == 1000
    assert told.max_program_bytes > MIB


async def test_load_is_told_at_once_and_when_it_changes() -> None:
    with runner_process(workers="1") as own:
        async with grpc.aio.insecure_channel(own.address) as channel, asyncio.timeout(30):
            watching = pb_grpc.ToolRunnerServiceStub(channel).WatchLoad(pb.WatchLoadRequest())
            first = await watching.read()
            assert (first.streams, first.calls_running, first.workers) == (0, 0, 1)
            async with opened_stream(own.address, TOOLS) as stream:
                await stream.start("loops")
                await stream.start("echo", "1")
                load = first
                while (load.calls_running, load.calls_waiting) != (1, 1):
                    load = await watching.read()
                assert load.streams == 1
            own.process.send_signal(signal.SIGTERM)
            while not load.draining:
                load = await watching.read()
            assert await watching.read() is grpc.aio.EOF
