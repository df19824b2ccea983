"""Applies the quotas of a deployment: to requests, and to runs from their begin to their end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from services.executor.access_errors import QuotaError, QuotaStoreError
from services.executor.clients import Client
from services.executor.conversation import TokenUsage
from services.executor.limits import DeploymentLimits, RunLimits
from services.executor.quota.model import (
    Amount,
    Charge,
    Lease,
    Limit,
    Metric,
    Refusal,
    Settle,
    Take,
)
from services.executor.quota.ports import (
    FREE,
    QuotaStore,
    RunSpending,
    StoreAwayError,
    StoreFullError,
)
from services.executor.quota.refusals import Refused, error_of
from services.executor.quota.rules import QuotaRules
from services.executor.quota.run_meter import RunMeter
from services.executor.quota.windows import SECOND_US
from services.front.peers import Peer

logger = logging.getLogger(__name__)

T = TypeVar("T")

LEASE_S: Final = 15.0
RENEWED_S: Final = 4.0
FAILURES: Final = 3
"""So many calls in a row have to fail before the store counts as away."""
PAUSE_S: Final = 0.25
"""As long an absent store is left alone: each attempt may cost its whole timeout."""
ENDING_S: Final = 2.0
MOST_UNSETTLED: Final = 10_000
MOST_CALLERS: Final = 4096
RETRY_AFTER_S: Final = 1.0
AWAY: Final = (
    "The quotas cannot be checked now, and requests are refused as long as that is so "
    "(CAISSON_EXECUTOR_QUOTA_WHEN_AWAY). This is not your fault; try again."
)

FULL: Final = (
    "The executor has no room to count more callers and runs of your organisation. Wait until some "
    "of its runs have ended and its rates have recovered, or use fewer subjects."
)


@dataclass(frozen=True)
class WhenAway:
    """What happens while the store cannot be asked: all is allowed for ``open_s``, then nothing."""

    open_s: float = 0.0


class StoredQuotas:
    """Quotas that a store counts; ``start`` once, then ``close``.

    Args:
        rules: the quotas.
        store: counts.
        clock: seconds that never go back.
        when_away: what is allowed while the store is away.
        most: what the deployment allows each run, which bounds what a run reserves.
        lease_s: seconds after which a killed process's runs hold nothing more.
    """

    def __init__(
        self,
        rules: QuotaRules,
        store: QuotaStore,
        clock: Callable[[], float],
        when_away: WhenAway | None = None,
        most: DeploymentLimits | None = None,
        lease_s: float = LEASE_S,
    ) -> None:
        self.rules: Final = rules
        self._store = store
        self._clock = clock
        self._when_away = when_away or WhenAway()
        self._most = most or DeploymentLimits()
        self._lease_us = round(lease_s * SECOND_US)
        self._renewed_s = min(RENEWED_S, lease_s / 3)
        self._away_since: float | None = None
        self._next_try, self._failures = 0.0, 0
        self._was_refusing = False
        self._requests: dict[tuple[str, str], tuple[Charge, ...]] = {}
        self._refused: dict[tuple[str, str], Refused] = {}
        self._runs: set[RunMeter] = set()
        self._dirty: dict[RunMeter, None] = {}
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"StoredQuotas({self._store!r}, runs={len(self._runs)}, dirty={len(self._dirty)})"

    def start(self) -> None:
        """Begin to renew leases."""
        self._task = asyncio.create_task(self._keep_settling())

    async def close(self) -> None:
        """Settle what has ended, as far as that is quick, and close the store."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        try:
            async with asyncio.timeout(ENDING_S):
                while self._dirty and not self.is_away:
                    await self._settle_dirty()
        except TimeoutError:
            logger.warning("%d runs were not settled; their leases lapse", len(self._dirty))
        await self._store.close()

    def weight(self, client: Peer) -> float:
        """See ``Quotas.weight``."""
        return self.rules.weight(client.organisation) if isinstance(client, Client) else 1.0

    async def request(self, client: Client) -> None:
        """Count a request; see ``Quotas.request``."""
        caller = client.organisation, _key(client)
        charges = self._requests.get(caller)
        if charges is None:
            limits = self.rules.of_caller(*caller)
            charges = tuple(Charge(each) for each in limits if each.metric is Metric.REQUESTS)
            if len(self._requests) >= MOST_CALLERS:
                self._requests.clear()
            self._requests[caller] = charges
        if not charges:
            return
        if (refused := self._refused.get(caller)) is not None:
            if (known := refused.at(self._clock())) is not None:
                raise error_of(known)
            del self._refused[caller]
        refusal = await self._answered(Take(client.organisation, charges))
        if refusal is not None:
            if len(self._refused) >= MOST_CALLERS:
                self._refused.clear()
            self._refused[caller] = Refused(refusal, self._clock())
            raise error_of(refusal)

    async def begin(self, client: Client, run_id: str, limits: RunLimits) -> RunSpending:
        """Take what a new run needs; see ``Quotas.begin``."""
        whole = self.rules.of_caller(client.organisation, _key(client))
        found = tuple(each for each in whole if each.metric is not Metric.REQUESTS)
        if not found and not self.rules.limits_agents(client.organisation):
            return FREE
        run = RunMeter(self, client.organisation, run_id, self._reserve(limits))
        self._runs.add(run)
        if found:
            try:
                await run.take(found)
            except QuotaError:
                self._runs.discard(run)
                raise
            except BaseException:  # it may have been taken all the same
                run.end()
                raise
        return run

    def resume(self, client: Client, *, run_id: str, agent: str, used: TokenUsage) -> RunSpending:
        """Return what a run spends that goes on; see ``Quotas.resume``."""
        organisation = client.organisation
        found = self.rules.of_caller(organisation, _key(client))
        found += self.rules.of_agent(organisation, agent)
        found = tuple(each for each in found if each.metric is not Metric.REQUESTS)
        if not found:
            return FREE
        run = RunMeter(self, organisation, run_id, {}, used)
        run.limits = found
        self._runs.add(run)
        self.note(run)
        return run

    def limits_of_agent(self, organisation: str, agent: str) -> tuple[Limit, ...]:
        """Return the limits of an agent."""
        return self.rules.of_agent(organisation, agent)

    async def taken(self, run: RunMeter, limits: tuple[Limit, ...], *, more: bool) -> None:
        """Take what limits ask of a run; raises QuotaError, or QuotaStoreError."""
        charges = tuple(_charge(each, run.reserve) for each in limits)
        lease = Lease(run.run_id, self._lease_us)
        await self._taken(Take(run.organisation, charges, lease, more))

    async def settled(self, run: RunMeter) -> Refusal | None:
        """Settle what a run has used; raises StoreAwayError. Returns what is used up."""
        if not run.limits:  # its agent has none, either
            if run.has_ended:
                self._runs.discard(run)
            return None
        async with run.settling:
            ends, lease = run.has_ended, Lease(run.run_id, self._lease_us)
            ask = Settle(run.organisation, lease, run.totals(), run.limits, ends)
            settled = await self._asked(lambda: self._store.settle(ask))
            run.charged(ask.totals, settled.used)
            if ends:
                self._runs.discard(run)
        return settled.over

    def note(self, run: RunMeter) -> None:
        """Note that there is something to settle of a run, soon."""
        self._dirty[run] = None
        while len(self._dirty) > MOST_UNSETTLED:
            self.forget(next(iter(self._dirty)))
        self._something.set()

    def forget(self, run: RunMeter) -> None:
        """Settle nothing more of a run; its lease lapses unless another process renews it."""
        self._dirty.pop(run, None)
        self._runs.discard(run)

    @property
    def is_away(self) -> bool:
        """Whether the store could not be asked the last time."""
        return self._away_since is not None

    async def serves(self) -> bool:
        """Ask the store, and return whether requests are served: it answers, or all is allowed."""
        if self.is_away or not await self._store.answers():
            try:
                await self._asked(self._answer)
            except StoreAwayError:
                return self._is_open()
        return True

    async def _answer(self) -> None:
        if not await self._store.answers():
            raise StoreAwayError("the store does not answer")

    async def _taken(self, ask: Take) -> None:
        """Take something; raises QuotaError, or QuotaStoreError."""
        refusal = await self._answered(ask)
        if refusal is not None:
            asked = (each for each in ask.charges if each.limit is refusal.limit and each.reserved)
            raise error_of(refusal, sum(each.cost for each in asked))

    async def _answered(self, ask: Take) -> Refusal | None:
        """Take something, or return why not; raises QuotaStoreError."""
        try:
            answer = await self._asked(lambda: self._store.take(ask))
        except StoreAwayError:
            if self._is_open() or (not self.is_away and self._when_away.open_s):
                return None
            raise QuotaStoreError(AWAY, retry_after_s=RETRY_AFTER_S) from None
        except StoreFullError:  # nothing is wrong for other organisations
            raise QuotaStoreError(FULL, retry_after_s=RETRY_AFTER_S) from None
        return answer if isinstance(answer, Refusal) else None

    async def _asked(self, call: Callable[[], Awaitable[T]]) -> T:
        """Ask the store, unless it has just failed; raises StoreAwayError."""
        if self._clock() < self._next_try:
            raise StoreAwayError("the store is away")
        try:
            answer = await call()
        except StoreAwayError as error:
            self._note_away(error)
            raise
        self._failures = 0
        if self._away_since is not None:
            logger.warning("the store of quotas answers again")
            self._away_since, self._was_refusing = None, False
        return answer

    def _note_away(self, error: StoreAwayError) -> None:
        now = self._clock()
        self._failures += 1
        if self._failures < FAILURES:
            return
        self._next_try = now + PAUSE_S
        if self._away_since is None:
            self._away_since = now
            open_s = self._when_away.open_s
            does = f"all is allowed for {open_s:g} s" if open_s else "requests are refused"
            logger.warning("quotas cannot be checked: %s; %s", error, does)
        if not self._is_open() and not self._was_refusing:
            self._was_refusing = True
            if self._when_away.open_s:
                logger.warning("quotas still cannot be checked; requests are refused from now on")

    def _is_open(self) -> bool:
        since = self._away_since
        return since is not None and self._clock() < since + self._when_away.open_s

    def _reserve(self, asked: RunLimits) -> dict[Metric, int]:
        """Return what a run reserves: its budget if it has one, else what is configured."""
        most = self._most
        tokens_in = _lowest(asked.max_input_tokens, most.max_input_tokens)
        tokens_out = _lowest(asked.max_output_tokens, most.max_output_tokens)
        usd = _lowest(asked.max_cost_usd, most.max_cost_usd)
        both = tokens_in is not None and tokens_out is not None
        tokens = round((tokens_in or 0) + (tokens_out or 0)) if both else self.rules.tokens
        nano_usd = self.rules.nano_usd if usd is None else round(usd * 10**9)
        return {Metric.TOKENS: tokens, Metric.NANO_USD: nano_usd}

    async def _keep_settling(self) -> None:
        """Settle runs that have used something or ended, and renew all leases in time."""
        renewed = self._clock()
        while True:
            left_s = max(0.0, renewed + self._renewed_s - self._clock())
            try:
                async with asyncio.timeout(PAUSE_S if self._dirty else left_s):
                    await self._something.wait()
            except TimeoutError:
                pass
            self._something.clear()
            if self._clock() >= renewed + self._renewed_s:
                renewed = self._clock()
                self._dirty |= dict.fromkeys(self._runs)
            try:
                await self._settle_dirty()
            except Exception:  # a fault of ours must not let all leases lapse
                logger.exception("a run could not be settled")

    async def _settle_dirty(self) -> None:
        for run in list(self._dirty):
            self._dirty.pop(run, None)
            try:
                await self.settled(run)
            except StoreAwayError:
                self._dirty[run] = None
                return
            except asyncio.CancelledError:
                self._dirty[run] = None
                raise


def _key(client: Client) -> str:
    """Return whose key it is; none without an organisation, where connections are nobody's."""
    return client.connection if client.organisation else ""


def _charge(limit: Limit, reserve: dict[Metric, int]) -> Charge:
    """Return what a run takes of a limit when it begins."""
    if not isinstance(limit, Amount) or limit.metric is Metric.RUNS:
        return Charge(limit)
    # Of what cannot be known before, one is reserved: nothing begins where nothing is left.
    return Charge(limit, max(1, min(reserve.get(limit.metric, 1), limit.most)), reserved=True)


def _lowest(*limits: float | None) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)
