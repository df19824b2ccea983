"""What it costs to tell who sends a small request: by an API key, and by a token."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc

from bench.report import milliseconds, progress, report
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from tests.access.credentials import KEY, Signer, add_key, issuing
from tests.executor.served import served

ROUND = 50


async def measure(requests: int) -> None:
    """Report the milliseconds of ``GetServerInfo``, rounds of each kind in turn."""
    progress("who sends a small request")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        signer = Signer("bench")
        issuer = await stack.enter_async_context(issuing(signer))
        key = await add_key(folder, "acme")
        on: dict[str, Any] = {"api_keys": True, "key": KEY, "jwt_issuers": issuer.setting}
        known = await stack.enter_async_context(served(state_dir=str(folder), **on))
        trusting = await stack.enter_async_context(served())
        doors = {
            "nobody": (trusting.channel, ()),
            "api-key": (known.channel, (("authorization", f"Bearer {key}"),)),
            "token": (known.channel, (("authorization", f"Bearer {signer.token()}"),)),
        }
        taken: dict[str, list[float]] = {name: [] for name in doors}
        for _ in range(max(1, requests // ROUND)):
            for name, (channel, metadata) in doors.items():
                taken[name] += [await _asked(channel, metadata) for _ in range(ROUND)]
    without = statistics.median(taken["nobody"])
    for name, seconds in taken.items():
        added = round((statistics.median(seconds) - without) * 1000, 3)
        report({"measure": f"identity-{name}", "addedP50Ms": added, **milliseconds(seconds)})


async def _asked(channel: grpc.aio.Channel, metadata: Any) -> float:
    stub: Any = ExecutorServiceStub(channel)
    began = time.perf_counter()
    await stub.GetServerInfo(pb.GetServerInfoRequest(), metadata=metadata)
    return time.perf_counter() - began
