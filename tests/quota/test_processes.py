"""Processes that share a server never take more than a limit, also when one of them is killed."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from services.executor.quota.model import Charge
from tests.quota.stores import LEASE_US, runs, store_of
from tests.quota.valkey import Valkey
from tests.repeats import soaking

TAKES = 100_000 if soaking() else 3_000
AT_ONCE = 50


async def _taker(valkey: Valkey, tries: int, most: int, name: str) -> Process:
    words = (valkey.url, str(tries), str(AT_ONCE), str(most), name)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.quota.taker", *words, stdin=PIPE, stdout=PIPE
    )


async def _begin(*takers: Process) -> None:
    """Let processes begin once all are ready."""
    for taker in takers:
        assert taker.stdout is not None
        assert await taker.stdout.readline() == b"ready\n"
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write(b"go\n")


@pytest.mark.timeout(600)
async def test_limit_is_never_exceeded_by_one(valkey: Valkey) -> None:
    most = TAKES // 3
    takers = [await _taker(valkey, TAKES // 2, most, f"free{each}") for each in range(2)]
    await _begin(*takers)
    printed = await asyncio.gather(*(taker.communicate() for taker in takers))
    taken = [int(out.split()[0]) for out, _ in printed]
    assert sum(taken) == most
    assert not [key for key in valkey.kept() if ":lease" in key]


async def test_places_of_a_killed_process_are_free_after_the_lease(valkey: Valkey) -> None:
    most = 40
    takers = [await _taker(valkey, most, most, f"hold{each}") for each in range(2)]
    await _begin(*takers)
    held = [await _first_line(taker) for taker in takers]
    assert sum(held) == most
    for taker in takers:
        taker.kill()
        await taker.wait()
    async with store_of(valkey) as store:
        place = Charge(runs(most))
        assert not await store.takes(place, run="early")
        store.advance(LEASE_US)
        assert all([await store.takes(place, run=f"late{each}") for each in range(most)])
        assert not await store.takes(place, run="one more")


async def _first_line(taker: Process) -> int:
    assert taker.stdout is not None
    return int((await taker.stdout.readline()).split()[0])
