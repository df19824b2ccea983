"""Whether time tells what is another's from what is not there: ``python -m bench.hidden``.

Each RPC by id is asked in turn for what is another organisation's, for what is not there, and for
what is not there once more. Prints JSON lines with both differences of medians, in microseconds;
the second one is the noise.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import grpc

from bench.machine import describe
from bench.report import report
from tests.access.organisations import NOT_THERE, SESSION, Member, two_organisations

ASKED: Final = 400


async def measure(asked: int) -> None:
    """Report each RPC."""
    with tempfile.TemporaryDirectory() as folder:
        async with two_organisations(Path(folder)) as two:
            for method, requests in NOT_THERE[:-1]:  # the last revokes a key
                is_session = "ession" in method or method == "ListMessages"
                theirs = SESSION if is_session else two.run_id
                ids = {
                    "theirs": theirs,
                    "none": flipped(theirs, "a"),
                    "noise": flipped(theirs, "b"),
                }
                asks = {name: requests(each)[method] for name, each in ids.items()}
                taken: dict[str, list[float]] = {name: [] for name in ids}
                for _ in range(asked):
                    for name, request in asks.items():
                        taken[name].append(await refused(two.second, method, request))
                p50 = {name: statistics.median(each) * 1e6 for name, each in taken.items()}
                report(
                    {
                        "measure": "hidden",
                        "method": method,
                        "p50Us": round(p50["theirs"]),
                        "differenceUs": round(p50["theirs"] - p50["none"], 1),
                        "noiseUs": round(p50["noise"] - p50["none"], 1),
                    }
                )


def flipped(text: str, last: str) -> str:
    """Return an id of the same form that is nobody's."""
    return text[:-2] + last + ("0" if text[-1] != "0" else "1")


async def refused(member: Member, method: str, request: Any) -> float:
    """Return the seconds until a request is refused."""
    began = time.perf_counter()
    try:
        await member.asks(method, request)
    except grpc.aio.AioRpcError:
        return time.perf_counter() - began
    raise AssertionError(f"{method} was answered")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.hidden", description=__doc__)
    parser.add_argument("--requests", type=int, default=ASKED, help=f"of each; default {ASKED}")
    report(describe())
    asyncio.run(measure(parser.parse_args().requests))
