"""What runs need of a database: the journal. ``memory.py`` has one for one process.

Every method is one transaction. Cancelling a task that awaits one does not undo it: what was begun
is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.executor.runs.rows import (
    Entry,
    EventChunk,
    InputRow,
    NewRun,
    Record,
    RunFilter,
    RunRow,
    Written,
)


@dataclass(frozen=True)
class Created:
    """A run that was created, or the one that its request joins.

    ``others`` is whether another request has its ``request_id``: then ``row`` is that one's.
    """

    row: RunRow
    is_new: bool
    others: bool = False


class Answered(Enum):
    """What became of an answer to an input."""

    ACCEPTED = "accepted"
    AGAIN = "again"
    """The same answer, under the same request id, was there already."""
    ANSWERED = "answered"
    """It has another answer."""
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Journal(Protocol):
    """Records runs. Raises DatabaseError where the database cannot be used.

    A run has one owner at a time, an executor's boot id, and a write of anybody else does nothing.
    """

    async def create(self, new: NewRun, owner: str) -> Created:
        """Record a run that ``owner`` begins, RUNNING, with epoch 1 and no events.

        With a ``request_id`` that the tenant has used, nothing is recorded.
        """
        ...

    async def write(self, owner: str, entries: Sequence[Entry]) -> Written:
        """Add entries of several runs, all in one commit."""
        ...

    async def run(self, run_id: str, tenant: str) -> RunRow | None:
        """Return a run."""
        ...

    async def runs(self, wanted: RunFilter, most: int) -> Sequence[RunRow]:
        """Return up to ``most`` runs, the latest first."""
        ...

    async def events(self, run_id: str, after: int, most_bytes: int) -> Sequence[EventChunk]:
        """Return recorded events after a sequence, some more or less than ``most_bytes``."""
        ...

    async def records(self, run_id: str, kind: str = "") -> Sequence[Record]:
        """Return the records of a run in their order, those of one kind if it is given."""
        ...

    async def request_cancel(self, run_id: str, tenant: str, cause: str) -> RunRow | None:
        """Note that a run is to be stopped, unless it has ended or is to be already.

        A WAITING run becomes READY, so that an executor ends it. Returns it as it is then.
        """
        ...

    async def delete(self, run_id: str, tenant: str) -> bool:
        """Delete a run that has ended; return whether it was there, and has ended."""
        ...

    async def expire(self, before_ns: int, most: int) -> int:
        """Delete runs that ended before a time, and return how many, at most ``most``."""
        ...

    async def inputs(
        self, tenant: str, run_id: str, resource_id: str | None, after: str, most: int
    ) -> Sequence[InputRow]:
        """Return inputs that are waited for, the oldest first, after the one of id ``after``."""
        ...

    async def answers(self, run_id: str) -> Sequence[InputRow]:
        """Return all inputs of a run, answered or not."""
        ...

    async def answer(
        self, run_id: str, tenant: str, input_id: str, request_id: str, answer: bytes
    ) -> Answered:
        """Answer an input once; when a WAITING run has all its answers it becomes READY."""
        ...

    async def keep_program(self, digest: str, source: bytes) -> None:
        """Keep a bundle by its digest; whoever goes on with a run needs it."""
        ...

    async def program(self, digest: str) -> bytes | None:
        """Return a bundle."""
        ...

    async def beat(self, owner: str) -> None:
        """Note that an executor is alive, on the database's clock."""
        ...

    async def claim(self, owner: str, lease_s: float, most: int) -> Sequence[RunRow]:
        """Take over up to ``most`` runs that nobody has, or whose owner has not beaten for a lease.

        Each then is RUNNING, is this owner's, and has the next epoch. WAITING runs whose input has
        expired are taken, too. Two executors never take the same.
        """
        ...

    async def leave(self, owner: str) -> None:
        """Note that an executor has ended: what it still owns may be claimed at once."""
        ...

    async def cancels(self, owner: str) -> Sequence[tuple[str, str]]:
        """Return the owned runs that are to be stopped, and why."""
        ...

    def watch(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call ``changed`` with the id of a run that others may have changed, as a hint.

        Returns what ends this. Hints may be lost, and come for nothing.
        """
        ...

    async def close(self) -> None:
        """Close the database; idempotent."""
        ...
