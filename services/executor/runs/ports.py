"""What runs need of a database: the journal. ``memory.py`` has one for one process.

Every method is one transaction. Cancelling a task that awaits one does not undo it: what was begun
is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.executor.egress.version_reach import PinnedVersion
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


class Creation(Enum):
    """What became of a request to create a run."""

    NEW = "new"
    JOINED = "joined"
    """The same request has this run already."""
    OTHER_REQUEST = "other-request"
    """Another request has its ``request_id``."""
    SESSION_BUSY = "session-busy"
    """Another run of its session goes on, and the policy is REJECT."""
    QUEUE_FULL = "queue-full"
    """Too many runs of its session wait already."""


@dataclass(frozen=True)
class Created:
    """What became of it, with the new run or the one that it joins; None where it is refused."""

    creation: Creation
    row: RunRow | None = None


class Answered(Enum):
    """What became of an answer to an input."""

    ACCEPTED = "accepted"
    AGAIN = "again"
    """The same answer, under the same request id, was there already."""
    ANSWERED = "answered"
    """It has another answer."""
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Versions(Protocol):
    """Knows what deployed versions may reach."""

    async def pinned(self, organisation: str, deployed: str) -> PinnedVersion:
        """Return the version that a run is on, such as "weather@3"; raises ExecutorError."""
        ...


class Journal(Protocol):
    """Records runs. Raises DatabaseError where the database cannot be used.

    A run has one owner at a time, an executor's boot id, and a write of anybody else does nothing.
    """

    async def create(self, new: NewRun, owner: str) -> Created:
        """Record a run that ``owner`` begins, with epoch 1 and no events.

        It is RUNNING, or QUEUED behind the other runs of its session that have not ended: at the
        end, or for INTERRUPT at the front, and then the run whose turn it is is to be stopped.
        Where it is refused, nothing is recorded.
        """
        ...

    async def take_turn(self, owner: str, run_id: str, epoch: int) -> int:
        """Return how many runs of its session must end before a run; 0 makes it RUNNING.

        A WAITING run keeps its turn. -1: ``owner`` does not own the run any more.
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

    async def program_of(self, organisation: str, digest: str) -> bytes | None:
        """Return a bundle if a run of that tenant has it; see ``RecordedBundles``."""
        ...

    async def beat(self, owner: str) -> None:
        """Note that an executor is alive, on the database's clock."""
        ...

    async def claim(self, owner: str, lease_s: float, most: int) -> Sequence[RunRow]:
        """Take over up to ``most`` runs that nobody has, or whose owner has not beaten for a lease.

        Each then is RUNNING, or QUEUED if it was, is this owner's, and has the next epoch. WAITING
        runs whose input has expired are taken, too. Two executors never take the same. An owner
        that has not beaten is taken for dead.
        """
        ...

    async def leave(self, owner: str) -> None:
        """Note that an executor has ended: what it still owns may be claimed at once."""
        ...

    async def owned(self, owner: str) -> Sequence[str]:
        """Return the ids of the QUEUED and RUNNING runs that an executor has."""
        ...

    async def free(self, owner: str, run_ids: Sequence[str]) -> None:
        """Take QUEUED and RUNNING runs from an executor, so that any executor claims them."""
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
