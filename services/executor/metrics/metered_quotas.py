"""Quotas as they are, whose runs and refusals are counted as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from services.executor.access_errors import QuotaError, QuotaStoreError
from services.executor.clients import Client
from services.executor.conversation import TokenUsage
from services.executor.events import Event
from services.executor.limits import RunLimits
from services.executor.metrics.run_meters import STATES, RunMeter
from services.executor.metrics.run_series import RunSeries
from services.executor.quota.ports import Quotas, RunSpending
from services.front.peers import Peer
from services.telemetry.metrics.meters import Meters

AWAY = "store_away"


class MeteredQuotas:
    """``Quotas`` that count runs and refusals; see that for the methods.

    Args:
        inner: decides.
        meters: of the server.
        names: how many models, agents and tools have a label each.
        organisations: how many organisations have.
    """

    def __init__(self, inner: Quotas, meters: Meters, names: int, organisations: int) -> None:
        self._inner = inner
        self._states = Counter(dict.fromkeys(STATES, 0))
        self.series = RunSeries(meters, self._states, names, organisations)
        self._refusals = meters.counter(
            "quota_refusals", "Requests and runs refused or stopped by a quota.", "metric"
        )

    def __repr__(self) -> str:
        return f"MeteredQuotas({self._inner!r}, {dict(self._states)})"

    def start(self) -> None:
        """See ``Quotas.start``."""
        self._inner.start()

    async def close(self) -> None:
        """See ``Quotas.close``."""
        await self._inner.close()

    async def serves(self) -> bool:
        """See ``Quotas.serves``."""
        return await self._inner.serves()

    def weight(self, client: Peer) -> float:
        """See ``Quotas.weight``."""
        return self._inner.weight(client)

    async def request(self, client: Client) -> None:
        """Count a request, and its refusal; see ``Quotas.request``."""
        with self.refusals():
            await self._inner.request(client)

    async def begin(self, client: Client, run_id: str, limits: RunLimits) -> RunSpending:
        """Begin to count a run; see ``Quotas.begin``."""
        with self.refusals():
            spending = await self._inner.begin(client, run_id, limits)
        return self._metered(spending, client, resumed=False)

    def resume(self, client: Client, *, run_id: str, agent: str, used: TokenUsage) -> RunSpending:
        """Go on to count a run; see ``Quotas.resume``."""
        spending = self._inner.resume(client, run_id=run_id, agent=agent, used=used)
        return self._metered(spending, client, resumed=True)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Count what is refused inside; raises it."""
        try:
            yield
        except QuotaError as error:
            self._refusals.labels(error.metric).inc()
            raise
        except QuotaStoreError:
            self._refusals.labels(AWAY).inc()
            raise

    def _metered(self, spending: RunSpending, client: Client, *, resumed: bool) -> RunSpending:
        run = RunMeter(self.series, self._states, client.organisation, resumed=resumed)
        return MeteredSpending(spending, run, self)


class MeteredSpending:
    """The spending of one run, whose events are counted; see ``RunSpending``."""

    def __init__(self, inner: RunSpending, run: RunMeter, quotas: MeteredQuotas) -> None:
        self._inner = inner
        self._run = run
        self._quotas = quotas

    def __repr__(self) -> str:
        return f"MeteredSpending({self._inner!r}, {self._run!r})"

    def bounded(self, limits: RunLimits) -> RunLimits:
        """See ``RunSpending.bounded``."""
        return self._inner.bounded(limits)

    async def of_agent(self, agent: str) -> None:
        """See ``RunSpending.of_agent``."""
        with self._quotas.refusals():
            await self._inner.of_agent(agent)

    async def before_query(self, used: TokenUsage) -> None:
        """See ``RunSpending.before_query``."""
        with self._quotas.refusals():
            await self._inner.before_query(used)

    def saw(self, event: Event) -> None:
        """Note an event, and count it."""
        self._inner.saw(event)
        self._run.saw(event)

    def note(self, used: TokenUsage) -> None:
        """See ``RunSpending.note``."""
        self._inner.note(used)

    def end(self) -> None:
        """The run is over, or another process has it: it is active here no more."""
        self._inner.end()
        self._run.end()

    def leave(self) -> None:
        """See ``RunSpending.leave``."""
        self._inner.leave()
        self._run.end()
