"""What one run uses of its quotas."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final, Protocol

from services.executor.access_errors import QuotaError
from services.executor.conversation import TokenUsage
from services.executor.events import Event, ToolRequest, ToolUsage
from services.executor.limits import RunLimits
from services.executor.quota.model import MOST_AMOUNT, Amount, Limit, Metric, Refusal, Total
from services.executor.quota.ports import StoreAwayError
from services.executor.quota.refusals import error_of

NANO: Final = 10**9
UNRECORDED: Final = (Metric.FUEL, Metric.EGRESS_BYTES)
"""What is not in the journal: how much of it a process before has charged, only the store knows."""
COUNTED: Final = (Metric.TOKENS, Metric.NANO_USD, Metric.FUEL, Metric.EGRESS_BYTES)


class Desk(Protocol):
    """Takes and settles for runs; ``StoredQuotas`` does."""

    def limits_of_agent(self, organisation: str, agent: str) -> tuple[Limit, ...]:
        """Return the limits of an agent."""
        ...

    async def taken(self, run: RunMeter, limits: tuple[Limit, ...], *, more: bool) -> None:
        """Take what limits ask of a run; raises QuotaError, or QuotaStoreError."""
        ...

    async def settled(self, run: RunMeter) -> Refusal | None:
        """Settle what a run has used, and return what is used up; raises StoreAwayError."""
        ...

    def note(self, run: RunMeter) -> None:
        """Note that there is something to settle of a run, soon."""
        ...

    def forget(self, run: RunMeter) -> None:
        """Settle nothing more of a run."""
        ...


class RunMeter:
    """The spending of one run; see ``RunSpending``.

    Args:
        desk: takes and settles.
        organisation: whose run it is.
        run_id: its id.
        reserve: what it reserves.
        used: what it had used before it was resumed, which is charged already; None for a new run.
    """

    def __init__(
        self,
        desk: Desk,
        organisation: str,
        run_id: str,
        reserve: dict[Metric, int],
        used: TokenUsage | None = None,
    ) -> None:
        self._desk = desk
        self.organisation: Final = organisation
        self.run_id: Final = run_id
        self.reserve: Final = reserve
        self.limits: tuple[Limit, ...] = ()
        self.has_ended = False
        # What this process knows to be charged, and what the run has used in all.
        self._known = dict.fromkeys(COUNTED, 0) | _of(used or TokenUsage())
        self._used = dict(self._known)
        # A process before may have charged fuel and bytes; the first answer tells how much.
        self._is_new = used is None
        self.settling: Final = asyncio.Lock()

    def __repr__(self) -> str:
        return f"RunMeter({self.run_id}, limits={len(self.limits)}, ended={self.has_ended})"

    async def take(self, limits: tuple[Limit, ...]) -> None:
        """Take what limits ask of the run; raises QuotaError, or QuotaStoreError."""
        try:
            await self._desk.taken(self, limits, more=bool(self.limits))
        except QuotaError:
            raise
        except BaseException:  # it may have been taken all the same, and the end gives it back
            self.limits += limits
            raise
        self.limits += limits

    def bounded(self, limits: RunLimits) -> RunLimits:
        """Lower a request's limits; see ``RunSpending.bounded``.

        With that, a model whose price is unknown is refused before it costs anything.
        """
        amounts = [each for each in self.limits if isinstance(each, Amount)]
        usd = [each.most / NANO for each in amounts if each.metric is Metric.NANO_USD]
        if not usd:
            return limits
        own = limits.max_cost_usd
        return replace(limits, max_cost_usd=min(usd if own is None else [*usd, own]))

    async def of_agent(self, agent: str) -> None:
        """Take what the agent's quotas ask for; see ``RunSpending.of_agent``."""
        limits = self._desk.limits_of_agent(self.organisation, agent)
        if limits:
            await self.take(limits)

    async def before_query(self, used: TokenUsage) -> None:
        """Settle what the run has used so far; see ``RunSpending.before_query``.

        While the store is away, runs that were allowed to begin go on.
        """
        self.note(used)
        try:
            over = await self._desk.settled(self)
        except StoreAwayError:
            self._desk.note(self)
            return
        if over is not None:
            raise error_of(over, running=True)

    def saw(self, event: Event) -> None:
        """Note what an event has used: the fuel of a call, the bytes of a request."""
        if isinstance(event, ToolUsage):
            self._add(Metric.FUEL, event.usage.fuel)
        elif isinstance(event, ToolRequest):
            self._add(Metric.EGRESS_BYTES, event.request_bytes + event.response_bytes)

    def note(self, used: TokenUsage) -> None:
        """Note what the run has used of models; see ``RunSpending.note``."""
        for metric, amount in _of(used).items():
            self._used[metric] = max(self._used[metric], amount)

    def end(self) -> None:
        """Give back the rest; see ``RunSpending.end``."""
        if not self.has_ended:
            self.has_ended = True
            self._desk.note(self)

    def leave(self) -> None:
        """Count no more; see ``RunSpending.leave``."""
        self.has_ended = True
        self._desk.forget(self)

    def totals(self) -> tuple[Total, ...]:
        """Return what the run has used of each thing that is limited."""
        limited = {limit.metric for limit in self.limits if isinstance(limit, Amount)}
        return tuple(
            Total(metric, self._total(metric), self._known[metric])
            for metric in COUNTED
            if metric in limited
        )

    def _total(self, metric: Metric) -> int:
        if not self._is_new and metric in UNRECORDED:
            return 0
        return min(self._used[metric], MOST_AMOUNT)

    def charged(self, asked: tuple[Total, ...], used: tuple[int, ...]) -> None:
        """Note what is charged now."""
        for total, now in zip(asked, used, strict=True):
            self._known[total.metric] = now
            if not self._is_new and total.metric in UNRECORDED:
                self._used[total.metric] += now
        self._is_new = True

    def _add(self, metric: Metric, amount: int) -> None:
        if amount > 0 and any(limit.metric is metric for limit in self.limits):
            self._used[metric] += amount
            self._desk.note(self)


def _of(used: TokenUsage) -> dict[Metric, int]:
    return {
        Metric.TOKENS: used.input_tokens + used.output_tokens,
        Metric.NANO_USD: round((used.cost_usd or 0.0) * NANO),
    }
