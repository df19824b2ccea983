"""A peer that breaks the protocol gets a clear error, and only its own stream ends."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.server import running_server
from services.toolrunner.settings import Settings
from tests.toolrunner.clients import Runner, ToolStream, opened_stream, runner_process, tool_stream
from tests.toolrunner.programs import TOOLS, tool_program
from tests.toolrunner.scripted_worker import ScriptedLauncher

DIGEST = "sha256:" + hashlib.sha256(b"nobody has this").hexdigest()
MODULE = pb.PROGRAM_FORMAT_MODULE
OPEN = pb.Open(program_digest=DIGEST, format=MODULE)


@dataclass(frozen=True)
class Refusal:
    """The status with which a stream ended; ``retry_s`` is 0 when it says nothing about that."""

    code: str
    reason: str
    message: str
    retry_s: float


async def refusal(stream: ToolStream) -> Refusal:
    """Wait for the end of a stream and return its status."""
    code = await stream.status()
    trailers = dict(await stream.call.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    assert status.code == code.value[0]
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "caisson"
    if len(status.details) > 1:
        assert status.details[1].Unpack(retry)
    seconds = retry.retry_delay.ToTimedelta().total_seconds()
    assert status.message == await stream.call.details()
    return Refusal(code.name, info.reason, status.message, seconds)


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (pb.RunToolsRequest(), "INVALID_ARGUMENT", "contains no message"),
        (pb.RunToolsRequest(call=pb.Call(call_id="a")), "FAILED_PRECONDITION", "must be `open`"),
        (pb.RunToolsRequest(open=pb.Open()), "INVALID_ARGUMENT", "program_digest"),
        (
            pb.RunToolsRequest(open=pb.Open(program_digest=DIGEST)),
            "INVALID_ARGUMENT",
            "module or a script",
        ),
        (
            pb.RunToolsRequest(
                open=pb.Open(program_digest=DIGEST, format=MODULE, capabilities=["files"])
            ),
            "INVALID_ARGUMENT",
            "'files'",
        ),
        (
            pb.RunToolsRequest(
                open=pb.Open(
                    program_digest=DIGEST,
                    format=MODULE,
                    limits=pb.Limits(timeout=Duration(seconds=-1)),
                )
            ),
            "INVALID_ARGUMENT",
            "open.limits.timeout",
        ),
        (
            pb.RunToolsRequest(
                open=pb.Open(program_digest=DIGEST, format=MODULE, run_id="r" * 129)
            ),
            "RESOURCE_EXHAUSTED",
            "run_id has 129 bytes",
        ),
    ],
)
async def test_wrong_first_message_is_refused(
    runner: Runner, request_: pb.RunToolsRequest, code: str, text: str
) -> None:
    async with tool_stream(runner.address) as stream:
        await stream.call.write(request_)
        refused = await refusal(stream)
        assert refused.code == code
        assert text in refused.message


async def test_empty_stream_is_refused(runner: Runner) -> None:
    async with tool_stream(runner.address) as stream:
        await stream.call.done_writing()
        assert (await refusal(stream)).code == "FAILED_PRECONDITION"


async def test_peer_that_sends_no_program_times_out() -> None:
    with runner_process(workers="1", open_timeout_s="0.1") as own:
        async with tool_stream(own.address) as stream:
            await stream.send(open=OPEN)
            assert (await stream.receive()).HasField("program_missing")
            refused = await refusal(stream)
            assert refused.code == "FAILED_PRECONDITION"
            assert "within 0.1 s" in refused.message
        async with opened_stream(own.address, TOOLS) as stream:
            assert (await stream.run("later", '{"ms": 200}')).output == '"done"'


async def test_program_that_does_not_match_its_digest_is_refused(runner: Runner) -> None:
    async with tool_stream(runner.address) as stream:
        await stream.send(open=OPEN)
        assert (await stream.receive()).program_missing.program_digest == DIGEST
        await stream.send(program_chunk=pb.ProgramChunk(data=b"somebody has this", last=True))
        refused = await refusal(stream)
        assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "PROTOCOL_VIOLATION")
        assert "SHA-256" in refused.message


async def test_program_over_size_limit_is_refused() -> None:
    with runner_process(workers="1", program_bytes="1000") as own:
        async with tool_stream(own.address) as stream:
            await stream.send(open=OPEN)
            await stream.receive()
            await stream.send(program_chunk=pb.ProgramChunk(data=b"x" * 1001, last=False))
            refused = await refusal(stream)
            assert (refused.code, refused.reason) == ("RESOURCE_EXHAUSTED", "OVER_LIMIT")


async def test_reused_call_id_is_refused(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        call = pb.Call(call_id="a", agent="demo", tool="later", input_json='{"ms": 60000}')
        await stream.send(call=call)
        await stream.send(call=call)
        refused = await refusal(stream)
        assert refused.code == "INVALID_ARGUMENT"
        assert "used before" in refused.message


async def test_unrequested_host_result_is_refused(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        await stream.send(
            host_result=pb.HostResult(call_id="forged", host_call_id=1, output_json="1")
        )
        assert (await refusal(stream)).code == "INVALID_ARGUMENT"


async def test_cancel_of_an_unknown_call_is_ignored(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        await stream.send(cancel=pb.Cancel(call_id="unknown"))
        assert (await stream.run("echo", "1")).output == "1"


async def test_full_queue_ends_the_call_and_not_the_stream() -> None:
    with runner_process(workers="1", queued_calls="1") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            looping = await stream.start("loops")
            async with opened_stream(own.address, TOOLS) as other:
                waiting = await other.start("echo", "1")
                refused = await other.end(await other.start("echo", "2"))
                assert (refused.kind, refused.result.started) == ("OVERLOADED", False)
                await stream.send(cancel=pb.Cancel(call_id=looping))
                assert (await other.end(waiting)).output == "1"


async def test_stream_over_the_limit_is_refused() -> None:
    with runner_process(workers="1", streams="1") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            async with tool_stream(own.address) as other:
                with suppress(grpc.aio.AioRpcError):  # it may be refused before it is written
                    await other.send(open=OPEN)
                assert (await refusal(other)).reason == "OVERLOADED"
            assert (await stream.run("echo", "1")).output == "1"


async def test_message_over_size_limit_is_refused(runner: Runner) -> None:
    async with opened_stream(runner.address, TOOLS) as stream:
        await stream.start("echo", '"' + "x" * (5 * 1024 * 1024) + '"')
        assert await stream.status() is grpc.StatusCode.RESOURCE_EXHAUSTED
    async with opened_stream(runner.address, TOOLS) as stream:
        assert (await stream.run("echo", "1")).output == "1"


async def test_cancelled_stream_frees_its_workers() -> None:
    with runner_process(workers="1") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            for _ in range(3):
                await stream.start("loops")
        async with opened_stream(own.address, TOOLS) as stream:
            assert (await stream.run("echo", "1")).output == "1"


async def test_stalled_peer_blocks_only_itself(runner: Runner) -> None:
    source = tool_program("return 'x'.repeat(1000000)")
    async with (
        opened_stream(runner.address, source) as silent,
        opened_stream(runner.address, TOOLS) as other,
    ):
        started = {await silent.start("run") for _ in range(60)}
        for number in range(50):
            assert (await other.run("echo", str(number))).output == str(number)
        assert {(await silent.receive()).result.call_id for _ in started} == started


async def test_granted_host_call_is_forwarded_and_answered() -> None:
    settings = Settings(address="127.0.0.1:0", workers=1)
    async with running_server(settings, ScriptedLauncher()) as address:
        async with opened_stream(address, b"any", capabilities=["fetch"]) as stream:
            call_id = await stream.start("ask")
            asks = (await stream.receive()).host_call
            assert (asks.call_id, asks.host_call_id, asks.capability) == (call_id, 1, "fetch")
            answer = pb.HostResult(call_id=call_id, host_call_id=1, output_json='"page"')
            await stream.send(host_result=answer)
            assert (await stream.end(call_id)).output == '"page"'
        async with opened_stream(address, b"any") as stream:
            assert (await stream.run("ask")).output == '"denied"'
