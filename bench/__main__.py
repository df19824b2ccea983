"""Measures Caisson on this machine: ``python -m bench [--quick] [--streams]``.

Prints JSON lines on stdout, the first of which describes the machine; progress goes to stderr. It
measures and asserts nothing; each line says which targets it meets. Peers are installed on demand,
and reported as missing where that fails.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import dataclass

from bench import (
    brokered,
    cancellation,
    handoffs,
    identity,
    in_worker,
    inspections,
    loop_lag,
    metering,
    metrics,
    model_streams,
    neighbours,
    nested_runs,
    quotas,
    recording,
    runs,
    schema_checks,
    starts,
    tls,
    tool_calls,
    waiting,
)
from bench.machine import describe
from bench.peers import measured as peers
from bench.programs import real_bundle
from bench.report import report
from tests.real_bundles.build import build_real_bundles


@dataclass(frozen=True)
class Extent:
    """How many of each a bench makes; ``every`` samples the hostile programs."""

    peer_calls: int
    calls: int
    checks: int
    kills: int
    fibs: int
    suspended: int
    neighbour_calls: int
    each_attacker: int
    runs: int
    reads: int
    starts: int
    chunks: int
    stream_seconds: float
    cancels: int
    waiting: int
    idle_seconds: float


QUICK = Extent(
    peer_calls=10,
    calls=400,
    checks=100,
    kills=200,
    fibs=20,
    suspended=1000,
    neighbour_calls=1000,
    each_attacker=16,
    runs=5,
    reads=3,
    starts=1,
    chunks=150,
    stream_seconds=3.0,
    cancels=10,
    waiting=200,
    idle_seconds=5.0,
)
FULL = Extent(
    peer_calls=100,
    calls=4000,
    checks=1000,
    kills=2000,
    fibs=100,
    suspended=1000,
    neighbour_calls=4000,
    each_attacker=1,
    runs=50,
    reads=10,
    starts=5,
    chunks=500,
    stream_seconds=20.0,
    cancels=100,
    waiting=1000,
    idle_seconds=20.0,
)


async def measure(extent: Extent) -> None:
    """Measure peers, tool calls, neighbours, runs, inspection, event loop lag, and starts."""
    bundles = build_real_bundles()
    source = real_bundle(bundles.schemas_min_cjs.read_bytes())
    best = await peers.measure(source, extent.peer_calls)
    await in_worker.measure(bundles, best, calls=extent.calls, kills=extent.kills)
    metering.measure(extent.fibs)
    await schema_checks.measure(extent.checks)
    await tool_calls.measure(bundles, best, calls=extent.calls, suspended=extent.suspended)
    await tls.measure(bundles, calls=extent.calls)
    await brokered.measure(calls=max(200, extent.calls // 4))
    await neighbours.measure(bundles, calls=extent.neighbour_calls, every=extent.each_attacker)
    bundle = bundles.numbers_min_cjs
    await runs.measure(bundle, bundle.read_bytes(), runs=extent.runs)
    await handoffs.measure(runs=extent.runs)
    await identity.measure(requests=extent.calls)
    await measure_streams(extent)
    await nested_runs.measure(rounds=extent.calls // 4)
    await recording.measure(words=extent.chunks, runs=extent.runs)
    await metrics.measure(bundles, calls=extent.calls, chunks=extent.chunks)
    await quotas.measure(calls=extent.calls)
    await waiting.measure(runs=extent.waiting, seconds=extent.idle_seconds)
    await loop_lag.measure(rounds=5)
    await inspections.measure(reads=extent.reads)
    await starts.measure(starts=extent.starts)


async def measure_streams(extent: Extent) -> None:
    """Measure only model streams and cancellation."""
    await model_streams.measure(chunks=extent.chunks, seconds=extent.stream_seconds)
    await cancellation.measure(extent.cancels)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls, under four minutes")
    parser.add_argument(
        "--streams", action="store_true", help="model streams and cancellation only"
    )
    arguments = parser.parse_args()
    extent = QUICK if arguments.quick else FULL
    report(describe())
    asyncio.run(measure_streams(extent) if arguments.streams else measure(extent))
    report({"measure": "end", "load1m": round(os.getloadavg()[0], 2)})


if __name__ == "__main__":
    main()
