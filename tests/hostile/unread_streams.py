"""Clients of RunTools that never read, as their own process.

``python -m tests.hostile.unread_streams PORT STREAMS CALLS SECONDS`` opens streams, starts calls
with large results on each, and reads none. It prints ``held`` once all are sent, and keeps them
until its standard input ends, or for that many seconds. It speaks to this machine only.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from typing import Any

import grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub
from tests.toolrunner.programs import tool_program

# Just below the most that a result may have by default.
PROGRAM = tool_program('return "x".repeat((1 << 20) - 64);')
OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.http2.lookahead_bytes", 65_535),
    ("grpc.http2.bdp_probe", 0),
]


async def opened(stub: Any) -> Any:
    """Return a stream whose program is loaded."""
    stream = stub.RunTools()
    digest = f"sha256:{hashlib.sha256(PROGRAM).hexdigest()}"
    opening = pb.Open(run_id="r", program_digest=digest, format=pb.PROGRAM_FORMAT_MODULE)
    await stream.write(pb.RunToolsRequest(open=opening))
    answer = await stream.read()
    if answer.HasField("program_missing"):
        chunk = pb.ProgramChunk(data=PROGRAM, last=True)
        await stream.write(pb.RunToolsRequest(program_chunk=chunk))
        answer = await stream.read()
    assert answer.HasField("opened"), answer
    return stream


async def attack(port: int, streams: int, calls: int, seconds: float) -> None:
    """Start the calls and wait, reading nothing."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS) as channel:
        stub = ToolRunnerServiceStub(channel)
        held = [await opened(stub) for _ in range(streams)]
        for number in range(calls):
            for stream in held:
                call = pb.Call(call_id=f"c{number}", agent="demo", tool="run", input_json="{}")
                await stream.write(pb.RunToolsRequest(call=call))
        print("held", flush=True)
        ending = asyncio.to_thread(sys.stdin.read)
        await asyncio.wait([asyncio.ensure_future(ending)], timeout=seconds)


if __name__ == "__main__":
    port, streams, calls, seconds = map(int, sys.argv[1:])
    asyncio.run(attack(port, streams, calls, seconds))
