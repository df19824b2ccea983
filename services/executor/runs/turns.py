"""A run's turn in its session, which the journal gives: one run at a time over all executors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from services.executor.run_errors import DatabaseError
from services.executor.runs.ports import Journal
from services.executor.runs.rows import RunRow

POLL_S = 1.0

logger = logging.getLogger(__name__)


async def asked_turn(journal: Journal, owner: str, row: RunRow) -> JournalTurn:
    """Return the turn of a run that was created or claimed; ``owner`` is its boot id.

    Raises:
        DatabaseError: the database cannot be used, or the run is not this process's any more.
    """
    turn = JournalTurn(journal, owner, row)
    await turn.ask()
    return turn


class JournalTurn:
    """A recorded run's place in its session's queue: ``async with`` waits for its turn.

    Leaving it does nothing: the run's last entry gives the turn on, whoever writes it.
    """

    def __init__(self, journal: Journal, owner: str, row: RunRow) -> None:
        self._journal = journal
        self._owner = owner
        self._run_id = row.new.run_id
        self._epoch = row.epoch
        self._ahead = 0

    def __repr__(self) -> str:
        return f"JournalTurn({self._run_id}, ahead={self._ahead})"

    @property
    def ahead(self) -> int:
        """How many runs had to end before this one when this was last asked."""
        return self._ahead

    async def ask(self) -> int:
        """Return how many runs must end before this one; 0: it has the turn, and is RUNNING.

        Raises:
            DatabaseError: the database cannot be used, or the run is not this process's any more.
        """
        ahead = await self._journal.take_turn(self._owner, self._run_id, self._epoch)
        if ahead < 0:
            raise self._taken_over()
        self._ahead = ahead
        return ahead

    async def __aenter__(self) -> None:
        """Wait for the turn, which is asked for on hints and every second.

        A database that cannot be used is asked again: the run's limit of time bounds this.
        Cancelling it leaves the run in the queue, until its end is written.

        Raises:
            DatabaseError: the run is not this process's any more.
        """
        hint = asyncio.Event()
        end = self._journal.watch(_setter(hint, self._run_id))
        try:
            while await self._must_wait():
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await hint.wait()
                hint.clear()
        finally:
            end()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing."""

    async def _must_wait(self) -> bool:
        try:
            ahead = await self._journal.take_turn(self._owner, self._run_id, self._epoch)
        except DatabaseError as error:
            logger.warning("run %s cannot ask for its turn: %s", self._run_id, error)
            return True
        if ahead < 0:
            raise self._taken_over()
        self._ahead = ahead
        return ahead > 0

    def _taken_over(self) -> DatabaseError:
        return DatabaseError(f"Another executor has taken over the run {self._run_id}.")


def _setter(event: asyncio.Event, run_id: str) -> Callable[[str], None]:
    def changed(which: str) -> None:
        if which == run_id:
            event.set()

    return changed
