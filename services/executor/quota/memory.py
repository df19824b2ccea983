"""Quotas in this process's memory: the twin of the script of ``adapters/valkey``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from services.executor.quota.model import (
    POLL_US,
    Amount,
    AtOnce,
    Charge,
    Limit,
    Metric,
    Rate,
    Refusal,
    Settle,
    Settled,
    Take,
    Taken,
    plain,
)
from services.executor.quota.ports import StoreFullError
from services.executor.quota.windows import SECOND_US, window_at

MOST_KEPT: Final = 200_000
OF_ONE: Final = 10
LAPSED_AT_ONCE: Final = 100
"""Lapsed runs whose reserves one take gives back; more wait for the next."""
KEPT_US: Final = 7 * 86_400 * SECOND_US
ENDED_KEPT_US: Final = 3600 * SECOND_US
"""Runs that have ended are remembered as long, so that nothing of them is charged twice, but never
at the cost of new ones."""

V = TypeVar("V")


def system_us() -> int:
    """Return the system's time in microseconds since 1970."""
    return time.time_ns() // 1000


@dataclass
class _Run:
    """What is known of a run: what it has used, and what it has reserved of which window."""

    until_us: int
    used: dict[Metric, int] = field(default_factory=dict)
    reserved: dict[str, tuple[int, int]] = field(default_factory=dict)
    has_ended: bool = False


@dataclass
class _Organisation:
    """What one organisation owes.

    ``rates`` are the times at which a limit would be unused, ``counts`` amounts by window with
    its end, ``leases`` by the name of a limit, the empty name for all runs.
    """

    rates: dict[str, int] = field(default_factory=dict)
    counts: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    leases: dict[str, dict[str, int]] = field(default_factory=dict)
    runs: dict[str, _Run] = field(default_factory=dict)

    def forget(self, now: int) -> int:
        """Forget what is owed no more, and return how much is left."""
        self.rates = {name: at for name, at in self.rates.items() if at > now}
        self.counts = {key: each for key, each in self.counts.items() if each[1] > now}
        kept = (each for each in self.runs.items() if each[1].until_us > now)
        self.runs = {run: each for run, each in kept if not each.has_ended}
        for name, held in list(self.leases.items()):
            if name:  # those of all runs say whose reserves are given back
                held = {run: until for run, until in held.items() if until > now}
                self.leases[name] = held
            if not held:
                del self.leases[name]
        return self.size

    def has(self, limit: Limit, now: int) -> bool:
        """Return whether a limit has an entry; a lease always is a new one."""
        if isinstance(limit, Amount):
            return (window_at(limit.window, now)[0], limit.name) in self.counts
        return isinstance(limit, Rate) and limit.name in self.rates

    @property
    def size(self) -> int:
        """How many entries it has."""
        leases = sum(map(len, self.leases.values()))
        return len(self.rates) + len(self.counts) + len(self.runs) + leases

    def give_back(self, run_id: str) -> None:
        """Give back what a run has reserved and not used."""
        run = self.runs.get(run_id)
        if run is None:
            return
        for name, (start, left) in run.reserved.items():
            if (counted := self.counts.get((start, name))) is not None:
                self.counts[start, name] = counted[0] - left, counted[1]
        run.reserved.clear()


class MemoryQuotas:
    """Counts in memory, for one process; what it counted ends with it.

    Args:
        clock: microseconds since 1970.
        most: the most entries, a tenth of them for one organisation. What is still owed is never
            forgotten: when all of it is, what needs a new entry is refused.
    """

    def __init__(self, clock: Callable[[], int] = system_us, most: int = MOST_KEPT) -> None:
        self._clock = clock
        self._most = most
        self._swept_us = -SECOND_US
        self._size = 0
        self._organisations: dict[str, _Organisation] = {}

    def __repr__(self) -> str:
        return f"MemoryQuotas(organisations={len(self._organisations)}, size={self._size})"

    async def take(self, ask: Take) -> Taken | Refusal:
        """Take all or nothing; see ``QuotaStore.take``."""
        now = self._clock()
        of = self._with_room(plain(ask.organisation), ask, now)
        before = of.size
        try:
            return _take(of, ask, now)
        finally:
            self._size += of.size - before

    async def settle(self, ask: Settle) -> Settled:
        """Charge what a run has used; see ``QuotaStore.settle``."""
        of = self._organisations.setdefault(plain(ask.organisation), _Organisation())
        before = of.size
        try:
            return _settle(of, ask, self._clock())
        finally:
            self._size += of.size - before

    async def answers(self) -> bool:
        """Return True."""
        return True

    async def close(self) -> None:
        """Do nothing."""

    def _with_room(self, name: str, ask: Take, now: int) -> _Organisation:
        """Return what an organisation owes, once there is room for what is new of a request.

        What nobody owes is forgotten when room is short, at most once a second.

        Raises:
            StoreFullError: there is no room.
        """
        if self._is_short(name, ask, now) and now - self._swept_us >= SECOND_US:
            self._swept_us = now
            self._size = sum(of.forget(now) for of in self._organisations.values())
            for each in [each for each, of in self._organisations.items() if not of.size]:
                del self._organisations[each]
        if self._is_short(name, ask, now):
            raise StoreFullError(f"the {self._most:,} entries for quotas are in use")
        return self._organisations.setdefault(name, _Organisation())

    def _is_short(self, name: str, ask: Take, now: int) -> bool:
        of = self._organisations.get(name) or _Organisation()
        more = sum(not of.has(charge.limit, now) for charge in ask.charges)
        more += 0 if ask.lease is None else 2
        whole, own = self._size + more, of.size + more
        return more > 0 and (whole > self._most or own > self._most // OF_ONE)


def _take(of: _Organisation, ask: Take, now: int) -> Taken | Refusal:
    lease = ask.lease
    known = None if lease is None else of.runs.get(lease.run_id)
    if known is not None and known.until_us <= now:
        known = None
    if known is not None and not ask.more:
        return Taken(now)
    _lapse(of, now)
    worst: Refusal | None = None
    for charge in ask.charges:
        wait = _wait(of, charge, now)
        if wait == 0 or (worst is not None and worst.wait_us is None):
            continue
        if worst is None or wait is None or wait > (worst.wait_us or 0):
            worst = Refusal(now, charge.limit, wait)
    if worst is not None:
        return worst
    run = None
    if lease is not None:
        run = of.runs[lease.run_id] = known or _Run(now)
        run.until_us = now + KEPT_US
        of.leases.setdefault("", {})[lease.run_id] = now + lease.lasts_us
    for charge in ask.charges:
        limit = charge.limit
        if isinstance(limit, Rate):
            at = max(of.rates.get(limit.name, 0), now)
            of.rates[limit.name] = at + charge.cost * limit.interval_us
        elif isinstance(limit, Amount):
            start = _count(of, limit, charge.cost, now)
            if charge.reserved and run is not None:
                run.reserved[limit.name] = start, charge.cost
        elif lease is not None:
            of.leases.setdefault(limit.name, {})[lease.run_id] = now + lease.lasts_us
    return Taken(now)


def _lapse(of: _Organisation, now: int) -> None:
    """Give back what runs have reserved whose executors were killed."""
    if not (held := of.leases.get("")):
        return
    lapsed = sorted((until, run) for run, until in held.items() if until <= now)
    for _, run_id in lapsed[:LAPSED_AT_ONCE]:
        of.give_back(run_id)
        del held[run_id]


def _wait(of: _Organisation, charge: Charge, now: int) -> int | None:
    """Return after how long a charge would be allowed: 0 for now, None for never."""
    limit, cost = charge.limit, charge.cost
    if isinstance(limit, AtOnce):
        held = of.leases.get(limit.name, {}).values()
        return POLL_US if sum(until > now for until in held) >= limit.most else 0
    if isinstance(limit, Rate):
        if cost > limit.burst:
            return None
        at = max(of.rates.get(limit.name, 0), now) + cost * limit.interval_us
        return max(0, at - now - limit.burst * limit.interval_us)
    if cost > limit.most:
        return None
    start, stop = window_at(limit.window, now)
    count, _ = of.counts.get((start, limit.name), (0, stop))
    return stop - now if count + cost > limit.most else 0


def _count(of: _Organisation, limit: Amount, cost: int, now: int) -> int:
    """Count an amount in its window, and return where that starts."""
    start, stop = window_at(limit.window, now)
    count, _ = of.counts.get((start, limit.name), (0, stop))
    of.counts[start, limit.name] = count + cost, stop
    return start


def _settle(of: _Organisation, ask: Settle, now: int) -> Settled:
    lease = ask.lease
    run = of.runs.get(lease.run_id)
    if run is None or run.until_us <= now:
        known = {total.metric: total.known for total in ask.totals}
        run = of.runs[lease.run_id] = _Run(now + KEPT_US, known)
    moved: dict[Metric, int] = {}
    used = []
    for total in ask.totals:
        before = run.used.get(total.metric, 0)
        moved[total.metric] = max(0, total.total - before)
        run.used[total.metric] = before + moved[total.metric]
        used.append(run.used[total.metric])
    over: Refusal | None = None
    for limit in ask.limits:
        if isinstance(limit, Amount) and limit.metric in moved:
            found = _charge(of, run, limit, moved[limit.metric], now)
            over = over or found
    _renew(of, ask, now)
    run.has_ended = ask.ends
    run.until_us = now + (ENDED_KEPT_US if ask.ends else KEPT_US)
    return Settled(now, tuple(used), over)


def _charge(of: _Organisation, run: _Run, limit: Amount, spent: int, now: int) -> Refusal | None:
    """Charge what a run has used: its reserve first; return the limit if nothing is left."""
    since, left = run.reserved.get(limit.name, (0, 0))
    covered = min(left, spent)
    if limit.name in run.reserved:
        run.reserved[limit.name] = since, left - covered
    if spent > covered:
        _count(of, limit, spent - covered, now)
    start, stop = window_at(limit.window, now)
    count, _ = of.counts.get((start, limit.name), (0, stop))
    is_over = left == covered and count >= limit.most
    return Refusal(now, limit, stop - now) if is_over else None


def _renew(of: _Organisation, ask: Settle, now: int) -> None:
    """Renew a run's lease, or end it."""
    run_id, until = ask.lease.run_id, now + ask.lease.lasts_us
    names = ["", *(each.name for each in ask.limits if isinstance(each, AtOnce))]
    if ask.ends:
        of.give_back(run_id)
    for name in names:
        if not ask.ends:
            of.leases.setdefault(name, {})[run_id] = until
        elif name in of.leases:
            of.leases[name].pop(run_id, None)
            if not of.leases[name]:
                del of.leases[name]
