"""Several limits are taken at once or not at all, and a refusal says when there is room again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.executor.quota.model import Charge, Refusal, Taken
from services.executor.quota.windows import SECOND_US, Window
from tests.quota.stores import AGENT, KEY, Store, rate, reserved, runs, tokens

DAY_US = 86_400 * SECOND_US


async def test_burst_then_one_for_each_interval(store: Store) -> None:
    limit = rate(60 * SECOND_US, 3)
    assert [await store.takes(Charge(limit)) for _ in range(5)] == [True] * 3 + [False] * 2
    store.advance(60 * SECOND_US)
    assert [await store.takes(Charge(limit)) for _ in range(2)] == [True, False]
    store.advance(3600 * SECOND_US)
    assert [await store.takes(Charge(limit)) for _ in range(5)] == [True] * 3 + [False] * 2


async def test_refused_take_takes_nothing(store: Store) -> None:
    wide, narrow, places = tokens(100), tokens(5, subject=KEY), runs(1, AGENT)
    asked = (Charge(wide, 10), Charge(places), Charge(narrow, 10))
    refusal = await store.take(*asked, run="r1")
    assert isinstance(refusal, Refusal)
    assert refusal.limit is narrow
    assert refusal.wait_us is None
    assert await store.takes(Charge(wide, 100), Charge(places), run="r2")


async def test_hint_is_the_time_at_which_it_is_allowed(store: Store) -> None:
    limits = (rate(7 * SECOND_US, 2), tokens(10, Window.MINUTE), tokens(15, subject=KEY))
    charges = tuple(Charge(limit, 1 if limit is limits[0] else 6) for limit in limits)
    refused = 0
    for _ in range(12):
        answer = await store.take(*charges)
        if isinstance(answer, Taken):
            continue
        refused += 1
        assert answer.wait_us is not None
        at_us = answer.at_us + answer.wait_us
        for before_us in (100_000, 0):
            store.advance(max(0, at_us - before_us - await store.now_us()))
            again = await store.take(*charges)
            assert isinstance(again, Taken) == (again.at_us >= at_us)
            if isinstance(again, Taken):
                break
    assert refused > 4


async def test_longest_wait_is_told(store: Store) -> None:
    limits = (tokens(1, Window.MINUTE), tokens(1, Window.MONTH), tokens(1, Window.DAY))
    charges = tuple(Charge(limit) for limit in limits)
    assert await store.takes(*charges)
    refusal = await store.take(*charges)
    assert isinstance(refusal, Refusal)
    assert refusal.limit is limits[1]


async def test_months_are_those_of_the_calendar(store: Store) -> None:
    limit = Charge(tokens(1, Window.MONTH))
    seen = set()
    for _ in range(50):  # with a leap year
        refusal = await store.take(limit)
        if isinstance(refusal, Taken):
            refusal = await store.take(limit)
        assert isinstance(refusal, Refusal)
        assert refusal.wait_us is not None
        ends = datetime.fromtimestamp((refusal.at_us + refusal.wait_us) / SECOND_US, UTC)
        assert (ends.day, ends.hour, ends.minute, ends.second) == (1, 0, 0, 0)
        begins = datetime.fromtimestamp(refusal.at_us / SECOND_US, UTC)
        assert (ends.year * 12 + ends.month) - (begins.year * 12 + begins.month) == 1
        seen.add((ends.year, ends.month))
        store.advance(refusal.wait_us)
    assert len(seen) == 50


async def test_days_and_minutes_end_in_utc(store: Store) -> None:
    for window, size in ((Window.MINUTE, 60), (Window.DAY, 86_400)):
        limit = Charge(tokens(1, window))
        await store.take(limit)
        refusal = await store.take(limit)
        while isinstance(refusal, Taken):  # the window has just ended
            refusal = await store.take(limit)
        assert refusal.wait_us is not None
        assert (refusal.at_us + refusal.wait_us) % (size * SECOND_US) == 0


async def test_organisations_have_limits_of_their_own(store: Store) -> None:
    limit, place = Charge(tokens(1)), Charge(runs(1))
    assert await store.takes(limit, place, run="r")
    for number in range(300):
        assert await store.takes(limit, place, run="r", organisation=f"other{number}")
    assert not await store.takes(limit)
    assert not await store.takes(place, run="s")


@pytest.mark.parametrize("name", ["", "a}b", "{x}", "ü" * 500, "a b", "\ud800", "|:|"])
async def test_any_name_has_limits_of_its_own(store: Store, name: str) -> None:
    limit = Charge(tokens(1, subject=type(KEY)(KEY.kind, name)))
    assert await store.takes(limit, organisation=name)
    assert not await store.takes(limit, organisation=name)
    assert await store.takes(limit, organisation=f"{name}x")
    assert await store.takes(Charge(tokens(1, subject=type(KEY)(KEY.kind, f"{name}x"))))


async def test_largest_amounts_are_counted_exactly(store: Store) -> None:
    most = 2**53 - 1
    limit = tokens(most)
    assert await store.takes(Charge(limit, most - 2))
    assert [await store.takes(Charge(limit)) for _ in range(3)] == [True, True, False]


async def test_places_are_given_back(store: Store) -> None:
    places = (runs(3), runs(2, KEY))
    charges = tuple(Charge(each) for each in places)
    assert [await store.takes(*charges, run=f"r{each}") for each in range(3)] == [
        *(True, True, False)
    ]
    await store.settle("r0", *places, ends=True)
    assert await store.takes(*charges, run="r3")
    assert not await store.takes(*charges, run="r4")


async def test_leases_lapse_unless_they_are_renewed(store: Store) -> None:
    place = runs(2)
    for run in ("kept", "lost"):
        assert await store.takes(Charge(place), run=run)
    for _ in range(5):
        store.advance(6 * SECOND_US)
        await store.settle("kept", place)
    assert await store.takes(Charge(place), run="new")
    assert not await store.takes(Charge(place), run="newer")


async def test_killed_run_gives_back_its_reserve(store: Store) -> None:
    limit = tokens(100)
    assert await store.takes(reserved(limit, 80), run="lost")
    await store.settle("lost", limit, tokens=30)
    assert not await store.takes(reserved(limit, 60), run="next")
    store.advance(11 * SECOND_US)
    assert await store.takes(reserved(limit, 60), run="next")
    assert not await store.takes(reserved(limit, 60), run="other")


async def test_taking_twice_for_a_run_takes_once(store: Store) -> None:
    limit = tokens(100)
    for _ in range(3):
        assert await store.takes(reserved(limit, 60), Charge(runs(1)), run="r")
    assert await store.takes(Charge(limit, 40))


async def test_rest_of_a_reserve_is_given_back(store: Store) -> None:
    limit = tokens(100)
    assert await store.takes(reserved(limit, 80), run="r")
    for _ in range(2):  # settling again changes nothing
        await store.settle("r", limit, tokens=30)
    for _ in range(2):
        await store.settle("r", limit, tokens=35, ends=True)
    assert await store.takes(Charge(limit, 65))
    assert not await store.takes(Charge(limit))


async def test_more_than_the_reserve_is_charged(store: Store) -> None:
    limit = tokens(100)
    assert await store.takes(reserved(limit, 10), run="r")
    assert (await store.settle("r", limit, tokens=30)).over is None
    assert await store.takes(Charge(limit, 70))
    over = (await store.settle("r", limit, tokens=31)).over
    assert over is not None
    assert over.limit is limit


async def test_own_reserve_may_be_used_when_all_is_reserved(store: Store) -> None:
    limit = tokens(100)
    assert await store.takes(reserved(limit, 50), run="r")
    assert await store.takes(reserved(limit, 50), run="s")
    assert (await store.settle("r", limit, tokens=49)).over is None
    assert (await store.settle("r", limit, tokens=50)).over is not None


async def test_resumed_run_is_charged_for_what_is_new(store: Store) -> None:
    limit = tokens(100)
    assert await store.takes(reserved(limit, 50), run="r")
    await store.settle("r", limit, tokens=20)
    store.advance(11 * SECOND_US)
    assert await store.takes(run="other")  # the lease has lapsed, and its reserve is free
    settled = await store.settle("r", limit, tokens=10, known=10)
    assert settled.used == (20,)
    await store.settle("r", limit, tokens=25, ends=True)
    assert await store.takes(Charge(limit, 75))
    assert not await store.takes(Charge(limit))


async def test_unknown_run_is_charged_beyond_what_is_known(store: Store) -> None:
    limit = tokens(100)
    await store.settle("r", limit, tokens=25, known=20)
    assert await store.takes(Charge(limit, 95))
    assert not await store.takes(Charge(limit))


async def test_reserve_of_yesterday_is_not_given_back_today(store: Store) -> None:
    limit = tokens(100)
    assert await store.takes(reserved(limit, 80), run="r")
    store.advance(DAY_US)
    assert await store.takes(Charge(limit, 100))
    await store.settle("r", limit, tokens=10, ends=True)
    assert not await store.takes(Charge(limit))
