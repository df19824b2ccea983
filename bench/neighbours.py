"""The effect of hostile programs on another tenant: its calls alone, and beside them."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE

from bench.programs import call_of, program_of, real_bundle
from bench.report import milliseconds, percentile, progress, report
from bench.tool_stream import ToolStream, tool_stream
from services.cli.hosting import all_started, private_toolrunner
from tests.real_bundles.build import RealBundles

WARM_UP = 200
# Same as the campaign's: programs also attack in their top level.
SETTINGS = {
    "CAISSON_TOOLRUNNER_LOAD_FUEL": "2000000000",
    "CAISSON_TOOLRUNNER_LOAD_TIMEOUT_S": "25",
}


async def measure(bundles: RealBundles, *, calls: int, every: int) -> None:
    """Report a neighbour's calls alone, then while every ``every``th hostile program runs.

    The neighbour calls the trivial tool of a real bundle, one call at a time; a call that fails
    ends the bench.
    """
    program = program_of(real_bundle(bundles.schemas_min_cjs.read_bytes()))
    async with private_toolrunner(SETTINGS) as toolrunner:
        await all_started(toolrunner)
        async with tool_stream(toolrunner.address, program) as (stream, _):
            for _ in range(WARM_UP):
                await stream.call(call_of())
            progress("a neighbour alone")
            alone = [await stream.call(call_of()) for _ in range(calls)]
            progress("a neighbour beside hostile programs")
            beside, counts = await beside_attackers(stream, toolrunner.address, every)
    report({"measure": "neighbour-alone", **milliseconds(alone)})
    report({"measure": "neighbour-beside-hostile", **counts, **milliseconds(beside)})
    report({"measure": "neighbour", **ratios(alone, beside)})


async def beside_attackers(
    stream: ToolStream, address: str, every: int
) -> tuple[list[float], dict[str, int]]:
    """Return the seconds of calls until the attackers finish, and the attackers' counts."""
    attackers = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.attackers", address, "--every", str(every)),
        stdin=DEVNULL,
        stdout=PIPE,
    )
    told = asyncio.ensure_future(attackers.communicate())
    try:
        times = []
        while not told.done():
            times.append(await stream.call(call_of()))
        output, _ = await told
    finally:
        if attackers.returncode is None:
            attackers.kill()
            await attackers.wait()
    if attackers.returncode:
        raise SystemExit(f"the attackers failed with status {attackers.returncode}")
    counts: dict[str, int] = json.loads(output)
    return times, counts


def ratios(alone: list[float], beside: list[float]) -> dict[str, object]:
    """Return how much longer calls take beside the attackers than alone, as a factor."""
    shares = {"p50Ratio": 0.5, "p99Ratio": 0.99}
    return {
        name: round(percentile(sorted(beside), share) / percentile(sorted(alone), share), 2)
        for name, share in shares.items()
    }
