"""Which toolrunner takes a stream: sticky by program, bounded in load, never one that is out."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.executor.adapters.toolrunner.balancing import (
    BOUND,
    FAILURES,
    LONGEST_EJECTION_S,
    SLACK,
    Balancer,
    RunnerLoad,
)
from tests.repeats import tries

NAMES = [f"10.0.0.{number}:50052" for number in range(8)]
LOADS = st.builds(
    RunnerLoad,
    streams=st.integers(0, 300),
    running=st.integers(0, 16),
    waiting=st.integers(0, 200),
    workers=st.integers(1, 16),
    draining=st.booleans(),
)
DIGESTS = st.text("abcdef0123456789", min_size=1, max_size=8)
EVENTS = st.one_of(
    st.tuples(st.just("told"), LOADS),
    st.tuples(st.sampled_from(["silent", "doubt", "drains", "succeeded", "began", "ended"])),
    st.tuples(st.sampled_from(["away", "failed", "full"])),
    st.tuples(st.just("answered"), st.booleans()),
)
STORIES = st.lists(st.tuples(st.sampled_from(NAMES), EVENTS), max_size=60)


def idle(names: list[str]) -> Balancer:
    balancer = Balancer(names)
    for name in names:
        balancer.told(name, RunnerLoad())
    return balancer


def play(balancer: Balancer, address: str, event: tuple[Any, ...], now: float) -> None:
    what, *given_with = event
    if what == "answered":
        balancer.answered(address, serves=given_with[0])
    elif what in {"away", "failed", "full"}:
        getattr(balancer, what)(address, now)
    else:
        getattr(balancer, what)(address, *given_with)


class Known:
    """What a balancer was told, kept in the simplest way."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.draining: set[str] = set()
        self.load_drains: set[str] = set()

    def note(self, address: str, event: tuple[Any, ...]) -> None:
        what = event[0]
        if what in {"away", "silent"} and (what == "silent" or address in self.there):
            self.load_drains.discard(address)
        if what in {"away", "doubt"}:
            self.there.discard(address)
        elif what == "drains":
            self.draining.add(address)
        elif what == "told":
            self.there.add(address)
            for group in (self.draining, self.load_drains):
                group.discard(address)
                if event[1].draining:
                    group.add(address)
        elif what == "answered":
            self.there.add(address)
            self.draining.discard(address)
            if not event[1] or address in self.load_drains:
                self.draining.add(address)


@tries(200, soak=5000)
@given(STORIES, DIGESTS, st.sets(st.sampled_from(NAMES)))
def test_one_that_takes_streams_is_chosen_whenever_there_is_one(
    story: list[tuple[str, Any]], digest: str, without: set[str]
) -> None:
    balancer, known, now = Balancer(NAMES), Known(), 0.0
    for address, event in story:
        now += 0.3
        play(balancer, address, event, now)
        known.note(address, event)
        takers = known.there - known.draining
        chosen = balancer.choose(digest, now, without)
        assert (chosen is None) == (not takers)
        if chosen is None:
            continue
        assert chosen in takers
        well = {name for name in takers if not balancer.is_ejected(name, now)}
        if well - without:
            assert chosen in well - without
        group = (well - without) or (takers - without) or well or takers
        mean = sum(map(balancer.weight, group)) / len(group)
        assert balancer.weight(chosen) <= BOUND * mean + SLACK


@tries(50, soak=1000)
@given(st.lists(DIGESTS, min_size=1, max_size=40), st.sampled_from(NAMES))
def test_only_programs_of_one_that_leaves_move(digests: list[str], leaving: str) -> None:
    balancer = idle(NAMES)
    before = {digest: balancer.choose(digest, 0.0) for digest in digests}
    balancer.keep([name for name in NAMES if name != leaving])
    for digest, chosen in before.items():
        after = balancer.choose(digest, 0.0)
        assert after is not None
        assert after == chosen or chosen == leaving


@tries(50, soak=1000)
@given(st.lists(DIGESTS, min_size=1, max_size=20), st.integers(2, 8))
def test_streams_that_begin_at_once_are_spread_within_the_bound(
    digests: list[str], count: int
) -> None:
    balancer = idle(NAMES[:count])
    placed: Counter[str] = Counter()
    for number in range(200):
        chosen = balancer.choose(digests[number % len(digests)], 0.0)
        assert chosen is not None
        balancer.began(chosen)
        placed[chosen] += 1
    one = balancer.weight(NAMES[0]) / placed[NAMES[0]] if placed[NAMES[0]] else 0.5
    mean = sum(balancer.weight(name) for name in NAMES[:count]) / count
    for name in NAMES[:count]:
        assert balancer.weight(name) <= BOUND * mean + SLACK + one


def test_programs_are_spread_evenly_and_stay() -> None:
    balancer = idle(NAMES[:4])
    first = [balancer.choose(f"sha256:{number}", 0.0) for number in range(4000)]
    assert first == [balancer.choose(f"sha256:{number}", 9.0) for number in range(4000)]
    shares = Counter(first)
    assert all(800 <= shares[name] <= 1200 for name in NAMES[:4]), shares


def test_ejection_grows_and_ends_and_does_not_take_the_last_one() -> None:
    balancer, lengths, now = idle(NAMES[:2]), [], 0.0
    for _ in range(7):
        for _ in range(FAILURES):
            assert not balancer.is_ejected(NAMES[0], now)
            balancer.failed(NAMES[0], now)
        began = now
        while balancer.is_ejected(NAMES[0], now):
            assert {balancer.choose(str(number), now) for number in range(20)} == {NAMES[1]}
            now += 0.25
        lengths.append(now - began)
        assert NAMES[0] in {balancer.choose(str(number), now) for number in range(20)}
    assert lengths == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_EJECTION_S, LONGEST_EJECTION_S]
    for name in NAMES[:2]:
        for _ in range(FAILURES):
            balancer.failed(name, now)
    assert balancer.choose("a", now) is not None


def test_one_that_was_away_waits_until_it_is_trusted_again() -> None:
    balancer = idle(NAMES[:2])
    balancer.away(NAMES[0], 10.0)
    assert {balancer.choose(str(number), 10.0) for number in range(20)} == {NAMES[1]}
    balancer.answered(NAMES[0], serves=True)
    assert {balancer.choose(str(number), 10.5) for number in range(20)} == {NAMES[1]}
    assert {balancer.choose(str(number), 11.5) for number in range(20)} == set(NAMES[:2])


@tries(20, soak=400)
@given(st.integers(0, 2**32), st.integers(2, 4), st.integers(6, 12))
def test_word_that_is_a_second_old_leaves_hardly_a_toolrunner_without_work(
    seed: int, count: int, runs_each: int
) -> None:
    """Runs of half a second, one after the other, do not all go where the old word says."""
    chance, names = Random(seed), NAMES[:count]
    balancer = idle(names)
    ends: list[tuple[float, str]] = [(0.0, "")] * (runs_each * count)
    open_now, idle_ticks = Counter(dict.fromkeys(names, 0)), 0
    for tick in range(500):
        now = tick / 50
        for number, (end, at) in enumerate(ends):
            if end <= now:
                if at:
                    balancer.ended(at)
                    open_now[at] -= 1
                chosen = balancer.choose(f"sha256:{chance.randrange(12)}", now)
                assert chosen is not None
                balancer.began(chosen)
                open_now[chosen] += 1
                ends[number] = (now + chance.uniform(0.2, 0.8), chosen)
        if tick % 50 == 0:
            for name in names:
                waiting = max(0, open_now[name] - 1)
                running = open_now[name] - waiting
                load = RunnerLoad(open_now[name], running, waiting, workers=1)
                balancer.told(name, load)
        if tick > 50:
            idle_ticks += sum(not each for each in open_now.values())
    assert idle_ticks <= 0.02 * 500 * count
