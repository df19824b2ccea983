"""How long it takes until all of a run is gone that its client cancels, in each of its phases."""

from __future__ import annotations

import logging
import time

from bench.report import milliseconds, progress, report
from tests.e2e.phases import Phase, phases
from tests.e2e.stopping import Scene, scene


async def measure(rounds: int) -> None:
    """Report the time from a cancel until all of these are so.

    The provider's connection is closed, that of what a tool fetches from as well, and the
    toolrunner holds no call any more.
    """
    progress("runs that are cancelled")
    logging.getLogger("services").setLevel(logging.WARNING)
    async with scene() as made:
        for phase in phases(made.silent.url):
            times = [await cancelled(made, phase) for _ in range(rounds)]
            report({"measure": "cancelled-run", "phase": phase.name, **milliseconds(times)})


async def cancelled(made: Scene, phase: Phase) -> float:
    """Return the seconds from the cancel of one run until it is gone."""
    call = await made.begin(phase)
    began = time.perf_counter()
    call.cancel()
    if phase.stalls:
        await made.model.gone.wait()
    if made.silent.reached.is_set():
        await made.silent.left.wait()
    await made.sandboxes_are_gone()
    took = time.perf_counter() - began
    await made.assert_it_goes_on()
    return took
