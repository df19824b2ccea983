"""Measures quickjs-rs: ``python -m bench.peers.quickjs_rs eval|snapshot BUNDLE CALLS``.

``eval`` evaluates the bundle in a fresh runtime for each call; ``snapshot`` evaluates it once and
copies that memory into a fresh runtime for each call. Prints {version, seconds}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

from quickjs_rs import Context, Runtime

SURROUNDINGS = Path(__file__).with_name("surroundings.js")
CALL = "JSON.stringify(await module.exports.agents.main.tools.t.execute({}))"
EXPECTED = "1"
MEMORY_BYTES = 256 * 2**20


def program(bundle: Path) -> str:
    """Return the code that puts the bundle's exports into ``module``."""
    wrapped = f"(function (exports, module, require) {{{bundle.read_text()}\n}})"
    return f"{SURROUNDINGS.read_text()}{wrapped}(module.exports, module, require);0"


async def called(context: Context) -> str:
    """Call the tool; return the JSON of its output."""
    return str(await context.eval_async(CALL))


def evaluating(text: str) -> Callable[[], Awaitable[str]]:
    """Return a function that makes one call in a fresh runtime that evaluates the program."""

    async def once() -> str:
        with Runtime(memory_limit=MEMORY_BYTES) as runtime, runtime.new_context() as context:
            context.eval(text)
            return await called(context)

    return once


def restoring(text: str) -> Callable[[], Awaitable[str]]:
    """Return a function that makes one call in a fresh runtime with copied memory."""
    with Runtime(memory_limit=MEMORY_BYTES) as first, first.new_context() as evaluated:
        evaluated.eval(text)
        snapshot = evaluated.create_snapshot()

    async def once() -> str:
        with Runtime(memory_limit=MEMORY_BYTES) as runtime, runtime.new_context() as context:
            runtime.restore_snapshot(snapshot, context)
            return await called(context)

    return once


async def measure(once: Callable[[], Awaitable[str]], calls: int) -> list[float]:
    """Return the seconds of each call, after one warm-up call."""
    seconds = []
    for count in range(calls + 1):
        began = time.perf_counter()
        answer = await once()
        if answer != EXPECTED:
            raise SystemExit(f"quickjs-rs answered {answer}")
        if count:
            seconds.append(time.perf_counter() - began)
    return seconds


def main() -> None:
    """Measure and print."""
    way, bundle, calls = sys.argv[1:]
    ways = {"eval": evaluating, "snapshot": restoring}
    seconds = asyncio.run(measure(ways[way](program(Path(bundle))), int(calls)))
    print(json.dumps({"version": version("quickjs-rs"), "seconds": seconds}))


if __name__ == "__main__":
    main()
