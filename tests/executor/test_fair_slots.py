"""Clients wait for slots in fair turns, by the time that they have had."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.clients import Client, client_of
from services.executor.fair_slots import FairSlots


def client(host: int, port: int = 1) -> Client:
    return client_of(f"ipv4:10.0.0.{host}:{port}")


class Line:
    """Work on fair slots: what has begun, in its order, until it is let end."""

    def __init__(self, slots: int, spare: int = 0) -> None:
        self.slots = FairSlots(slots, spare)
        self.begun: list[str] = []
        self.going: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def add(self, name: str, *clients: Client, cost_s: float = 1.0) -> None:
        claim = self.slots.claim(cost_s)
        for each in clients:
            claim.join(each)
        ended = asyncio.Event()

        async def work() -> None:
            async with claim:
                self.begun.append(name)
                self.going[name] = ended
                await ended.wait()

        self.tasks[name] = asyncio.create_task(work())
        await settle()

    async def end(self, name: str) -> None:
        self.going.pop(name).set()
        await self.tasks[name]
        await settle()

    async def end_all(self) -> list[str]:
        while self.going:
            await self.end(next(iter(self.going)))
        return self.begun


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_late_client_goes_next_not_last() -> None:
    line = Line(1)
    for number in range(40):
        await line.add(f"many{number}", client(1))
    await line.add("one", client(2))
    assert (await line.end_all()).index("one") == 1
    assert "waiting=0" in repr(line.slots)


async def test_hosts_take_turns_regardless_of_connection_count() -> None:
    line = Line(1)
    for port in range(10):
        await line.add(f"a{port}", client(1, port))
    for number in range(3):
        await line.add(f"b{number}", client(2))
    assert [name[0] for name in (await line.end_all())[:6]] == ["a", "b", "a", "b", "a", "b"]


async def test_connections_of_a_host_take_turns_in_order() -> None:
    line = Line(1)
    for number in range(4):
        await line.add(f"x{number}", client(1, 1))
    for number in range(2):
        await line.add(f"y{number}", client(1, 2))
    assert await line.end_all() == ["x0", "y0", "x1", "y1", "x2", "x3"]


async def test_large_tasks_get_fewer_turns() -> None:
    line = Line(1)
    for number in range(3):
        await line.add(f"large{number}", client(1), cost_s=8.0)
    for number in range(8):
        await line.add(f"small{number}", client(2), cost_s=1.0)
    begun = await line.end_all()
    assert begun[0] == "large0"
    assert begun.index("large1") >= 8, begun


async def test_actual_time_counts_not_the_estimate() -> None:
    line = Line(1)
    await line.add("slow0", client(1), cost_s=0.001)
    await line.add("slow1", client(1), cost_s=0.001)
    for number in range(3):
        await line.add(f"quick{number}", client(2), cost_s=0.001)
    await asyncio.sleep(0.05)
    assert (await line.end_all())[:4] == ["slow0", "quick0", "quick1", "quick2"]


@pytest.mark.parametrize("slots", [1, 2, 4])
async def test_others_find_slots_beside_a_busy_client(slots: int) -> None:
    line = Line(slots, spare=2)
    for number in range(20):
        await line.add(f"many{number}", client(1))
    assert len(line.begun) == slots
    for port in (2, 3):
        await line.add(f"beside{port}", client(1, port))
    assert line.begun[slots:] == ["beside2"]
    await line.add("other", client(2))
    assert line.begun[slots:] == ["beside2", "other"]
    await line.end("beside2")
    assert line.begun[slots + 2 :] == []  # a place is left for who has none
    await line.end("other")
    assert line.begun[slots + 2 :] == ["beside3"]
    await line.end_all()


async def test_spare_slots_are_never_all_used() -> None:
    line = Line(2, spare=2)
    for number in range(10):
        await line.add(f"a{number}", client(1))
        await line.add(f"b{number}", client(2))
    while len(line.begun) < 20:
        assert len(line.going) >= 2
        await line.end(next(iter(line.going)))
    await line.end_all()


async def test_shared_work_starts_on_the_first_turn_of_any_client() -> None:
    line = Line(1)
    for number in range(5):
        await line.add(f"many{number}", client(1))
    await line.add("both", client(1), client(2))
    begun = await line.end_all()
    assert begun.index("both") == 1
    assert begun.count("both") == 1


async def test_cancelled_waiter_leaves_no_trace() -> None:
    line = Line(1)
    await line.add("going", client(1))
    for number in range(3):
        await line.add(f"waits{number}", client(2, number))
    for number in range(3):
        line.tasks[f"waits{number}"].cancel()
    await settle()
    await line.add("next", client(3))
    assert await line.end_all() == ["going", "next"]
    assert repr(line.slots) == "FairSlots(0 of 1, waiting=0)"


async def test_waiter_cancelled_on_its_turn_returns_its_slot() -> None:
    line = Line(1)
    going = line.slots.claim(1.0)
    going.join(client(1))
    async with going:
        await line.add("waits", client(2))
    line.tasks["waits"].cancel()  # it has got the place just now, and does not know it
    await settle()
    await line.add("next", client(3))
    assert await line.end_all() == ["next"]


Step = tuple[str, int, int]


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(0, 2),
    st.lists(
        st.tuples(st.sampled_from(["add", "end", "cancel"]), st.integers(0, 2), st.integers(0, 2)),
        max_size=40,
    ),
)
def test_slots_are_never_lost(slots: int, spare: int, steps: list[Step]) -> None:
    async def play() -> None:
        line = Line(slots, spare)
        for at, (what, host, port) in enumerate(steps):
            if what == "add":
                await line.add(str(at), client(host, port), client((host + 1) % 3))
            elif what == "end" and line.going:
                await line.end(next(iter(line.going)))
            elif what == "cancel" and line.tasks:
                name = list(line.tasks)[(host * 3 + port) % len(line.tasks)]
                line.tasks[name].cancel()
                line.going.pop(name, None)
                await settle()
            assert len(line.going) <= slots + spare
        await line.end_all()
        assert all(task.done() for task in line.tasks.values())
        assert repr(line.slots) == f"FairSlots(0 of {slots}, waiting=0)"

    asyncio.run(play())
