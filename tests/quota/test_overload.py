"""One organisation, however many keys it has, leaves others a place in all that is shared."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, ExitStack

import pytest

from services.executor.admission import Admission, Lane
from services.executor.clients import Client, member_of
from services.executor.errors import OverloadedError
from services.executor.fair_slots import FairSlots

MIB = 1024 * 1024
KEYS = [member_of("greedy", f"k{number}") for number in range(300)]
OTHERS = [member_of(f"polite{number}", "k") for number in range(3)]


@pytest.mark.parametrize("lane", ["runs", "quick", "watchers"])
def test_lanes_have_room_for_other_organisations(lane: str) -> None:
    admission = Admission(256, 512 * MIB, stall_s=30.0)
    lanes = {"runs": admission.runs, "quick": admission.quick, "watchers": admission.watchers}
    with ExitStack() as held:
        for _ in range(10):
            for key in KEYS:
                _enters(admission, key, lanes[lane], held)
        for other in OTHERS:
            assert _enters(admission, other, lanes[lane], held)


def _enters(admission: Admission, client: Client, lane: Lane, held: ExitStack) -> bool:
    try:
        held.enter_context(admission.room(client, lane, MIB))
    except OverloadedError:
        return False
    return True


# As parsers, slicers, threads and schema checkers have them.
@pytest.mark.parametrize(("slots", "spare"), [(1, 1), (1, 2), (2, 2), (8, 2)])
async def test_slots_have_room_for_another_organisation(slots: int, spare: int) -> None:
    shared = FairSlots(slots, spare)
    begun: list[Client] = []
    over = asyncio.Event()

    async def work(client: Client) -> None:
        claim = shared.claim(1.0)
        claim.join(client)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(claim)
            begun.append(client)
            await over.wait()

    async with asyncio.TaskGroup() as group:
        for key in KEYS[:40]:
            for _ in range(3):
                group.create_task(work(key))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        before = len(begun)
        assert before < slots + spare
        group.create_task(work(OTHERS[0]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert begun[before:] == [OTHERS[0]]
        group.create_task(work(OTHERS[1]))
        await asyncio.sleep(0)
        over.set()
    # Who had nothing yet goes before those that wait with more.
    assert OTHERS[1] in begun[: before + 3]
