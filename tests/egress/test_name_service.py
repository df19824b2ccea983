"""Slow names of one client delay nobody else, and whoever waits for one is told in time."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest

from services.executor.adapters.http.name_service import CONNECTION_THREADS, LookUp, NameService
from services.executor.clients import Client
from services.executor.egress.addresses import Address
from services.executor.egress.web_url import parse_url
from services.executor.errors import FetchFailedError

SLOW, OTHER = Client("slow", "slow:1"), Client("other", "other:1")
FOUND = [ip_address("127.0.0.1")]


class Names:
    """Names that begin with ``slow`` take until ``go`` is set; ``absent`` is not there."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[str] = []

    def look_up(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host.startswith("slow"):
            assert self.go.wait(60)
        if host.startswith("absent"):
            raise socket.gaierror("no such name")
        return ["127.0.0.1"]


@pytest.fixture
async def names() -> AsyncIterator[Names]:
    made = Names()
    yield made
    made.go.set()


def asking(service: NameService, host: str, client: Client = SLOW) -> asyncio.Task[list[Address]]:
    url = parse_url(f"http://{host}.example/")
    return asyncio.create_task(service.addresses(client, url))


async def until_asked(names: Names, count: int) -> None:
    async with asyncio.timeout(30):
        while len(names.asked) < count:  # noqa: ASYNC110 - threads tell
            await asyncio.sleep(0.005)


async def test_slow_names_of_one_client_delay_no_other(names: Names) -> None:
    service = NameService(names.look_up, timeout_s=60.0)
    slow = [asking(service, f"slow{number}") for number in range(40)]
    await until_asked(names, CONNECTION_THREADS)
    async with asyncio.timeout(30):
        assert await asking(service, "quick", OTHER) == FOUND
        assert await asyncio.to_thread(lambda: "quick") == "quick"
    assert len(names.asked) == CONNECTION_THREADS + 1
    names.go.set()
    assert await asyncio.gather(*slow) == [FOUND] * 40
    assert "looking_up=0" in repr(service)


async def test_connections_of_one_host_leave_threads_for_others(names: Names) -> None:
    service = NameService(names.look_up, timeout_s=60.0, threads=8)
    crowd = [Client("slow", f"slow:{number}") for number in range(40)]
    slow = [asking(service, "slow", client) for client in crowd]
    await until_asked(names, 7)
    async with asyncio.timeout(30):
        assert await asking(service, "quick", OTHER) == FOUND
    assert len(names.asked) == 8
    names.go.set()
    await asyncio.gather(*slow)


async def test_waiter_times_out_and_slot_is_freed_when_lookup_ends(
    names: Names,
) -> None:
    service = NameService(names.look_up, timeout_s=1.0)
    slow = [asking(service, f"slow{number}") for number in range(CONNECTION_THREADS + 2)]
    for task in slow:
        with pytest.raises(FetchFailedError, match=r"was not resolved within 1 s"):
            await task
    assert len(names.asked) == CONNECTION_THREADS
    with pytest.raises(FetchFailedError, match="not resolved"):
        await asking(service, "quick")
    names.go.set()
    async with asyncio.timeout(30):
        while f"looking_up={0}" not in repr(service):  # noqa: ASYNC110 - threads tell
            await asyncio.sleep(0.005)
    assert await asking(service, "quick") == FOUND
    assert len(names.asked) == CONNECTION_THREADS + 1


async def test_cancelled_waiter_resolves_nothing(names: Names) -> None:
    service = NameService(names.look_up, timeout_s=60.0)
    slow = [asking(service, f"slow{number}") for number in range(CONNECTION_THREADS + 3)]
    await until_asked(names, CONNECTION_THREADS)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    names.go.set()
    assert await asking(service, "quick") == FOUND
    assert len(names.asked) == CONNECTION_THREADS + 1


@pytest.mark.parametrize(
    ("look_up", "said"),
    [
        (Names().look_up, "does not resolve; check its spelling, or the network"),
        (lambda host, port: [], "has no usable address"),
        (lambda host, port: ["127.0.0.1", "nonsense"], "has no usable address"),
        (lambda host, port: [f"127.0.0.{number}" for number in range(17)], "has no usable address"),
    ],
)
async def test_unresolvable_names_are_reported(look_up: LookUp, said: str) -> None:
    with pytest.raises(FetchFailedError, match=said):
        await asking(NameService(look_up), "absent")
