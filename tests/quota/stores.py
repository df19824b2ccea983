"""Stores of quotas whose time tests set forward, and short forms of what they are asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.executor.adapters.valkey.store import ValkeyQuotas
from services.executor.quota.memory import MemoryQuotas, system_us
from services.executor.quota.model import (
    Amount,
    AtOnce,
    Charge,
    Lease,
    Limit,
    Metric,
    Rate,
    Refusal,
    Settle,
    Settled,
    Subject,
    SubjectKind,
    Take,
    Taken,
    Total,
)
from services.executor.quota.ports import QuotaStore
from services.executor.quota.windows import SECOND_US, Window
from tests.quota.valkey import Valkey

ORGANISATION = Subject(SubjectKind.ORGANISATION, "acme")
KEY = Subject(SubjectKind.KEY, "k1")
AGENT = Subject(SubjectKind.AGENT, "weather")
LEASE_US = 10 * SECOND_US
ASYNC_S = 2.0  # seconds for one call: tests share the machine


@dataclass
class Ahead:
    """How far a store's time is set forward."""

    us: int = 0

    def __call__(self) -> int:
        return self.us


@dataclass
class Store:
    """A store under test."""

    quotas: QuotaStore
    ahead: Ahead = field(default_factory=Ahead)

    def advance(self, us: int) -> None:
        """Set its time forward."""
        self.ahead.us += us

    async def take(
        self, *charges: Charge, run: str = "", organisation: str = "acme"
    ) -> Taken | Refusal:
        """Take charges, for a run if one is named."""
        lease = Lease(run, LEASE_US) if run else None
        return await self.quotas.take(Take(organisation, charges, lease))

    async def takes(self, *charges: Charge, run: str = "", organisation: str = "acme") -> bool:
        """Take charges, and tell whether they were there."""
        return isinstance(await self.take(*charges, run=run, organisation=organisation), Taken)

    async def settle(
        self, run: str, *limits: Limit, ends: bool = False, known: int = 0, **used: int
    ) -> Settled:
        """Settle what a run has used."""
        totals = tuple(Total(Metric(name), total, known) for name, total in used.items())
        return await self.quotas.settle(Settle("acme", Lease(run, LEASE_US), totals, limits, ends))

    async def now_us(self) -> int:
        """Return the store's time."""
        taken = await self.take()
        return taken.at_us


@asynccontextmanager
async def store_of(server: Valkey | None) -> AsyncIterator[Store]:
    """Yield a store in a server, or in memory."""
    ahead = Ahead()
    quotas: QuotaStore
    if server is None:
        quotas = MemoryQuotas(lambda: system_us() + ahead.us)
    else:
        quotas = ValkeyQuotas(server.url, ASYNC_S, ahead_us=ahead)
    try:
        yield Store(quotas, ahead)
    finally:
        await quotas.close()


def rate(interval_us: int, burst: int, subject: Subject = ORGANISATION) -> Rate:
    """Return a limit of requests."""
    return Rate(subject, Metric.REQUESTS, interval_us, burst)


def runs(most: int, subject: Subject = ORGANISATION) -> AtOnce:
    """Return a limit of runs at once."""
    return AtOnce(subject, most)


def tokens(most: int, window: Window = Window.DAY, subject: Subject = ORGANISATION) -> Amount:
    """Return a limit of tokens."""
    return Amount(subject, Metric.TOKENS, window, most)


def reserved(limit: Limit, cost: int) -> Charge:
    """Return a charge whose rest is given back."""
    return Charge(limit, cost, reserved=True)
