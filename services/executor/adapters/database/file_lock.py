"""Lets one process use the database's file at a time, by a lock that ends with the process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from services.executor.errors import SetupError

LOCK: Final = "caisson.lock"
PID_BYTES: Final = 32


class InUseError(SetupError):
    """Another process uses the file."""


def last_holder(folder: Path) -> int | None:
    """Return the process that holds the lock of a state directory, or held it last, if any."""
    try:
        with (folder / LOCK).open("rb") as file:
            holder = file.read(PID_BYTES)
    except OSError:
        return None
    return int(holder) if holder.strip().isdigit() else None


class FileLock:
    """A lock on a file, held until ``release``.

    Raises:
        InUseError: another process holds it.
        SetupError: the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SetupError(
                f"The state directory cannot be used: {error.strerror}. Make it writable for this "
                "user, or set CAISSON_EXECUTOR_STATE_DIR to another."
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._file, PID_BYTES).decode("ascii", "replace").strip()
            os.close(self._file)
            who = f"process {holder}" if holder.isdigit() else "another process"
            raise InUseError(
                f"The state directory is in use by an executor, {who}. Use that one "
                "(`--server`), set CAISSON_EXECUTOR_STATE_DIR to another directory, or let several "
                "executors share a PostgreSQL (CAISSON_EXECUTOR_DATABASE_URL)."
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def __repr__(self) -> str:
        return f"FileLock(held={self._file >= 0})"

    def release(self) -> None:
        """Release it; idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
