"""Quotas are applied to requests and to runs from their begin to their end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from services.executor.access_errors import QuotaError, QuotaStoreError
from services.executor.clients import Client, member_of
from services.executor.conversation import TokenUsage
from services.executor.domain import ToolUsage
from services.executor.events import ToolRequest
from services.executor.events import ToolUsage as ToolUsed
from services.executor.limits import DeploymentLimits, RunLimits
from services.executor.quota.memory import MemoryQuotas
from services.executor.quota.model import Refusal, Settle, Settled, Take, Taken
from services.executor.quota.ports import FREE, StoreAwayError
from services.executor.quota.quotas import StoredQuotas, WhenAway
from services.executor.quota.reading import read_quotas
from services.executor.quota.windows import SECOND_US
from tests.quota.stores import Ahead

ACME, OTHER = member_of("acme", "k1"), member_of("other", "k9")
NOBODY = Client("127.0.0.1", "ipv4:127.0.0.1:5")
START_US = 1_790_000_000 * SECOND_US


@dataclass
class Times:
    """Seconds for the quotas, and microseconds for their store."""

    store: Ahead = field(default_factory=lambda: Ahead(START_US))
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Shaky:
    """A store that is away when it is told so."""

    inner: MemoryQuotas
    away: bool = False
    asked: int = 0

    async def take(self, ask: Take) -> Taken | Refusal:
        self._ask()
        return await self.inner.take(ask)

    async def settle(self, ask: Settle) -> Settled:
        self._ask()
        return await self.inner.settle(ask)

    async def answers(self) -> bool:
        return not self.away

    async def close(self) -> None:
        await self.inner.close()

    def _ask(self) -> None:
        self.asked += 1
        if self.away:
            raise StoreAwayError("it is told to be away")


@dataclass
class Stage:
    """Quotas in memory, whose time and store a test sets."""

    times: Times
    store: Shaky
    quotas: StoredQuotas

    async def settled(self) -> None:
        """Wait until all that ended is settled."""
        while "dirty=0" not in repr(self.quotas):  # noqa: ASYNC110 - tasks settle in the background
            await asyncio.sleep(0)

    async def refused(self, client: Client = ACME, run: str = "another") -> QuotaError | None:
        """Begin and end a run; return why that was refused."""
        try:
            spending = await self.quotas.begin(client, run, RunLimits())
        except QuotaError as error:
            return error
        spending.end()
        await self.settled()
        return None


@asynccontextmanager
async def staged(rules: str, open_s: float = 0.0, **most: int) -> AsyncIterator[Stage]:
    """Yield started quotas."""
    times = Times()
    store = Shaky(MemoryQuotas(times.store))
    limits = DeploymentLimits(**most)  # type: ignore[arg-type]  # whole numbers
    quotas = StoredQuotas(read_quotas(rules), store, times, WhenAway(open_s), limits)
    quotas.start()
    try:
        yield Stage(times, store, quotas)
    finally:
        await quotas.close()


def tokens(amount: int, usd: float | None = None) -> TokenUsage:
    return TokenUsage(input_tokens=amount - 1, output_tokens=1, cost_usd=usd)


async def test_requests_are_counted_for_each_organisation() -> None:
    rules = '{"defaults": {"organisation": {"requests": {"per_hour": 1, "burst": 2}}}}'
    async with staged(rules) as stage:
        for client in (ACME, OTHER, NOBODY):
            for _ in range(2):
                await stage.quotas.request(client)
            with pytest.raises(QuotaError) as raised:
                await stage.quotas.request(client)
            assert raised.value.metric == "requests_rate"
            assert raised.value.retry_after_s == 3600.0


async def test_flood_is_refused_without_asking_the_store() -> None:
    rules = '{"defaults": {"organisation": {"requests": {"per_second": 4, "burst": 1}}}}'
    async with staged(rules) as stage:
        await stage.quotas.request(ACME)
        for part in range(5):
            stage.times.seconds = part * 0.05
            with pytest.raises(QuotaError) as raised:
                await stage.quotas.request(ACME)
            assert raised.value.retry_after_s == pytest.approx(0.25 - part * 0.05)
        assert stage.store.asked == 2
        stage.times.seconds, stage.times.store.us = 0.25, START_US + SECOND_US // 4
        await stage.quotas.request(ACME)
        await stage.quotas.request(OTHER)


async def test_keys_of_an_organisation_have_own_quotas_within_it() -> None:
    rules = """{"organisations": {"acme": {"runs": {"day": 3}, "keys": {"k1": {"runs": {"day": 2}}}
        }}, "defaults": {"key": {"runs": {"day": 9}}}}"""
    async with staged(rules) as stage:
        k2 = member_of("acme", "k2")
        results = [await stage.refused(each, f"r{n}") for n, each in enumerate((ACME,) * 3)]
        assert [each and each.subject for each in results] == [None, None, "key:k1"]
        assert await stage.refused(k2, "r4") is None
        refusal = await stage.refused(k2, "r5")
        assert refusal is not None
        assert (refusal.subject, refusal.metric, refusal.limit) == (
            *("organisation:acme", "runs_per_day"),
            3,
        )
        assert await stage.refused(OTHER, "r6") is None


async def test_reserve_is_the_budget_of_the_run() -> None:
    rules = '{"defaults": {"organisation": {"tokens": {"day": 1000}}}, "reserve": {"tokens": 400}}'
    async with staged(rules) as stage:
        begin = stage.quotas.begin
        runs = [await begin(ACME, f"r{each}", RunLimits()) for each in range(2)]
        with pytest.raises(QuotaError):
            await begin(ACME, "r2", RunLimits())
        small = RunLimits(max_input_tokens=150, max_output_tokens=50)
        runs.append(await begin(ACME, "r3", small))
        with pytest.raises(QuotaError):
            await begin(ACME, "r4", RunLimits(max_input_tokens=1, max_output_tokens=0))
        for run in runs:
            run.end()
        await stage.settled()
        assert await stage.refused() is None


async def test_reserve_is_no_more_than_the_limit() -> None:
    rules = '{"defaults": {"organisation": {"tokens": {"day": 50}, "usd": {"month": 0}}}}'
    async with staged(rules) as stage:
        refusal = await stage.refused()
        assert refusal is not None
        assert refusal.metric == "nano_usd_per_month"
        assert refusal.retry_after_s is None
    rules = '{"defaults": {"organisation": {"tokens": {"day": 50}}}}'
    async with staged(rules) as stage:
        assert await stage.refused() is None


async def test_run_that_spends_all_is_stopped_at_its_next_query() -> None:
    rules = '{"defaults": {"organisation": {"tokens": {"day": 1000}}}, "reserve": {"tokens": 400}}'
    async with staged(rules) as stage:
        run = await stage.quotas.begin(ACME, "r", RunLimits())
        for used in (1, 400, 900):
            await run.before_query(tokens(used))
        with pytest.raises(QuotaError) as raised:
            await run.before_query(tokens(1200))
        assert "stopped before its next query" in str(raised.value)
        assert raised.value.metric == "tokens_per_day"
        run.end()
        await stage.settled()
        assert await stage.refused() is not None


async def test_dollars_are_counted_in_billionths() -> None:
    rules = '{"defaults": {"organisation": {"usd": {"day": 0.000000003}}}, "reserve": {"usd": 0}}'
    async with staged(rules) as stage:
        run = await stage.quotas.begin(ACME, "r", RunLimits())
        await run.before_query(tokens(5, 1e-9))
        await run.before_query(tokens(5, 2e-9))
        with pytest.raises(QuotaError) as raised:
            await run.before_query(tokens(5, 3e-9))
        assert "0.000000003 a day" in str(raised.value)


async def test_limited_dollars_bound_the_cost_of_a_run() -> None:
    rules = '{"defaults": {"organisation": {"usd": {"day": 2, "month": 3}}}}'
    async with staged(rules) as stage:
        run = await stage.quotas.begin(ACME, "r", RunLimits())
        assert run.bounded(RunLimits()).max_cost_usd == 2.0
        assert run.bounded(RunLimits(max_cost_usd=0.5)).max_cost_usd == 0.5
    assert FREE.bounded(RunLimits()).max_cost_usd is None


async def test_fuel_and_bytes_are_charged_as_they_are_used() -> None:
    rules = '{"defaults": {"organisation": {"fuel": {"day": 100}, "egress_bytes": {"day": 100}}}}'
    async with staged(rules) as stage:
        run = await stage.quotas.begin(ACME, "r", RunLimits())
        run.saw(ToolUsed("c", ToolUsage(fuel=60)))
        run.saw(ToolRequest("c", "GET", "h", "/", 200, 30, 40, 0.1))
        await run.before_query(TokenUsage())
        run.saw(ToolUsed("c", ToolUsage(fuel=60)))
        with pytest.raises(QuotaError) as raised:
            await run.before_query(TokenUsage())
        assert raised.value.metric == "fuel_per_day"
        run.end()
        await stage.settled()
        refusal = await stage.refused()
        assert refusal is not None
        assert refusal.metric == "fuel_per_day"


async def test_agent_has_quotas_once_it_is_known() -> None:
    rules = """{"defaults": {"organisation": {"runs": {"at_once": 5}}},
        "organisations": {"acme": {"agents": {"weather": {"runs": {"at_once": 1}}}}}}"""
    async with staged(rules) as stage:
        first = await stage.quotas.begin(ACME, "r1", RunLimits())
        await first.of_agent("weather")
        second = await stage.quotas.begin(ACME, "r2", RunLimits())
        with pytest.raises(QuotaError) as raised:
            await second.of_agent("weather")
        assert raised.value.subject == "agent:weather"
        await second.of_agent("other")
        first.end()
        await stage.settled()
        await second.of_agent("weather")


class Late(Shaky):
    """A store whose answers arrive some turns of the event loop later."""

    async def take(self, ask: Take) -> Taken | Refusal:
        answer = await super().take(ask)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return answer


@pytest.mark.parametrize("turns", range(10))
async def test_begin_that_is_cancelled_leaves_nothing_behind(turns: int) -> None:
    rules = """{"defaults": {"organisation": {"runs": {"at_once": 1}, "tokens": {"day": 100}},
        "agent": {"runs": {"at_once": 1}}}}"""
    times = Times()
    quotas = StoredQuotas(read_quotas(rules), Late(MemoryQuotas(times.store)), times)
    quotas.start()
    stage = Stage(times, Shaky(MemoryQuotas(times.store)), quotas)

    async def begun(run: str) -> None:
        spending = await quotas.begin(ACME, run, RunLimits())
        try:
            await spending.of_agent("weather")
        finally:
            spending.end()

    task = asyncio.create_task(begun("r"))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await stage.settled()
    await begun("s")
    await quotas.close()


async def test_resumed_run_is_charged_once() -> None:
    rules = """{"defaults": {"organisation":
        {"tokens": {"day": 1000}, "fuel": {"day": 100}, "runs": {"at_once": 1}}}}"""
    async with staged(rules) as stage:
        first = await stage.quotas.begin(ACME, "r", RunLimits())
        first.saw(ToolUsed("c", ToolUsage(fuel=60)))
        await first.before_query(tokens(300))
        first.leave()
        second = stage.quotas.resume(ACME, run_id="r", agent="agent", used=tokens(200))
        second.saw(ToolUsed("c", ToolUsage(fuel=30)))
        await second.before_query(tokens(200))
        await second.before_query(tokens(990))
        second.saw(ToolUsed("c", ToolUsage(fuel=10)))
        with pytest.raises(QuotaError) as raised:
            await second.before_query(tokens(991))
        assert raised.value.metric == "fuel_per_day"
        assert (await stage.refused(run="s")) is not None
        first.end()
        await stage.settled()
        assert (refusal := await stage.refused(run="s")) is not None
        assert refusal.metric in ("fuel_per_day", "tokens_per_day", "runs_at_once")


async def test_organisation_without_room_is_refused_and_no_other_one() -> None:
    rules = """{"defaults": {"key": {"requests": {"per_hour": 1}}}}"""
    times = Times()
    store = Shaky(MemoryQuotas(times.store, most=100))
    quotas = StoredQuotas(read_quotas(rules), store, times, WhenAway(30.0))
    for number in range(10):
        await quotas.request(member_of("acme", f"user-{number}"))
    with pytest.raises(QuotaStoreError, match="your organisation"):
        await quotas.request(member_of("acme", "user-10"))
    assert not quotas.is_away
    await quotas.request(OTHER)
    await quotas.close()


async def test_leases_are_renewed_while_a_run_goes_on() -> None:
    rules = '{"defaults": {"organisation": {"runs": {"at_once": 1}}}}'
    async with staged(rules) as stage:
        run = await stage.quotas.begin(ACME, "r", RunLimits())
        for _ in range(5):
            stage.times.store.us += 10 * SECOND_US
            asked = stage.store.asked
            stage.times.seconds += 10.0
            run.saw(ToolUsed("c", ToolUsage(fuel=1)))
            stage.quotas.note(run)  # type: ignore[arg-type]  # it is a RunMeter
            while stage.store.asked == asked:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0)
        assert await stage.refused(run="s") is not None
        run.end()
        await stage.settled()
        assert await stage.refused(run="s") is None


async def test_closed_store_refuses_and_lets_runs_go_on() -> None:
    rules = '{"defaults": {"organisation": {"requests": {"day": 9}, "tokens": {"day": 1000}}}}'
    async with staged(rules) as stage:
        run = await stage.quotas.begin(ACME, "r", RunLimits())
        stage.store.away = True
        for _ in range(3):
            with pytest.raises(QuotaStoreError) as raised:
                await stage.quotas.request(ACME)
            assert raised.value.retry_after_s == 1.0
        assert not await stage.quotas.serves()
        await run.before_query(tokens(1200))
        assert stage.store.asked <= 4  # one that is away is not asked again at once
        stage.store.away, stage.times.seconds = False, 1.0
        assert await stage.quotas.serves()
        with pytest.raises(QuotaError):
            await run.before_query(tokens(1200))


async def test_single_failures_do_not_count_as_away() -> None:
    rules = '{"defaults": {"organisation": {"requests": {"day": 9}}}}'
    async with staged(rules) as stage:
        for _ in range(4):
            stage.store.away = True
            with pytest.raises(QuotaStoreError):
                await stage.quotas.request(ACME)
            stage.store.away = False
            await stage.quotas.request(ACME)


async def test_open_store_allows_all_for_a_bounded_time() -> None:
    rules = """{"defaults": {"organisation": {"requests": {"day": 1}, "tokens": {"day": 1000}}},
        "reserve": {"tokens": 1}}"""
    async with staged(rules, open_s=30.0) as stage:
        stage.store.away = True
        for _ in range(5):
            await stage.quotas.request(ACME)
        assert await stage.quotas.serves()
        run = await stage.quotas.begin(ACME, "r", RunLimits())
        await run.before_query(tokens(600))
        stage.times.seconds = 29.0
        await stage.quotas.request(ACME)
        stage.times.seconds = 31.0
        with pytest.raises(QuotaStoreError):
            await stage.quotas.request(ACME)
        assert not await stage.quotas.serves()
        stage.store.away, stage.times.seconds = False, 40.0
        run.end()
        await stage.quotas.request(ACME)
        await stage.settled()
        spent = await stage.quotas.begin(ACME, "s", RunLimits())
        await spent.before_query(tokens(399))
        with pytest.raises(QuotaError):
            await spent.before_query(tokens(400))


async def test_unlimited_caller_costs_nothing() -> None:
    rules = '{"organisations": {"other": {"runs": {"day": 1}, "requests": {"day": 1}}}}'
    async with staged(rules) as stage:
        await stage.quotas.request(ACME)
        assert await stage.quotas.begin(ACME, "r", RunLimits()) is FREE
        assert stage.store.asked == 0


async def test_agent_without_limits_costs_nothing() -> None:
    rules = '{"organisations": {"acme": {"agents": {"weather": {"runs": {"day": 1}}}}}}'
    async with staged(rules) as stage:
        run = await stage.quotas.begin(ACME, "r", RunLimits())
        await run.of_agent("other")
        await run.before_query(tokens(5))
        run.end()
        await stage.settled()
        assert (stage.store.asked, "runs=0" in repr(stage.quotas)) == (0, True)


async def test_cancelled_begin_keeps_nothing() -> None:
    rules = '{"defaults": {"organisation": {"runs": {"at_once": 1}}}}'
    async with staged(rules) as stage:
        task = asyncio.create_task(stage.quotas.begin(ACME, "r", RunLimits()))
        task.cancel()
        await asyncio.wait([task])
        stage.store.away = True
        with pytest.raises(QuotaStoreError):
            await stage.quotas.begin(ACME, "s", RunLimits())
        stage.store.away, stage.times.seconds = False, 5.0
        assert await stage.refused(run="t") is None
