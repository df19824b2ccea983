"""Time from a client's cancel until nothing is left of the run, in each of its phases."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

from bench.report import milliseconds, progress, report
from tests.e2e.phases import Phase, phases
from tests.e2e.stopping import Scene, scene


@dataclass(frozen=True)
class Gone:
    """Seconds from a cancel until each of these.

    ``closed``: connections to the provider and to a tool's fetch are closed. ``trapped``: the
    toolrunner holds no call of the run. ``over``: the run has ended and is stored.
    """

    closed: float
    trapped: float
    over: float


async def measure(rounds: int) -> None:
    """Report the times from a cancel for each phase; ``maxMs`` covers all phases."""
    progress("runs that are cancelled")
    logging.getLogger("services").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="caisson-bench-") as folder:
        async with scene(Path(folder)) as made:
            for phase in phases(made.silent.url):
                report_phase(phase, [await cancelled(made, phase) for _ in range(rounds)])


async def cancelled(made: Scene, phase: Phase) -> Gone:
    """Cancel one run in its phase."""
    going = await made.begin(phase)
    began = time.perf_counter()
    going.call.cancel()

    async def timed(event: Awaitable[object]) -> float:
        await event
        return time.perf_counter() - began

    times = await asyncio.gather(
        timed(made.connections_are_closed(phase)),
        timed(made.sandboxes_are_gone()),
        timed(made.is_over(going)),
    )
    await made.assert_nothing_is_left()
    return Gone(*times)


def report_phase(phase: Phase, gone: list[Gone]) -> None:
    """Report the total and each of its parts."""
    parts = {
        part: {name: times[name] for name in ("p50Ms", "p99Ms", "maxMs")}
        for part, times in (
            ("closed", milliseconds([each.closed for each in gone])),
            ("trapped", milliseconds([each.trapped for each in gone])),
            ("over", milliseconds([each.over for each in gone])),
        )
    }
    together = milliseconds([max(each.closed, each.trapped, each.over) for each in gone])
    report({"measure": "cancelled-run", "phase": phase.name, **together, **parts})
