"""The memory's quotas and the script's give the same answers to the same requests, in any order."""

from __future__ import annotations

from random import Random

import pytest

from services.executor.quota.memory import MemoryQuotas
from services.executor.quota.model import (
    Amount,
    AtOnce,
    Charge,
    Lease,
    Limit,
    Metric,
    Rate,
    Settle,
    Subject,
    Take,
    Total,
)
from services.executor.quota.windows import SECOND_US, Window
from tests.quota.stores import AGENT, KEY, ORGANISATION, Ahead, Store, store_of
from tests.quota.valkey import Valkey
from tests.repeats import soaking

SEEDS = range(200 if soaking() else 8)
STEPS = 400
RESERVED = (Metric.TOKENS, Metric.NANO_USD)


class Requests:
    """Random requests, from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._run = 0
        self._totals: dict[tuple[str, Metric], int] = {}

    def limit(self, subject: Subject) -> Limit:
        """Return a limit, always the same for a subject and a kind."""
        most = len(subject.name)
        metric = self._random.choice(list(Metric))
        if metric is Metric.RUNS_AT_ONCE:
            return AtOnce(subject, most)
        if metric in (Metric.REQUESTS, Metric.RUNS) and self._random.random() < 0.5:
            return Rate(subject, metric, 3_000_000 + most, most)
        return Amount(subject, metric, self._random.choice(list(Window)), 40 * most)

    def limits(self) -> tuple[Limit, ...]:
        """Return some limits, each once."""
        subjects = self._random.choices((ORGANISATION, KEY, AGENT), k=self._random.randrange(5))
        return tuple({each.name: each for each in map(self.limit, subjects)}.values())

    def run(self) -> Lease:
        """Return one of the latest runs, or another."""
        self._run += self._random.random() < 0.3
        run = max(0, self._run - self._random.randrange(3))
        return Lease(f"r{run}", self._random.choice((5, 20)) * SECOND_US)

    def next(self) -> Take | Settle:
        """Return a request."""
        organisation, lease = self._random.choice(("acme", "b")), self.run()
        if self._random.random() < 0.6:
            charges = tuple(
                Charge(limit, self._random.choice((1, 1, 2, 50)), limit.metric in RESERVED)
                for limit in self.limits()
            )
            given = lease if self._random.random() < 0.6 else None
            return Take(organisation, charges, given, more=self._random.random() < 0.3)
        return Settle(
            organisation, lease, self.totals(lease), self.limits(), self._random.random() < 0.2
        )

    def totals(self, lease: Lease) -> tuple[Total, ...]:
        """Return totals, which seldom sink."""
        found = []
        for metric in self._random.sample(list(Metric), self._random.randrange(4)):
            before = self._totals.get((lease.run_id, metric), 0)
            total = max(0, before + self._random.choice((-3, 0, 1, 20, 300)))
            self._totals[lease.run_id, metric] = total
            found.append(Total(metric, total, self._random.choice((0, 0, 10))))
        return tuple(found)

    def pause_us(self) -> int:
        """Return how long until the next request; what was begun may be over by then."""
        sizes = (0, 1, 4, 60, 86_400, 2_678_400)
        size = self._random.choices(sizes, (80, 60, 20, 8, 2, 1))[0]
        if size > 1000:
            self._run += 5  # Valkey forgets ended runs after an hour of its own time
        return self._random.randrange(size * SECOND_US + 1)


@pytest.mark.parametrize("seed", SEEDS)
async def test_same_requests_get_same_answers(valkey: Valkey, seed: int) -> None:
    requests, at = Requests(seed), Ahead()
    refused = 0
    async with store_of(valkey) as store:
        memory = MemoryQuotas(lambda: at.us)
        for step in range(STEPS):
            store.advance(requests.pause_us())
            request = requests.next()
            answer, twins = await _both(store, memory, at, request)
            assert answer == twins, (step, request)
            refused += "Refusal" in repr(answer)
        assert refused > 5


async def _both(
    store: Store, memory: MemoryQuotas, at: Ahead, request: Take | Settle
) -> tuple[object, object]:
    """Return the answer of the server, and of memory at the same time."""
    if isinstance(request, Take):
        taken = await store.quotas.take(request)
        at.us = taken.at_us
        return taken, await memory.take(request)
    settled = await store.quotas.settle(request)
    at.us = settled.at_us
    return settled, await memory.settle(request)
