"""How often a run was claimed without getting any further: it may be what ends its executors.

Each claim is recorded before anything else of the run is read or done, and so is the first progress
after it. A run that others share a process with is lost with it as well, so that those which were
claimed in vain some times are tried one at a time: only the one that is tried is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from services.executor.agent.state import RunState
from services.executor.run_errors import NotResumableError, SealedError, without_key
from services.executor.runs.ports import Journal
from services.executor.runs.rows import Record, RunRow

CLAIM: Final = "claim"
CLAIMED: Final = Record(CLAIM, b"claimed")
WENT_ON: Final = Record(CLAIM, b"went on")
MOST_IN_VAIN: Final = 5
SUSPECT: Final = 3
TRIAL_S: Final = 2.0


async def claims_in_vain(journal: Journal, row: RunRow) -> int:
    """Return how often a run was claimed since it last got further, this time not included.

    Raises:
        NotResumableError: its records cannot be decrypted.
        DatabaseError: the database cannot be used.
    """
    try:
        records = await journal.records(row.new.run_id, CLAIM)
    except SealedError as error:
        raise without_key(row.new.run_id, error) from None
    return _in_vain(records)


def _in_vain(records: Sequence[Record]) -> int:
    since = 0
    for record in records:
        since = 0 if record.data == WENT_ON.data else since + 1
    return since


def given_up(run_id: str, in_vain: int) -> NotResumableError:
    """Return the error of a run that is not tried again."""
    return NotResumableError(
        f"The run {run_id} is given up: {in_vain} executors went on with it, and each ended before "
        "the run got any further. See their logs for why they ended; then start the run anew."
    )


def place_of(state: RunState | None) -> tuple[int, ...]:
    """Return how far a run has got; it is greater after any progress."""
    if state is None:
        return ()
    answered = sum(item.answer is not None for item in state.pending)
    return state.step, len(state.said), len(state.handed), answered


class Trial:
    """The turn of a run that may end this process, among all such runs of it.

    Args:
        lock: is held by the run that is tried.
    """

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._limit: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"Trial(held={self._limit is not None})"

    async def begin(self) -> None:
        """Wait for the turn, and hold it until ``end``, but no longer than ``TRIAL_S``."""
        await self._lock.acquire()
        self._limit = asyncio.get_running_loop().call_later(TRIAL_S, self.end)

    def end(self) -> None:
        """Give the turn to the next; idempotent."""
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
            self._lock.release()
