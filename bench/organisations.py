"""Two organisations at an executor that is asked for ten times as much as it can do.

``python -m bench.organisations [--seconds N] [--streams N] [--executors N] [--valkey] [--kill]``
prints JSON lines.

It first finds how many runs a second the executors do. Then a polite organisation asks for a
fifth of that, alone and beside a greedy one that asks for ten times as much and never waits.
Both have the same quotas. Executors and organisations are processes of their own. With ``--kill``
the Valkey is killed halfway, and started again, empty, after ``AWAY_S``.
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
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
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
from tests.quota.valkey import Valkey, valkey_running

SOLO_S: Final = 5.0
POLITE: Final = 0.2
"""The polite organisation's share of what the executor can do; the quotas are a fifth above."""
TIMES: Final = 10
WORKERS: Final = 16
DRAIN_S: Final = 30.0
QUICK_S: Final = 0.05
AWAY_S: Final = 2.0
OPEN_S: Final = 30.0


@dataclass(frozen=True)
class Scene:
    """What is measured: seconds of a load, RPCs at once on a connection, and who counts."""

    seconds: float
    streams: int
    executors: int
    shared: bool
    killed: bool


async def measure(scene: Scene) -> None:
    """Report the polite organisation's goodput alone and beside the greedy one."""
    store = "memory" if not scene.shared else "valkey, killed" if scene.killed else "valkey"
    about = {"store": store, "executors": scene.executors, "connectionStreams": scene.streams}
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "0").mkdir()
        keys = [await add_key(folder / "0", each) for each in ("polite", "greedy")]
        folders = [folder / str(number) for number in range(scene.executors)]
        for each in folders[1:]:
            copytree(folder / "0", each)
        async with AsyncExitStack() as stack:
            server = None
            if scene.shared:
                (folder / "valkey").mkdir()
                server = stack.enter_context(valkey_running(folder / "valkey"))
            url = server.url if server is not None else ""
            async with executors(folders, {}, "", scene.streams) as (addresses, _):
                progress("what the executors can do")
                full = (await one_load(addresses, keys[0], 0.0, SOLO_S))["ok"] / SOLO_S
            rate, seconds = full * POLITE, scene.seconds
            # Each counts for itself in memory, and has its part of what is asked.
            each_has = 1 if scene.shared else scene.executors
            quotas = quotas_of(rate * 1.2 / each_has)
            async with executors(folders, quotas, url, scene.streams) as (addresses, served):
                progress(f"a polite organisation alone: {rate:.1f} runs a second of {full:.1f}")
                alone = await one_load(addresses, keys[0], rate, seconds)
                before = [memory_of(each.pid).as_fields() for each in served]
                progress("both")
                async with asyncio.TaskGroup() as group:
                    if server is not None and scene.killed:
                        group.create_task(killed_in(server, seconds / 2))
                    beside = group.create_task(one_load(addresses, keys[0], rate, seconds))
                    other = group.create_task(one_load(addresses, keys[1], full * TIMES, seconds))
                both, greedy = beside.result(), other.result()
                after = [memory_of(each.pid).as_fields() for each in served]
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


async def killed_in(server: Valkey, seconds: float) -> None:
    """Kill a Valkey after some seconds, and start it again, empty, after a while."""
    await asyncio.sleep(seconds)
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(server.start)


@asynccontextmanager
async def executors(
    folders: Sequence[Path], quotas: dict[str, Any], url: str, streams: int
) -> AsyncIterator[tuple[str, list[Process]]]:
    """Start an executor for each state folder, and yield their addresses, joined by commas."""
    async with AsyncExitStack() as stack:
        served = [
            await stack.enter_async_context(executor(each, quotas, url, streams))
            for each in folders
        ]
        yield ",".join(address for address, _ in served), [process for _, process in served]


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


async def one_load(addresses: str, key: str, rate: float, seconds: float) -> dict[str, Any]:
    """Ask for runs in a process: ``rate`` a second, or with a rate of 0 as many as are done."""
    words = ("load", addresses, key, str(rate), str(seconds))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.organisations", *words, stdout=PIPE
    )
    out, _ = await process.communicate()
    told: dict[str, Any] = json.loads(out)
    return told


class Load:
    """Asks for runs, and counts what comes of it."""

    def __init__(self, stubs: Sequence[Any], key: str) -> None:
        self._stubs = stubs
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
            stub = self._stubs[self.asked % len(self._stubs)]
            async for _ in stub.ExecuteAgent(self._request, metadata=self._metadata):
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


async def load(addresses: str, key: str, rate: float, seconds: float) -> None:
    """Ask for runs, of each executor in turn, and print what came of it."""
    async with AsyncExitStack() as stack:
        channels = [grpc.aio.insecure_channel(each) for each in addresses.split(",")]
        for channel in channels:
            await stack.enter_async_context(channel)
        stubs = [ExecutorServiceStub(channel) for channel in channels]
        asking = Load(stubs, key)
        await asking.run()
        while not asking.runs:
            await asyncio.sleep(0.1)
            await asking.run()
        asking = Load(stubs, key)
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
        more |= {"quota_when_away": OPEN_S} if url else {}
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
    parser.add_argument("--executors", type=int, default=1, help="which the organisations share")
    parser.add_argument("--kill", action="store_true", help="kill that Valkey halfway")
    arguments = parser.parse_args()
    shared = arguments.valkey or arguments.kill
    asyncio.run(
        measure(
            Scene(
                arguments.seconds,
                arguments.streams,
                arguments.executors,
                shared=shared,
                killed=arguments.kill,
            )
        )
    )


if __name__ == "__main__":
    main()
