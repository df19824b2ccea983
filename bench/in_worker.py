"""The cost of a call in the worker alone: latency, starts, bundle size and time limits."""

from __future__ import annotations

import itertools
import tempfile
import time
from pathlib import Path

from bench.peers.measured import Best
from bench.programs import CHECKED, call_of, padded, program_of, real_bundle, repeated
from bench.report import milliseconds, percentile, progress, report
from bench.worker import WorkerClient, running_worker
from services.toolrunner.domain import MIB, FailureKind, Limits, Program, ToolCall
from tests.real_bundles.build import RealBundles

SMALL_BYTES = 1024
LARGE_BYTES = 5 * MIB
ROOMY = Limits(memory_bytes=256 * MIB)
WARM_UP = 50
# Ways to never end; a different part of the engine stops each.
ENDLESS = {
    "loop": "for(;;);",
    "calls": "const f=()=>1;for(;;)f();",
    "sort": "const a=Array.from({length:1e4},(_,i)=>i);for(;;)a.sort(()=>1);",
    "fill": "const a=new Uint8Array(2**24);for(;;)a.fill(1);",
    "strings": 'let s="";for(;;){s+="x".repeat(999);if(s.length>1e6)s="";}',
    "regex": '/^(a+)+$/.test("a".repeat(40)+"b");',
    "json": "const a=Array(1e5).fill([1]);for(;;)JSON.parse(JSON.stringify(a));",
    "promises": "for(;;)await null;",
}
TIME_LIMITS_MS = (5, 11, 17, 23)


async def measure(bundles: RealBundles, best: Best | None, *, calls: int, kills: int) -> None:
    """Report all measurements of one worker."""
    with tempfile.TemporaryDirectory(prefix="caisson-bench-") as folder:
        cache = Path(folder)
        await measure_starts(cache)
        async with running_worker(cache) as worker:
            measure_latency(worker, bundles.schemas_min_cjs, best, calls)
        async with running_worker(cache) as worker:
            measure_flatness(worker, bundles.schemas_min_cjs.read_bytes(), calls)
        async with running_worker(cache) as worker:
            measure_overshoot(worker, kills)


async def measure_starts(cache: Path, warm_starts: int = 3) -> None:
    """Report how long a worker takes to be ready, with a cold and a warm module cache."""
    progress("starts of a worker")
    times = []
    for _ in range(warm_starts + 1):
        began = time.perf_counter()
        async with running_worker(cache):
            times.append(time.perf_counter() - began)
    report({"measure": "worker-start-cold", **milliseconds(times[:1])})
    report({"measure": "worker-start-warm", **milliseconds(times[1:])})


def measure_latency(worker: WorkerClient, bundle: Path, best: Best | None, calls: int) -> None:
    """Report a trivial tool of a real bundle beside the best peer, and one that checks input."""
    progress("calls in a worker")
    program = program_of(real_bundle(bundle.read_bytes()))
    loaded = worker.load(program)
    about = {"bundle": bundle.name, "bundleBytes": len(program.source)}
    report({"measure": "bundle-load-in-worker", **about, "ms": round(loaded * 1000, 1)})
    times, inside = timed_calls(worker, program, call_of(), calls)
    taken = milliseconds(times)
    beside = best.beside(taken["p50Ms"]) if best else {}
    report({"measure": "tool-call-in-worker", **about, **taken, **beside})
    report({"measure": "tool-call-in-sandbox", **about, **milliseconds(inside)})
    checked = milliseconds(timed_calls(worker, program, CHECKED, calls)[0])
    report({"measure": "tool-call-with-zod-in-worker", **about, **checked})


def timed_calls(
    worker: WorkerClient, program: Program, call: ToolCall, calls: int
) -> tuple[list[float], list[float]]:
    """Return the seconds of each call as measured by its caller and by the worker."""
    times, inside = [], []
    for count in range(calls + WARM_UP):
        taken, done = worker.call(program, call)
        if done.outcome.failure is not None:
            raise SystemExit(f"the call failed: {done.outcome.failure}")
        if count >= WARM_UP:
            times.append(taken)
            inside.append(done.outcome.usage.wall_s)
    return times, inside


def measure_flatness(worker: WorkerClient, real: bytes, calls: int) -> None:
    """Report the same trivial tool in bundles of 1 KB and 5 MB, alternating."""
    progress("calls of a small and a large bundle")
    small, large = program_of(padded(SMALL_BYTES)), program_of(repeated(real, LARGE_BYTES))
    times: dict[str, list[float]] = {small.digest: [], large.digest: []}
    for program in (small, large):
        worker.load(program)
    for _ in range(10):
        for program in (small, large):
            times[program.digest] += timed_calls(
                worker, program, call_of(limits=ROOMY), max(20, calls // 10)
            )[0]
    medians = []
    for program in (small, large):
        taken = milliseconds(times[program.digest])
        report({"measure": "tool-call-by-size", "bundleBytes": len(program.source), **taken})
        medians.append(percentile(sorted(times[program.digest]), 0.5))
    report({"measure": "flatness", "ratio": round(medians[1] / medians[0], 2)})


def measure_overshoot(worker: WorkerClient, kills: int) -> None:
    """Report how long after its time limit the failure of an endless tool arrives."""
    progress(f"{kills} calls that meet their time limit")
    tools = ",".join(f"{name}:{{execute:async()=>{{{body}}}}}" for name, body in ENDLESS.items())
    program = program_of(f"exports.agents={{main:{{tools:{{{tools}}}}}}};".encode())
    worker.load(program)
    late: dict[str, list[float]] = {name: [] for name in ENDLESS}
    cases = itertools.cycle(itertools.product(TIME_LIMITS_MS, ENDLESS))
    for limit_ms, name in itertools.islice(cases, kills):
        limits = Limits(timeout_s=limit_ms / 1000, fuel=2**60)
        taken, done = worker.call(program, call_of(name, limits))
        failure = done.outcome.failure
        if failure is None or failure.kind is not FailureKind.DEADLINE_EXCEEDED:
            raise SystemExit(f"{name} should have exceeded its time limit: {done.outcome}")
        late[name].append(taken - limit_ms / 1000)
    worst = {name: round(max(each) * 1000, 1) for name, each in late.items() if each}
    every = milliseconds([each for times in late.values() for each in times])
    report({"measure": "time-limit-overshoot", **every, "worstMsByWay": worst})
