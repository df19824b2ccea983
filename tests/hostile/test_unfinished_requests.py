"""Unfinished requests block no one and take little memory."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from tests.hostile.attacked import DRAIN_S, MIB, Service, attacked, running, unread

# The executor's own growth while it imports LiteLLM.
OWN_GROWTH = {"executor": 200 * MIB, "toolrunner": 50 * MIB}
BUDGET = {"executor": 128 * MIB, "toolrunner": 64 * MIB}


@pytest.fixture(params=["executor", "toolrunner"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with running(request.param) as service:
        yield service


@pytest.fixture(scope="module")
def executor() -> Iterator[Service]:
    """One for all floods, which are to leave it as it was."""
    with running("executor") as service:
        yield service


async def test_bodyless_requests_lock_out_nobody(service: Service) -> None:
    await service.answers()
    async with attacked(service, "headers", 5, 300, 0):
        for _ in range(3):
            await service.answers()
    await service.answers()


async def test_unfinished_messages_stay_within_their_budget(
    service: Service,
) -> None:
    await service.answers()
    before = service.memory
    streams, size = (40, 20_000_000) if service.name == "executor" else (100, 1_000_000)
    async with attacked(service, "last_byte", 3, streams, size):
        grown = service.memory - before
        await service.answers()
    assert grown < BUDGET[service.name] + OWN_GROWTH[service.name]
    await service.answers()


FLOODS = ["dribble", "garbage", "reset", "empty_data", "oversize", "half_open", "headers_flood"]


@pytest.mark.parametrize("kind", FLOODS)
async def test_floods_lock_out_nobody(kind: str, executor: Service) -> None:
    await executor.answers()
    before = executor.memory
    async with attacked(executor, kind, 3, 60, 4 * MIB):
        await executor.answers()
    assert executor.memory - before < BUDGET["executor"] + OWN_GROWTH["executor"]
    await executor.answers()


async def test_streams_that_are_never_read_hold_little_for_long() -> None:
    with running("toolrunner", CAISSON_TOOLRUNNER_PEER_STALL_S="48") as service:
        await service.answers()
        before = service.memory
        async with unread(service, 2, 64):
            async with asyncio.timeout(36):
                while service.memory - before < 24 * MIB:  # noqa: ASYNC110 - no event tells of it
                    await asyncio.sleep(0.05)
                while service.memory - before > 20 * MIB:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await service.answers()


async def test_unfinished_requests_do_not_delay_a_stop(service: Service) -> None:
    await service.answers()
    async with attacked(service, "last_byte", 2, 20, 500_000):
        service.process.send_signal(signal.SIGTERM)
        # Far below the drain; an executor may have to import LiteLLM first.
        await asyncio.to_thread(service.process.wait, DRAIN_S / 3)
    assert service.process.returncode == 0
