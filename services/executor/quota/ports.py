"""Where quotas are counted."""

from __future__ import annotations

from typing import Protocol

from services.executor.quota.model import Refusal, Settle, Settled, Take, Taken


class StoreAwayError(Exception):
    """The store cannot be asked now; what was asked may have been done or not.

    The text is for the log: it holds no address, password or name of an organisation.
    """


class QuotaStore(Protocol):
    """Counts what organisations use; each call is one atomic step."""

    async def take(self, ask: Take) -> Taken | Refusal:
        """Take all that is asked for, or nothing; raises StoreAwayError."""
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
