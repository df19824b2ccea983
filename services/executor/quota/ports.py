"""Where quotas are counted, and what a run tells of its use."""

from __future__ import annotations

from typing import Final, Protocol

from services.executor.clients import Client
from services.executor.conversation import TokenUsage
from services.executor.events import Event
from services.executor.limits import RunLimits
from services.executor.quota.model import Refusal, Settle, Settled, Take, Taken
from services.front.peers import Peer


class StoreFullError(Exception):
    """There is no room to count for an organisation; the message says what is full."""


class StoreAwayError(Exception):
    """The store cannot be asked now; what was asked may have been done or not.

    The text is for the log: it holds no address, password or name of an organisation.
    """


class QuotaStore(Protocol):
    """Counts what organisations use; each call is one atomic step."""

    async def take(self, ask: Take) -> Taken | Refusal:
        """Take all that is asked for, or nothing; raises StoreAwayError, StoreFullError."""
        ...

    async def settle(self, ask: Settle) -> Settled:
        """Charge what a run has used, and renew or end its lease; raises StoreAwayError."""
        ...

    async def answers(self) -> bool:
        """Return whether it can be asked."""
        ...

    async def close(self) -> None:
        """Close its connections; idempotent."""
        ...


class RunSpending(Protocol):
    """What one run has reserved, and what it uses of that."""

    def bounded(self, limits: RunLimits) -> RunLimits:
        """Return a request's limits, lowered to the most that the run may cost."""
        ...

    async def of_agent(self, agent: str) -> None:
        """Take what the agent's own quotas ask for, once it is known which one runs.

        Raises:
            QuotaError: it is not there.
            QuotaStoreError: the store is away, and nothing is allowed then.
        """
        ...

    async def before_query(self, used: TokenUsage) -> None:
        """Settle what the run has used so far, before it queries a model.

        Raises:
            QuotaError: nothing is left, neither reserved nor free.
        """
        ...

    def saw(self, event: Event) -> None:
        """Note what an event of the run has used."""
        ...

    def note(self, used: TokenUsage) -> None:
        """Note what the run has used of models in all."""
        ...

    def end(self) -> None:
        """Give back what was reserved and not used, soon; later calls change nothing."""
        ...

    def leave(self) -> None:
        """Count no more of a run that another process has now, and keep what it holds."""
        ...


class FreeSpending:
    """A run for which nothing is limited."""

    def bounded(self, limits: RunLimits) -> RunLimits:
        """Return them as they are."""
        return limits

    async def of_agent(self, agent: str) -> None:
        """Take nothing."""

    async def before_query(self, used: TokenUsage) -> None:
        """Allow it."""

    def saw(self, event: Event) -> None:
        """Ignore it."""

    def note(self, used: TokenUsage) -> None:
        """Ignore it."""

    def end(self) -> None:
        """Do nothing."""

    def leave(self) -> None:
        """Do nothing."""


FREE: Final = FreeSpending()


class Quotas(Protocol):
    """Decides about requests and runs; ``start`` once, then ``close``."""

    def start(self) -> None:
        """Begin to renew what runs hold."""
        ...

    async def close(self) -> None:
        """Settle what has ended, as far as that is quick."""
        ...

    async def serves(self) -> bool:
        """Return whether requests are served: quotas can be checked, or need not be."""
        ...

    def weight(self, client: Peer) -> float:
        """Return how much larger the share of a client's organisation is than that of others."""
        ...

    async def request(self, client: Client) -> None:
        """Count a request; raises QuotaError, or QuotaStoreError."""
        ...

    async def begin(self, client: Client, run_id: str, limits: RunLimits) -> RunSpending:
        """Take what a new run needs; raises QuotaError, or QuotaStoreError.

        The caller has to ``end`` it.
        """
        ...

    def resume(self, client: Client, *, run_id: str, agent: str, used: TokenUsage) -> RunSpending:
        """Return what a run spends that goes on, and has ``used`` something; never refuses it."""
        ...


class NoQuotas:
    """Nothing is limited."""

    def start(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    async def serves(self) -> bool:
        """Return True."""
        return True

    def weight(self, client: Peer) -> float:
        """Return 1."""
        return 1.0

    async def request(self, client: Client) -> None:
        """Allow it."""

    async def begin(self, client: Client, run_id: str, limits: RunLimits) -> RunSpending:
        """Allow it."""
        return FREE

    def resume(self, client: Client, *, run_id: str, agent: str, used: TokenUsage) -> RunSpending:
        """Allow it."""
        return FREE


NO_QUOTAS: Final[Quotas] = NoQuotas()
