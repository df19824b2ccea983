"""Two organisations at an executor that is asked for ten times as much as it can do.

``python -m bench.organisations [--seconds N] [--streams N] [--valkey]`` prints JSON lines.

It first finds how many runs a second one executor does. Then a polite organisation asks for a
fifth of that, alone and beside a greedy one that asks for ten times as much and never waits.
Both have the same quotas. Executor and organisations are processes of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import grpc

from bench.memory import memory_of
from bench.report import milliseconds, progress, report
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from tests.access.credentials import KEY, add_key
from tests.executor.fake_provider import answer, fake_provider
from tests.executor.served import served
from tests.quota.valkey import valkey_running

SOLO_S: Final = 5.0
POLITE: Final = 0.2
"""The polite organisation's share of what the executor can do; the quotas are a fifth above."""
TIMES: Final = 10
WORKERS: Final = 16
DRAIN_S: Final = 30.0
QUICK_S: Final = 0.05


async def measure(seconds: float, streams: int, *, shared: bool) -> None:
    """Report the polite organisation's goodput alone and beside the greedy one."""
    about = {"store": "valkey" if shared else "memory", "connectionStreams": streams}
    with TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("state", "valkey"):
            (folder / each).mkdir()
        keys = [await add_key(folder / "state", each) for each in ("polite", "greedy")]
        async with AsyncExitStack() as stack:
            url = stack.enter_context(valkey_running(folder / "valkey")).url if shared else ""
            async with executor(folder / "state", {}, "", streams) as (address, _):
                progress("what one executor can do")
                full = (await one_load(address, keys[0], 0.0, SOLO_S))["ok"] / SOLO_S
            rate = full * POLITE
            quotas = quotas_of(rate * 1.2)
            async with executor(folder / "state", quotas, url, streams) as (address, served):
                progress(f"a polite organisation alone: {rate:.1f} runs a second of {full:.1f}")
                alone = await one_load(address, keys[0], rate, seconds)
                before = memory_of(served.pid).as_fields()
                progress("both")
                both, greedy = await asyncio.gather(
                    one_load(address, keys[0], rate, seconds),
                    one_load(address, keys[1], full * TIMES, seconds),
                )
                after = memory_of(served.pid).as_fields()
    report({"measure": "organisations-capacity", **about, "runsPerSecond": round(full, 1)})
    report({"measure": "organisations-polite-alone", **about, **shown(alone)})
    report({"measure": "organisations-polite-beside", **about, **shown(both)})
    report({"measure": "organisations-greedy", **about, **shown(greedy)})
    kept = round(100 * both["ok"] / max(1, alone["ok"]), 1)
    report({"measure": "organisations", **about, "goodputPercent": kept})
    report({"measure": "organisations-memory", **about, "before": before, "after": after})


def quotas_of(rate: float) -> dict[str, Any]:
    """Return quotas that allow each organisation about ``rate`` runs a second."""
    limits = {
        "requests": {"per_second": round(rate, 2), "burst": max(2, round(rate))},
        "runs": {"at_once": 8 * WORKERS, "day": 10**9},
        "tokens": {"day": 10**12},
    }
    return {"defaults": {"organisation": limits}}


def shown(load: dict[str, Any]) -> dict[str, object]:
    """Return what is reported of a load."""
    counts = {name: load[name] for name in ("asked", "ok", "refused", "failed", "refusedQuickly")}
    return {**counts, "refusals": load["refusals"], "runs": load["runs"]}


@asynccontextmanager
async def executor(
    folder: Path, quotas: dict[str, Any], url: str, streams: int
) -> AsyncIterator[tuple[str, Process]]:
    """Start an executor with its model in a process, and yield its address."""
    words = ("serve", str(folder), json.dumps(quotas) if quotas else "", url, str(streams))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.organisations", *words, stdin=PIPE, stdout=PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield (await process.stdout.readline()).decode().strip(), process
    finally:
        process.stdin.close()
        await process.wait()


async def one_load(address: str, key: str, rate: float, seconds: float) -> dict[str, Any]:
    """Ask for runs in a process: ``rate`` a second, or with a rate of 0 as many as are done."""
    words = ("load", address, key, str(rate), str(seconds))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.organisations", *words, stdout=PIPE
    )
    out, _ = await process.communicate()
    told: dict[str, Any] = json.loads(out)
    return told


class Load:
    """Asks for runs, and counts what comes of it."""

    def __init__(self, stub: Any, key: str) -> None:
        self._stub = stub
        self._metadata = (("authorization", f"Bearer {key}"),)
        source = BundleSource(inline=b"fixed")
        self._request = pb.ExecuteAgentRequest(spec=RunSpec(bundle=source, message="Hello"))
        self.asked = 0
        self.failed: Counter[str] = Counter()
        self.runs: list[float] = []
        self.refusals: list[float] = []

    async def run(self) -> None:
        """Run once."""
        self.asked += 1
        began = time.perf_counter()
        try:
            async for _ in self._stub.ExecuteAgent(self._request, metadata=self._metadata):
                pass
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
                self.refusals.append(time.perf_counter() - began)
            else:
                self.failed[f"{error.code().name}: {error.details()}"[:120]] += 1
        else:
            self.runs.append(time.perf_counter() - began)

    async def closed(self, until: float) -> None:
        """Run one after the other."""
        while time.perf_counter() < until:
            await self.run()

    async def open(self, rate: float, until: float) -> None:
        """Begin runs at a rate, whatever comes of them."""
        tasks: set[asyncio.Task[None]] = set()
        began, number = time.perf_counter(), 0
        while (now := time.perf_counter()) < until:
            while number < (now - began) * rate:
                number += 1
                task = asyncio.create_task(self.run())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(0.005)
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_S)

    def told(self) -> dict[str, Any]:
        """Return the counts, and how long runs and refusals took."""
        quick = sum(each <= QUICK_S for each in self.refusals)
        return {
            "asked": self.asked,
            "ok": len(self.runs),
            "refused": len(self.refusals),
            "failed": self.failed,
            "refusedQuickly": round(quick / len(self.refusals), 4) if self.refusals else 1.0,
            "runs": milliseconds(self.runs) if self.runs else {},
            "refusals": milliseconds(self.refusals) if self.refusals else {},
        }


async def load(address: str, key: str, rate: float, seconds: float) -> None:
    """Ask for runs, and print what came of it."""
    async with grpc.aio.insecure_channel(address) as channel:
        asking = Load(ExecutorServiceStub(channel), key)
        await asking.run()
        while not asking.runs:
            await asyncio.sleep(0.1)
            await asking.run()
        asking = Load(ExecutorServiceStub(channel), key)
        until = time.perf_counter() + seconds
        if rate:
            await asking.open(rate, until)
        else:
            await asyncio.gather(*(asking.closed(until) for _ in range(WORKERS)))
    print(json.dumps(asking.told()), flush=True)


async def serve(folder: str, quotas: str, url: str, streams: str) -> None:
    """Serve until stdin ends, with a model that answers at once."""
    async with fake_provider(answer("hi")) as provider:
        os.environ |= {"OPENAI_API_KEY": "sk-x", "OPENAI_BASE_URL": provider.url}
        settings: dict[str, Any] = {
            "api_keys": True,
            "key": KEY,
            "state_dir": folder,
            "quotas": quotas,
        }
        more: dict[str, Any] = {"quota_url": url, "connection_streams": int(streams)}
        async with served(**settings, **more) as client:
            print(client.address, flush=True)
            await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Measure and print; or serve, or load, as a process of a measurement."""
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(*sys.argv[2:]))
        return
    if sys.argv[1:2] == ["load"]:
        address, key, rate, seconds = sys.argv[2:]
        asyncio.run(load(address, key, float(rate), float(seconds)))
        return
    parser = argparse.ArgumentParser(prog="python -m bench.organisations", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load")
    parser.add_argument("--valkey", action="store_true", help="count in a Valkey")
    parser.add_argument("--streams", type=int, default=256, help="RPCs at once on a connection")
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.seconds, arguments.streams, shared=arguments.valkey))


if __name__ == "__main__":
    main()
