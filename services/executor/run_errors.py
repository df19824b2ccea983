"""The errors of what is recorded of runs; ``errors`` has their place among the others."""

from __future__ import annotations

from services.executor.errors import ExecutorError, RequestError


class UnknownRunError(RequestError):
    """There is no run of this id."""

    reason = "RUN_NOT_FOUND"


class RunActiveError(RequestError):
    """The run has not ended."""

    reason = "RUN_ACTIVE"


class EventsGoneError(RequestError):
    """These events of a run are no longer kept."""

    reason = "EVENTS_GONE"


class UnknownInputError(RequestError):
    """The run waits for no such input."""

    reason = "INPUT_NOT_FOUND"


class InputClosedError(RequestError):
    """The input has another answer already, or nobody answered in time."""

    reason = "INPUT_CLOSED"


class DatabaseError(ExecutorError):
    """The database of runs cannot be reached, or refuses to write; retry."""

    reason = "DATABASE_UNAVAILABLE"


class SealedError(DatabaseError):
    """Encrypted bytes cannot be read: their key is not set, or they are not what was written."""


class NotResumableError(ExecutorError):
    """A run cannot go on from what is recorded of it."""

    reason = "RUN_NOT_RESUMABLE"


def without_key(run_id: str, error: SealedError) -> NotResumableError:
    """Return why a run does not go on: its records cannot be decrypted, and no later try can."""
    return NotResumableError(f"The run {run_id} cannot go on. {error.message}")
