"""Texts are checked in processes that can be killed, and none is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import Any

import pytest

from services.executor.adapters.schema_pool import SchemaPool
from services.executor.clients import Client
from services.executor.errors import ShuttingDownError
from services.executor.schemas.ports import Outcome
from tests.schemas.costly import (
    ENDLESS,
    ENDLESS_INPUT,
    FOLDED,
    TREE,
    check_processes,
    pool,
    resident_bytes,
    tree,
    watched_loop,
)

OBJECT = b'{"type":"object"}'
MIB = 1024 * 1024
ME, MY_SECOND = Client("me", "me:1"), Client("me", "me:2")
OTHER = Client("other", "other:1")


def text(value: Any) -> bytes:
    return json.dumps(value).encode()


async def is_served(schemas: SchemaPool, client: Client = ME) -> None:
    """A small check fits; a busy machine may need longer than a short limit for it."""
    for _ in range(20):
        checked = await schemas.check(OBJECT, "{}", "input", client)
        if checked.outcome is not Outcome.STOPPED:
            break
    assert checked.outcome is Outcome.FITS


async def test_process_is_reused_and_ends_on_close() -> None:
    async with pool() as schemas:
        assert check_processes() == []
        first = await schemas.check(OBJECT, '{"a": 1}', "input", ME)
        before = check_processes()
        assert (first.value, first.compact) == ({"a": 1}, '{"a":1}')
        wrong = await schemas.check(OBJECT, "[1]", "input", ME)
        assert (wrong.outcome, wrong.reason) == (
            Outcome.MISFIT,
            '- input: [1] is not of type "object"',
        )
        assert (await schemas.check(OBJECT, "[1", "input", ME)).outcome is Outcome.NOT_JSON
        assert (await schemas.check(b'{"type":"x"}', "1", "input", ME)).outcome is Outcome.UNUSABLE
        assert (await schemas.compile(b'{"type":"x"}', ME)).outcome is Outcome.UNUSABLE
        assert (await schemas.compile(OBJECT, ME)).outcome is Outcome.FITS
        assert check_processes() == before
        assert len(before) == 1
    with pytest.raises(ShuttingDownError):
        await schemas.check(OBJECT, "{}", "input", ME)


async def test_slow_check_is_stopped_and_its_process_replaced() -> None:
    async with pool(timeout_s=0.4) as schemas:
        checked = await schemas.check(text(ENDLESS), ENDLESS_INPUT, "input", ME)
        assert checked.outcome is Outcome.STOPPED
        assert checked.reason == "it takes more than 0.4 s (CAISSON_EXECUTOR_SCHEMA_TIMEOUT_S)"
        await is_served(schemas)


async def test_invalid_deep_input_is_detected_without_its_location() -> None:
    async with pool(timeout_s=1.0) as schemas:
        right = await schemas.check(text(TREE), json.dumps(tree(14, 1)), "input", ME)
        assert right.outcome is Outcome.FITS
        async with watched_loop() as lag:
            wrong = await schemas.check(text(TREE), json.dumps(tree(14, "x")), "input", ME)
        assert wrong.outcome is Outcome.MISFIT
        assert "it does not fit; the place is unknown" in wrong.reason
        assert lag.worst_s < 0.1


async def test_memory_limit_is_enforced_and_reported() -> None:
    async with pool(timeout_s=60.0, memory_bytes=100 * MIB) as schemas:
        checked = await schemas.check(text(TREE), json.dumps(tree(18, "x")), "input", ME)
        assert checked.outcome is Outcome.MISFIT
        assert "more than 100 MiB of memory" in checked.reason
        assert (await schemas.check(OBJECT, "{}", "input", ME)).outcome is Outcome.FITS


async def test_compiled_patterns_do_not_accumulate() -> None:
    async with pool(timeout_s=60.0) as schemas:
        for number in range(12):
            schema = text({"pattern": f"{FOLDED}|{number}"})
            assert (await schemas.check(schema, '"z"', "input", ME)).outcome is Outcome.FITS
        (pid,) = check_processes()
        assert resident_bytes(pid) < 200 * MIB


async def test_cancellation_kills_process() -> None:
    async with pool() as schemas:
        await schemas.check(OBJECT, "{}", "input", ME)
        (pid,) = check_processes()
        task = asyncio.create_task(schemas.check(text(ENDLESS), ENDLESS_INPUT, "input", ME))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await schemas.check(OBJECT, "{}", "input", ME)).outcome is Outcome.FITS
        assert pid not in check_processes()


async def test_waiter_gets_a_turn_after_cancelled_and_stopped_checks() -> None:
    async with pool(timeout_s=0.3) as schemas:
        await is_served(schemas)
        endless = [
            asyncio.create_task(schemas.check(text(ENDLESS), ENDLESS_INPUT, "input", ME))
            for _ in range(3)
        ]
        short = asyncio.create_task(is_served(schemas))
        await asyncio.sleep(0.05)
        endless[1].cancel()
        await short
        ended = await asyncio.gather(*endless, return_exceptions=True)
        assert [type(each).__name__ for each in ended] == ["Checked", "CancelledError", "Checked"]


async def test_killed_process_is_reported_and_replaced() -> None:
    async with pool() as schemas:
        await schemas.check(OBJECT, "{}", "input", ME)
        (pid,) = check_processes()
        task = asyncio.create_task(schemas.check(text(ENDLESS), ENDLESS_INPUT, "input", ME))
        await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        assert (await task).outcome is Outcome.STOPPED
        assert (await schemas.check(OBJECT, "{}", "input", ME)).outcome is Outcome.FITS


async def test_closing_cancels_running_check() -> None:
    schemas = SchemaPool(1, timeout_s=60.0)
    await schemas.check(OBJECT, "{}", "input", ME)
    task = asyncio.create_task(schemas.check(text(ENDLESS), ENDLESS_INPUT, "input", ME))
    await asyncio.sleep(0.05)
    await schemas.close()
    with pytest.raises(ShuttingDownError):
        await task
    assert check_processes() == []


async def test_hanging_checks_of_one_client_block_no_other() -> None:
    """Another host, and another connection of the same host, have a process at once."""
    async with pool(timeout_s=60.0) as schemas:
        hanging = [
            asyncio.create_task(schemas.check(text(ENDLESS), ENDLESS_INPUT, "input", ME))
            for _ in range(20)
        ]
        await asyncio.sleep(0)
        for client in (OTHER, MY_SECOND):
            async with asyncio.timeout(30.0):
                checked = await schemas.check(OBJECT, "{}", "input", client)
            assert checked.outcome is Outcome.FITS
        assert not any(task.done() for task in hanging)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_later_client_waits_for_at_most_one_timeout() -> None:
    """Also when three clients hang: then the next place is of whoever has had least."""
    hosts = [Client(name, f"{name}:1") for name in ("a", "b", "c")]
    async with pool(timeout_s=0.5) as schemas:
        hanging = [
            asyncio.create_task(schemas.check(text(ENDLESS), ENDLESS_INPUT, "input", client))
            for _ in range(6)
            for client in hosts
        ]
        await asyncio.sleep(0.1)
        await is_served(schemas, OTHER)
        # While its process starts, which no limit counts, a busy machine may stop another round.
        assert sum(task.done() for task in hanging) <= len(hanging) / 2
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
