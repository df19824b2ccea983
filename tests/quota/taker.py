"""A process that takes from a server of quotas what it can, and prints how much that was.

It prints a line when it is ready, and begins when it is sent one.

Its arguments are the server's URL, how many takes it tries, how many at a time, and the most of
each limit. With ``hold`` as the last it keeps its leases, prints, and waits to be killed.
"""

from __future__ import annotations

import asyncio
import sys

from services.executor.adapters.valkey.store import ValkeyQuotas
from services.executor.quota.model import Charge, Lease, Settle, Take, Taken
from tests.quota.stores import KEY, LEASE_US, rate, runs, tokens


async def main(url: str, tries: int, at_once: int, most: int, *, holds: bool) -> None:
    """Take, and print ``taken most-held-at-once``."""
    quotas = ValkeyQuotas(url, 30.0)
    place, amount, burst = runs(most), tokens(most, subject=KEY), rate(3600 * 10**6, most)
    charges = (Charge(place),) if holds else (Charge(place), Charge(amount), Charge(burst))
    left = iter(range(tries))
    taken = held = top = 0

    async def take(name: str) -> None:
        nonlocal taken, held, top
        for number in left:
            lease = Lease(f"{name}-{number}", LEASE_US)
            answer = await quotas.take(Take("acme", charges, lease))
            if not isinstance(answer, Taken):
                continue
            taken, held = taken + 1, held + 1
            top = max(top, held)
            if not holds:
                held -= 1
                await quotas.settle(Settle("acme", lease, limits=(place,), ends=True))

    await quotas.take(Take("other", ()))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    names = [f"{id(quotas)}-{sys.argv[-1]}-{each}" for each in range(at_once)]
    await asyncio.gather(*map(take, names))
    print(taken, top, flush=True)
    if holds:
        await asyncio.Event().wait()
    await quotas.close()


if __name__ == "__main__":
    url, tries, at_once, most, name = sys.argv[1:]
    asyncio.run(main(url, int(tries), int(at_once), int(most), holds=name.startswith("hold")))
