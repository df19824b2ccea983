"""What others notice while a port is abused: ``python -m bench.abuse [--seconds N]``.

For each service and each kind of abuse, prints a JSON line: how long small requests of others took
beside it, how many failed, and the service's memory before, at most, and afterwards. Each service
and each attacker is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AbstractAsyncContextManager
from typing import Final

import grpc

from bench.machine import describe
from bench.report import milliseconds, progress, report
from tests.hostile.attacked import MIB, Service, attacked, running, unread

# Connections, streams on each (or silent connections), and bytes.
KINDS: Final[dict[str, tuple[int, int, int]]] = {
    "headers": (5, 300, 0),
    "last_byte": (3, 40, 4 * MIB - 64),
    "dribble": (3, 60, 4 * MIB),
    "deaf": (3, 40, 4 * MIB - 64),
    "empty": (3, 60, 0),
    "garbage": (3, 60, 0),
    "oversize": (3, 60, 1 << 30),
    "reset": (3, 60, 0),
    "ping": (3, 60, 0),
    "settings": (3, 60, 0),
    "empty_data": (3, 60, 0),
    "big_headers": (3, 60, 12_000),
    "headers_flood": (3, 1, 64 * MIB),
    "idle": (200, 0, 0),
    "half_open": (4, 200, 0),
}
UNREAD: Final = "unread"
UNREAD_STREAMS, UNREAD_CALLS = 4, 64
SETTLE_S: Final = 3.0
FAULTS: Final = (grpc.aio.AioRpcError, TimeoutError, AssertionError)


async def measure(service: Service, kind: str, seconds: float) -> None:
    """Report one kind of abuse."""
    await service.answers()
    before = await settled(service)
    took: list[float] = []
    failed, most = 0, before
    async with abused(service, kind):
        until = time.perf_counter() + seconds
        while time.perf_counter() < until or not took:
            began = time.perf_counter()
            try:
                await service.answers()
            except FAULTS:
                failed += 1
            took.append(time.perf_counter() - began)
            most = max(most, service.memory)
    await asyncio.sleep(SETTLE_S)
    await service.answers()
    mib = {"beforeMiB": before, "mostMiB": most, "afterMiB": service.memory}
    report(
        {
            "measure": "abuse",
            "service": service.name,
            "kind": kind,
            "failed": failed,
            "others": milliseconds(took),
            **{name: round(value / MIB, 1) for name, value in mib.items()},
        }
    )


async def settled(service: Service) -> int:
    """Return the service's memory once it has grown no more for a while, as imports make it."""
    before = 0
    while service.memory - before > MIB:
        before = service.memory
        await asyncio.sleep(SETTLE_S)
    return service.memory


def abused(service: Service, kind: str) -> AbstractAsyncContextManager[None]:
    """Abuse the service's port around the block."""
    if kind == UNREAD:
        return unread(service, UNREAD_STREAMS, UNREAD_CALLS)
    return attacked(service, kind, *KINDS[kind])


async def main(seconds: float, only: str) -> None:
    """Measure every kind, on a service of its own each."""
    report(describe())
    for name in ("executor", "toolrunner"):
        kinds = [*KINDS, *([UNREAD] if name == "toolrunner" else [])]
        for kind in kinds:
            if only in ("", kind):
                progress(f"{kind} at the {name}")
                with running(name) as service:
                    await measure(service, kind, seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.abuse", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each kind")
    parser.add_argument("--only", default="", help="one kind, by its name")
    given = parser.parse_args()
    asyncio.run(main(given.seconds, given.only))
