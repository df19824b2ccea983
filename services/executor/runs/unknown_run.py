"""The one sentence about a run that is not there."""

from __future__ import annotations

from services.executor.run_errors import UnknownRunError

MAX_SHOWN = 128


def unknown_run(run_id: str) -> UnknownRunError:
    """Return the error for a run that is not there."""
    return UnknownRunError(
        f'There is no run "{run_id[:MAX_SHOWN]}": it was never created here, was deleted, or ended '
        "too long ago. ListRuns (`caisson runs list`) lists the runs that are kept."
    )
