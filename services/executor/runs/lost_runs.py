"""Runs that this process has lost, and those that nobody can know of."""

from __future__ import annotations

import logging

from services.executor.run_errors import DatabaseError
from services.executor.runs.live_run import LiveRun
from services.executor.runs.rows import RunRow

logger = logging.getLogger(__name__)


def note_lost(run_id: str, live: LiveRun, error: Exception) -> None:
    """End what this process does for a run that it does not own any more."""
    if not live.created.done():
        live.created.set_exception(
            error if isinstance(error, DatabaseError) else DatabaseError(str(error))
        )
    if live.recorder is not None:
        live.spending.leave()
    logger.warning("run %s is not this process's any more: %s", run_id, str(error) or "taken over")


def was_never_seen(row: RunRow) -> bool:
    """Return whether nobody can know of a run: its client got no event, and cannot ask for it.

    That promises that it had no effects, and its client may have sent the request again.
    """
    new = row.new
    return row.next_sequence == 1 and not new.continues and not new.request_id
