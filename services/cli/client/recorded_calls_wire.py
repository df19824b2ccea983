"""The recordings of a run's tool calls, as the executor streams them."""

from __future__ import annotations

from dataclasses import dataclass, field

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import recorded_call_pb2 as recorded_pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.cli.client.clients import open_channel
from services.cli.errors import RefusedError
from services.cli.inputs import MAX_BUNDLE_BYTES

MAX_CALLS_BYTES = 256 * 1024 * 1024
"""What is read of recordings at most; an executor records far less of a run."""


@dataclass
class RunCalls:
    """A run's bundle, empty if it was not asked for, and its recorded calls in their order."""

    bundle: bytearray = field(default_factory=bytearray, repr=False)
    calls: list[recorded_pb.RecordedCall] = field(default_factory=list)


async def calls_of(address: str, run_id: str, call_id: str, *, with_bundle: bool) -> RunCalls:
    """Return the recorded calls of a run, of one id unless it is empty; raises CliError."""
    found, size = RunCalls(), 0
    request = pb.ReadCallsRequest(run_id=run_id, call_id=call_id, with_bundle=with_bundle)
    async with open_channel(address) as channel:
        async for response in ExecutorServiceStub(channel).ReadCalls(request):
            size += response.ByteSize()
            if size > MAX_CALLS_BYTES or len(found.bundle) > MAX_BUNDLE_BYTES:
                raise RefusedError("The executor sends more than a run can have.")
            if response.HasField("call"):
                found.calls.append(response.call)
            else:
                found.bundle += response.bundle
    return found
