"""Writes what runs make to the journal: all that waits in one commit, and no commit for nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.executor.agent.ports import Clock
from services.executor.agent.task_ends import end_tasks
from services.executor.errors import LimitError
from services.executor.run_errors import DatabaseError
from services.executor.runs.ports import Journal
from services.executor.runs.rows import Entry, Written

PATIENCE_S = 10.0
FIRST_WAIT_S, MOST_WAIT_S = 0.02, 0.5

logger = logging.getLogger(__name__)


class OwnershipLostError(Exception):
    """A run is not this process's any more: nothing more of it may be shown, written or done."""


@dataclass(eq=False)
class _Waiting:
    owner: str
    tenant: str
    entry: Entry
    written: asyncio.Future[None]
    since_s: float


class CommitWatch(Protocol):
    """Is told of commits."""

    def committed(self, entries: int, waited_s: float, seconds: float, *, failed: bool) -> None:
        """A commit of ``entries`` took ``seconds``, after the first had waited ``waited_s``."""
        ...


class NoCommitWatch:
    """Hears nothing."""

    def committed(self, entries: int, waited_s: float, seconds: float, *, failed: bool) -> None:
        """Do nothing."""


NO_COMMIT_WATCH: Final = NoCommitWatch()


class JournalWriter:
    """Writes entries of all runs of a process.

    A commit begins when none is under way and something waits; all that waits is in it. No timer
    delays one, so that few runs wait for little, and many share what a commit costs.

    Args:
        journal: where they are recorded.
        clock: for the waits while the database does not answer.
        owns: whether an owner may still write; when not, its runs end here.
        commits: is told of commits.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        owns: Callable[[str], bool],
        commits: CommitWatch = NO_COMMIT_WATCH,
    ) -> None:
        self._commits = commits
        self._journal = journal
        self._clock = clock
        self._owns = owns
        self._waiting: list[_Waiting] = []
        self._work: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"JournalWriter(waiting={len(self._waiting)})"

    async def write(self, owner: str, tenant: str, entry: Entry) -> None:
        """Return once an entry is recorded. It may be recorded although this is cancelled.

        Raises as what ``begin`` returns.
        """
        await self.begin(owner, tenant, entry)

    def begin(self, owner: str, tenant: str, entry: Entry) -> asyncio.Future[None]:
        """Begin to record an entry; what is returned is done once it is recorded.

        Raises, when it is awaited:
            OwnershipLostError: the run is not this owner's any more.
            LimitError: its session has no room for what it said; nothing of the entry is recorded.
            DatabaseError: the database could not be used for a while.
        """
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        written.add_done_callback(_noticed)  # nobody may wait for it any more
        self._waiting.append(_Waiting(owner, tenant, entry, written, loop.time()))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._write_all())
        return written

    async def close(self) -> None:
        """End; what waits is not written."""
        if self._work is not None:
            await end_tasks(self._work)
        for each in self._waiting:
            _fail(each.written, OwnershipLostError(each.entry.run_id))

    async def _write_all(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            for owner in {each.owner for each in taken}:
                await self._write(owner, [each for each in taken if each.owner == owner])

    async def _write(self, owner: str, waiting: Sequence[_Waiting]) -> None:
        clock = asyncio.get_running_loop().time
        began_s, failed = clock(), True
        try:
            written = await self._written(owner, waiting)
            failed = False
        except DatabaseError as error:
            for each in waiting:
                _fail(each.written, error)
            return
        except BaseException as error:
            for each in waiting:
                _fail(each.written, OwnershipLostError())
            if not isinstance(error, asyncio.CancelledError):
                logger.exception("a commit failed")
            raise
        finally:
            waited_s, seconds = began_s - waiting[0].since_s, clock() - began_s
            self._commits.committed(len(waiting), waited_s, seconds, failed=failed)
        for each in waiting:
            run_id = each.entry.run_id
            if run_id in written.lost:
                _fail(each.written, OwnershipLostError(run_id))
            elif run_id in written.refused:
                _fail(each.written, LimitError(written.refused[run_id]))
            elif not each.written.done():
                each.written.set_result(None)

    async def _written(self, owner: str, waiting: Sequence[_Waiting]) -> Written:
        """Write entries, again and again for a while if the database does not take them.

        A commit whose answer was lost is not made twice: a run's next sequence is not expected any
        more then, which looks as if another had written.
        """
        entries = [each.entry for each in waiting]
        give_up = self._clock.monotonic() + PATIENCE_S
        wait_s, tries = FIRST_WAIT_S, 0
        while True:
            try:
                written = await self._journal.write(owner, entries)
            except DatabaseError as error:
                if not self._owns(owner):
                    return Written(lost=frozenset(each.run_id for each in entries))
                if self._clock.monotonic() >= give_up:
                    raise
                logger.warning("the journal did not take a commit, and is asked again: %s", error)
                await self._clock.sleep(wait_s)
                wait_s, tries = min(2 * wait_s, MOST_WAIT_S), tries + 1
                continue
            if not written.lost or not tries:
                return written
            return await self._without_committed(owner, waiting, written)

    async def _without_committed(
        self, owner: str, waiting: Sequence[_Waiting], written: Written
    ) -> Written:
        """Return what became of entries that may have been committed at an earlier try."""
        lost = set(written.lost)
        for each in waiting:
            if each.entry.run_id in lost and await self._has(owner, each.tenant, each.entry):
                lost.discard(each.entry.run_id)
        return Written(frozenset(lost), written.refused)

    async def _has(self, owner: str, tenant: str, entry: Entry) -> bool:
        try:
            row = await self._journal.run(entry.run_id, tenant)
        except DatabaseError:
            return False
        if row is None or row.epoch != entry.epoch:
            return False
        is_ours = row.owner == owner or entry.end is not None or entry.status is not None
        next_record = entry.first_record + len(entry.records)
        written = row.next_sequence == entry.first + len(entry.events)
        return is_ours and written and row.next_record == next_record


def _noticed(future: asyncio.Future[None]) -> None:
    if not future.cancelled():
        future.exception()


def _fail(future: asyncio.Future[None], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
