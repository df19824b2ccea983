"""Clients take turns on the side thread, so that none takes it from the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.executor.agent.scripted import FixedBundles
from services.executor.clients import CALLER, Client
from services.executor.domain import Bundle, BundleSource
from services.executor.side_thread import SideThread
from services.executor.side_turns import SideTurns
from tests.executor.builders import agent, bundle
from tests.executor.other_hosts import channel_from
from tests.executor.served import served

CROWD = Client("10.0.0.1", "10.0.0.1:1")
SAME_HOST = Client("10.0.0.1", "10.0.0.1:2")
OTHER = Client("10.0.0.2", "10.0.0.2:1")


@dataclass
class Queue:
    """A side thread whose first task, of the crowd, ends on ``order``; and what ran after it."""

    side: SideThread = field(default_factory=SideThread)
    held: threading.Event = field(default_factory=threading.Event)
    ran: list[str] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def begin(self) -> None:
        began = asyncio.Event()
        loop = asyncio.get_running_loop()

        def hold() -> None:
            loop.call_soon_threadsafe(began.set)
            self.held.wait()

        self.tasks.append(asyncio.create_task(self._run(CROWD, 0, hold)))
        await began.wait()

    async def add(self, name: str, client: Client, size: int) -> asyncio.Task[None]:
        task = asyncio.create_task(self._run(client, size, lambda: self.ran.append(name)))
        self.tasks.append(task)
        await asyncio.sleep(0)
        return task

    async def order(self) -> list[str]:
        self.held.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return self.ran

    async def _run(self, client: Client, size: int, work: Callable[[], None]) -> None:
        CALLER.set(client)
        await self.side.run(size, work)


async def test_large_task_of_another_host_goes_before_small_ones_of_the_crowd() -> None:
    queue = Queue()
    await queue.begin()
    for at in range(5):
        await queue.add(f"crowd {at}", CROWD, 0)
    await queue.add("other", OTHER, 60_000)
    assert (await queue.order())[0] == "other"


async def test_connections_of_a_host_take_turns() -> None:
    queue = Queue()
    await queue.begin()
    for at in range(5):
        await queue.add(f"crowd {at}", CROWD, 0)
    await queue.add("same host", SAME_HOST, 60_000)
    assert (await queue.order())[0] == "same host"


async def test_shortest_of_its_own_tasks_goes_first() -> None:
    queue = Queue()
    await queue.begin()
    await queue.add("long", CROWD, 100)
    await queue.add("short", CROWD, 1)
    assert await queue.order() == ["short", "long"]


async def test_long_task_in_steps_lets_others_have_turns_between() -> None:
    side, ran = SideThread(), list[str]()
    loop, went_on, began = asyncio.get_running_loop(), threading.Event(), asyncio.Event()

    def steps() -> Generator[None, None, str]:
        loop.call_soon_threadsafe(began.set)
        went_on.wait()
        while not ran:  # without turns for others, this never ends
            yield
        return "all"

    long = asyncio.create_task(side.run_steps(0, steps()))
    await began.wait()
    CALLER.set(OTHER)
    other = asyncio.create_task(side.run(9, lambda: ran.append("other")))
    await asyncio.sleep(0)
    went_on.set()
    async with asyncio.timeout(60):
        await other
        assert await long == "all"


async def test_cancelled_task_never_starts() -> None:
    queue = Queue()
    await queue.begin()
    task = await queue.add("cancelled", CROWD, 0)
    await queue.add("kept", CROWD, 1)
    task.cancel()
    await asyncio.wait([task])
    assert await queue.order() == ["kept"]


def test_returning_client_has_not_saved_up_turns() -> None:
    turns = SideTurns()
    for name in range(6):
        turns.add(CROWD, 0, f"crowd {name}")
    turns.add(OTHER, 0, "other 0")
    order: list[str] = []
    while len(turns):
        turn = turns.take()
        order.append(turn.task)
        turns.ended(turn, 1.0)
        if len(order) == 5:
            turns.add(OTHER, 0, "other 1")
            turns.add(OTHER, 0, "other 2")
    assert order[:5] == ["crowd 0", "other 0", "crowd 1", "crowd 2", "crowd 3"]
    assert order[5:] == ["other 1", "crowd 4", "other 2", "crowd 5"]


class NotingBundles(FixedBundles):
    """Notes for whom bundles are read."""

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        noted.append((CALLER.get(), client))
        return await super().read(source, client)


noted: list[tuple[Client, Client]] = []


async def test_requests_work_on_behalf_of_their_client() -> None:
    noted.clear()
    inline = run_pb2.BundleSource(inline=b"fixed")
    async with served(NotingBundles(bundle(agent()))) as client:
        await client.stub.InspectBundle(pb.InspectBundleRequest(bundle=inline))
        async with channel_from("127.0.0.2", client.address) as channel:
            await ExecutorServiceStub(channel).InspectBundle(pb.InspectBundleRequest(bundle=inline))
    assert [caller for caller, _ in noted] == [given for _, given in noted]
    assert [caller.host for caller, _ in noted] == ["127.0.0.1", "127.0.0.2"]
