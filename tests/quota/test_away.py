"""A server that is gone or hangs costs a call a bounded time; once it is back it is used again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from typing import Any

import pytest

from services.executor.adapters.valkey.store import ValkeyQuotas
from services.executor.quota.memory import MemoryQuotas
from services.executor.quota.model import Charge, Take, Taken
from services.executor.quota.ports import StoreAwayError, StoreFullError
from services.executor.quota.windows import SECOND_US
from tests.quota.stores import Ahead, Store, rate, store_of, tokens
from tests.quota.valkey import Valkey

ONE = Take("acme", (Charge(tokens(2)),))
BOUND_S = 30.0  # far more than a call may take, far less than forever


async def _eventually(quotas: ValkeyQuotas) -> None:
    """Take until that succeeds."""
    async with asyncio.timeout(BOUND_S):
        while True:
            with suppress(StoreAwayError):
                await quotas.take(Take("acme", ()))
                return


async def _each(works: Iterator[Coroutine[Any, Any, Any]]) -> None:
    for work in works:
        await work


async def test_killed_server_is_told_and_used_again(own_valkey: Valkey) -> None:
    quotas = ValkeyQuotas(own_valkey.url)
    await _eventually(quotas)
    own_valkey.kill()
    with pytest.raises(StoreAwayError) as raised:
        await quotas.take(ONE)
    assert "127.0.0.1" not in str(raised.value)
    assert not await quotas.answers()
    await asyncio.to_thread(own_valkey.start)  # with no script in its memory
    await _eventually(quotas)
    await quotas.close()


async def test_hanging_server_holds_no_call(own_valkey: Valkey) -> None:
    quotas = ValkeyQuotas(own_valkey.url)
    await _eventually(quotas)
    with own_valkey.paused():
        async with asyncio.timeout(BOUND_S):
            answers = await asyncio.gather(
                *(quotas.take(ONE) for _ in range(100)), return_exceptions=True
            )
            assert not await quotas.answers()
    assert {type(answer) for answer in answers} == {StoreAwayError}
    await _eventually(quotas)
    await quotas.close()


async def test_cancelled_calls_do_not_mix_up_answers(valkey: Valkey) -> None:
    async with store_of(valkey) as store:
        for delay in range(40):
            task = asyncio.create_task(store.take(Charge(rate(10, 5))))
            for _ in range(delay % 12):
                await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            settled = await store.settle("r", fuel=delay, requests=7)
            assert settled.used == (delay, 7)


async def test_memory_is_bounded_and_forgets_nobody_who_owes() -> None:
    at = Ahead(SECOND_US)
    store = Store(MemoryQuotas(lambda: at.us, most=1000), at)
    burst = Charge(rate(3600 * SECOND_US, 1))
    assert await store.takes(burst)
    with pytest.raises(StoreFullError):
        await _each(store.take(burst, organisation=f"other{number}") for number in range(2000))
    assert not await store.takes(Charge(rate(3600 * SECOND_US, 1)))
    assert "size=1000" in repr(store.quotas)
    store.advance(7200 * SECOND_US)
    for number in range(500):
        assert await store.takes(burst, organisation=f"later{number}")


async def test_runs_that_have_ended_leave_room_for_new_ones() -> None:
    at = Ahead(SECOND_US)
    store = Store(MemoryQuotas(lambda: at.us, most=1000), at)
    for number in range(500):
        store.advance(SECOND_US)
        assert await store.takes(run=f"r{number}")
        await store.settle(f"r{number}", ends=True)


async def test_one_organisation_leaves_room_for_others() -> None:
    at = Ahead(SECOND_US)
    store = Store(MemoryQuotas(lambda: at.us, most=1000), at)
    many = Charge(tokens(10**6))
    with pytest.raises(StoreFullError):
        await _each(store.take(many, run=f"r{number}") for number in range(2000))
    assert isinstance(await store.take(Charge(tokens(9)), organisation="b"), Taken)
