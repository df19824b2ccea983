"""Time to inspect a bundle that a warm executor has not seen, and one that it has."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import grpc

from bench.executors import fresh_executor
from bench.memory import tree
from bench.report import milliseconds, progress, report
from caisson.executor.v1 import executor_service_pb2 as wire
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource
from services.cli.client.clients import open_channel
from services.cli.hosting import TOOLRUNNER_OF_EXECUTOR, all_started, private_toolrunner
from tests.matrix.cells import Cell
from tests.matrix.projects import Projects

# Bundles of real projects: 0.7 MB of minified CommonJS, and 3 MB.
BUNDLES = {
    "inspect-0.7MB": Cell("ai_sdk", "zod3", "rollup", "cjs", "min"),
    "inspect-3MB": Cell("mastra", "zod3", "rollup", "cjs", "readable"),
}
WARM_READS = 20
SMALL = b'export const a = { model: "m", system: "s", tools: {} };\n'


async def measure(reads: int) -> None:
    """Report cold reads, each of a new digest, warm ones by bytes and by digest, and memory."""
    progress("reading bundles")
    paths = Projects().bundles(BUNDLES.values())
    async with private_toolrunner() as toolrunner:
        settings = {TOOLRUNNER_OF_EXECUTOR: toolrunner.address}
        async with fresh_executor(settings) as executor:
            await all_started(toolrunner, executor)
            async with open_channel(executor.address) as channel:
                await _timed(channel, SMALL)
                for name, cell in BUNDLES.items():
                    source = paths[cell].read_bytes()
                    await _measure_bundle(channel, name, cell, source, reads)
                    peak = parser_peak_mib(executor.process.pid)
                    report({"measure": "parser-memory", "bundle": str(cell), "peakMiB": peak})


async def _measure_bundle(
    channel: grpc.aio.Channel, name: str, cell: Cell, source: bytes, reads: int
) -> None:
    about = {"bundle": str(cell), "bundleBytes": len(source)}
    cold = [await _timed(channel, source + b"\n// %d" % number) for number in range(reads)]
    report({"measure": f"{name}-cold", **about, **milliseconds(cold)})
    await _timed(channel, source)
    warm = [await _timed(channel, source) for _ in range(WARM_READS)]
    report({"measure": f"{name}-warm", **about, **milliseconds(warm)})
    digest = BundleSource(digest=f"sha256:{hashlib.sha256(source).hexdigest()}")
    known = [await _inspected(channel, digest) for _ in range(WARM_READS)]
    report({"measure": f"{name}-known", **about, **milliseconds(known)})


async def _timed(channel: grpc.aio.Channel, source: bytes) -> float:
    return await _inspected(channel, BundleSource(inline=source))


async def _inspected(channel: grpc.aio.Channel, bundle: BundleSource) -> float:
    request = wire.InspectBundleRequest(bundle=bundle)
    began = time.perf_counter()
    await ExecutorServiceStub(channel).InspectBundle(request)
    return time.perf_counter() - began


def parser_peak_mib(executor: int) -> float:
    """Return the peak memory of a parser process, in MiB."""
    peaks = [0]
    for pid in tree(executor):
        process = Path(f"/proc/{pid}")
        if b"parse_worker" not in (process / "cmdline").read_bytes():
            continue
        for line in (process / "status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "VmHWM":
                peaks.append(int(value.split()[0]))
    return round(max(peaks) / 1024, 1)
