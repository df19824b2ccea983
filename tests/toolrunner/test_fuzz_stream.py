"""Whatever a peer sends on RunTools ends in a clear status, without effect on others."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from tests.repeats import tries
from tests.toolrunner.clients import (
    WAIT_S,
    Runner,
    ToolStream,
    opened_stream,
    runner_process,
    tool_stream,
)
from tests.toolrunner.programs import TOOLS
from tests.toolrunner.protobuf_fuzz import messages, one_of_each

PATH = "/caisson.toolrunner.v1.ToolRunnerService/RunTools"
DIGEST = "sha256:" + hashlib.sha256(TOOLS).hexdigest()
# How the client shows that the stream has ended; its status tells why.
REFUSED = (grpc.aio.AioRpcError, asyncio.InvalidStateError)
# What gRPC's client says, in place of the status, when a write met the end of the stream.
MET_THE_END = "Internal error from Core"
CLEAR = {"INVALID_ARGUMENT", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"}
OPEN = pb.RunToolsRequest(
    open=pb.Open(program_digest=DIGEST, format=pb.PROGRAM_FORMAT_MODULE, capabilities=["fetch"])
)
DURATIONS = st.builds(
    Duration,
    seconds=st.sampled_from([0, 1, -1, 2**63 - 1]),
    nanos=st.sampled_from([0, 1, 10**6, -1, 2**31 - 1]),
)
LIMITS = st.one_of(
    st.just(pb.Limits()),
    st.just(pb.Limits()),
    messages(pb.Limits.DESCRIPTOR, {"timeout": DURATIONS, "host_wait": DURATIONS}),
)
WANTED = {
    "call_id": st.sampled_from(["a", "b", "c", "", "x" * 200]),
    "host_call_id": st.integers(0, 3),
    "program_digest": st.sampled_from([DIGEST, DIGEST, "0" * 64, DIGEST.upper(), ""]),
    "data": st.sampled_from([TOOLS, TOOLS[:9], TOOLS[9:], b"", b"export default ("]),
    "agent": st.sampled_from(["demo", "demo", "demo", "nobody", ""]),
    "tool": st.sampled_from(["echo", "loops", "fetches", "talk", "later", "hoards", "none", ""]),
    "input_json": st.sampled_from(["1", "{}", '{"ms": 5}', "{", "NaN", "[" * 9999, ""]),
    "context_json": st.sampled_from(["{}", "{}", "{}", "[", "7", ""]),
    "capabilities": st.sampled_from([[], ["fetch"], ["fetch", "fetch"], ["files"]]),
    "member": st.sampled_from(["inputSchema", "inputSchema", "execute", ""]),
    "limits": LIMITS,
}
REQUESTS = one_of_each(pb.RunToolsRequest.DESCRIPTOR, WANTED)
CALLS = one_of_each(
    pb.RunToolsRequest.DESCRIPTOR,
    {
        **WANTED,
        "call": messages(pb.Call.DESCRIPTOR, {**WANTED, "limits": st.just(pb.Limits())}),
        "open": st.just(OPEN.open),
        "program_chunk": st.just(pb.ProgramChunk(data=TOOLS, last=True)),
    },
)


@dataclass(frozen=True)
class Script:
    """A peer's actions: open, validly or not, send messages, then half-close or disconnect."""

    well_opened: bool
    sent: list[Message]
    half_closes: bool


SCRIPTS = st.builds(
    Script,
    st.booleans(),
    st.lists(st.one_of(REQUESTS, CALLS, st.just(pb.RunToolsRequest())), max_size=15),
    st.sampled_from([True, True, True, False]),
)


@dataclass
class Heard:
    """What the peer received."""

    responses: list[pb.RunToolsResponse] = field(default_factory=list)

    def results(self) -> list[str]:
        return [each.result.call_id for each in self.responses if each.HasField("result")]


@pytest.fixture(scope="module")
def hasty() -> Iterator[Runner]:
    """A toolrunner whose calls may take little, so that endless ones end soon."""
    with runner_process(
        call_timeout_s="0.2", load_timeout_s="5", call_memory_bytes=str(2**26)
    ) as own:
        yield own


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One event loop for all examples, since gRPC keeps to the loop that it first met."""
    with asyncio.Runner() as runner:
        yield runner


async def play(address: str, script: Script) -> None:
    """Play the script and check the responses."""
    heard = Heard()
    async with tool_stream(address) as stream:
        if script.well_opened:
            opened = await stream.open(TOOLS, capabilities=["fetch"])
            assert opened.HasField("opened")
        reading = asyncio.ensure_future(read(stream, heard))
        try:
            await send(stream, script)
            if script.half_closes:
                async with asyncio.timeout(WAIT_S):
                    await reading
                await check_end(stream)
        finally:
            reading.cancel()
    results = heard.results()
    assert len(set(results)) == len(results)
    sent = [each for each in script.sent if isinstance(each, Request)]
    assert set(results) <= {
        id_ for each in sent for id_ in (each.call.call_id, each.evaluate.call_id)
    }


Request = pb.RunToolsRequest


async def send(stream: ToolStream, script: Script) -> None:
    """Send the script's messages until the stream has ended."""
    with contextlib.suppress(*REFUSED):
        for message in script.sent:
            await stream.call.write(message)
        if script.half_closes:
            await stream.call.done_writing()


async def read(stream: ToolStream, heard: Heard) -> None:
    """Keep every response until the end."""
    with contextlib.suppress(*REFUSED):
        while isinstance(response := await stream.call.read(), pb.RunToolsResponse):
            heard.responses.append(response)


async def check_end(stream: ToolStream) -> None:
    """The stream ended well, or with a status that says what was wrong."""
    code = await stream.status()
    if code is grpc.StatusCode.OK:
        return
    details = await stream.call.details()
    if details == MET_THE_END:
        return
    assert code.name in CLEAR, (code, details)
    assert details
    assert "Traceback" not in details
    trailers = dict(await stream.call.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "caisson"


async def bystander(address: str, play_one: Any, scripts: Any) -> None:
    """Play scripts beside a stream that works all the time."""
    async with opened_stream(address, TOOLS) as other:
        for number, script in enumerate(scripts):
            played = asyncio.ensure_future(play_one(address, script))
            assert (await other.run("echo", str(number))).output == str(number)
            await played
            assert (await other.run("echo", str(number))).output == str(number)


@tries(40, soak=2000, suppress_health_check=list(HealthCheck))
@given(st.lists(SCRIPTS, min_size=1, max_size=6))
def test_random_messages_end_in_a_clear_status(
    hasty: Runner, loop: asyncio.Runner, scripts: list[Script]
) -> None:
    workers = hasty.workers()
    loop.run(bystander(hasty.address, play, scripts))
    assert hasty.workers() == workers, "a peer's messages cost a worker"


async def play_bytes(address: str, body: bytes) -> None:
    """Send bytes that are no message of the protocol, after a good one or as the first."""
    async with grpc.aio.insecure_channel(address) as channel:
        call: Any = channel.stream_stream(PATH)()
        await call.write(OPEN.SerializeToString())
        with contextlib.suppress(*REFUSED):
            await call.write(body)
            await call.done_writing()
        async with asyncio.timeout(WAIT_S):
            with contextlib.suppress(*REFUSED):
                while await call.read() is not grpc.aio.EOF:
                    pass
            code, details = await call.code(), await call.details()
    assert code.name in {*CLEAR, "INTERNAL", "OK"}, (code, details)
    assert "Traceback" not in details


@tries(20, soak=500, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=6))
def test_invalid_bytes_end_the_stream(
    hasty: Runner, loop: asyncio.Runner, bodies: list[bytes]
) -> None:
    loop.run(bystander(hasty.address, play_bytes, bodies))
