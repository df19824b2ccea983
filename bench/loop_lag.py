"""How long the worst inputs from outside block an event loop."""

from __future__ import annotations

import gc

from bench.report import progress, report
from tests.loop_lag import LoopLag
from tests.worst_inputs import WORST


async def measure(rounds: int) -> None:
    """Report the worst lag of each input, in the best of several rounds, and overall."""
    progress("the worst inputs")
    gc.collect()
    gc.freeze()  # as a service does with its imports
    worst_s = 0.0
    for worst in WORST:
        prepared = worst.prepare()
        lags = []
        for _ in range(rounds):
            async with LoopLag() as lag:
                await worst.work(prepared)
            lags.append(lag)
        best = min(lags, key=lambda each: each.worst_s)
        worst_s = max(worst_s, best.worst_s)
        report(
            {
                "measure": "loop-lag",
                "input": worst.name,
                "lagMs": round(best.worst_s * 1000, 1),
                "workMs": round(min(each.worst_cpu_s for each in lags) * 1000, 1),
            }
        )
    gc.unfreeze()
    report({"measure": "loop-lag-worst", "lagMs": round(worst_s * 1000, 1)})
