"""What a database's errors mean, and sentences for them, without paths and passwords."""

from __future__ import annotations

import re
import sqlite3
from enum import Enum

import psycopg
from sqlalchemy.exc import DBAPIError

from services.executor.run_errors import DatabaseError


class Trouble(Enum):
    """What is wrong."""

    LOST = "cannot be reached. Try again once it answers; `caisson doctor` asks it"
    AGAIN = "is busy with what others write. Try again"
    FULL = "has no room left. Make room on its disk"
    READ_ONLY = "may only be read. It must be writable, and not a standby"
    BROKEN = "is damaged, or not a database of this executor. Restore it from a copy"
    REFUSED = "refuses what is to be written or read"


SQLITE = {
    sqlite3.SQLITE_BUSY: Trouble.AGAIN,
    sqlite3.SQLITE_LOCKED: Trouble.AGAIN,
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_IOERR: Trouble.FULL,  # what a disk quota and a file's largest size look like
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Trouble.LOST,
    sqlite3.SQLITE_CORRUPT: Trouble.BROKEN,
    sqlite3.SQLITE_NOTADB: Trouble.BROKEN,
}
# By the beginning of an SQLSTATE; 57P0x is a server that is stopped or begins.
POSTGRES = {
    "08": Trouble.LOST,
    "57P": Trouble.LOST,
    "53300": Trouble.LOST,
    "28": Trouble.LOST,
    "3D": Trouble.LOST,
    "40": Trouble.AGAIN,
    "55P03": Trouble.AGAIN,
    "53": Trouble.FULL,
    "25006": Trouble.READ_ONLY,
    "42501": Trouble.READ_ONLY,
    "XX001": Trouble.BROKEN,
}
# What stands before the reason in libpq's first line, such as "connection to server ... failed: ".
_BEFORE_WHY = re.compile(r"(?:failed|FATAL): +")
WHY_CHARACTERS = 200
DRIVERS = (sqlite3.Error, psycopg.Error, DBAPIError)


def cause_of(error: Exception) -> BaseException:
    """Return a driver's error, as it was before SQLAlchemy took it."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig
    return error


def code_of(error: Exception) -> str:
    """Return the database's own name of an error; empty if it gives none."""
    cause = cause_of(error)
    if isinstance(cause, psycopg.Error):
        return cause.sqlstate or ""
    if isinstance(cause, sqlite3.Error) and "sqlite_errorname" in vars(cause):
        return str(cause.sqlite_errorname)
    return ""


def trouble_of(error: Exception) -> Trouble:
    """Return what is wrong."""
    cause = cause_of(error)
    if isinstance(cause, sqlite3.Error):
        code = int(vars(cause).get("sqlite_errorcode", 0))
        return SQLITE.get(code & 0xFF, Trouble.REFUSED)
    if isinstance(cause, psycopg.Error):
        state = cause.sqlstate
        if state is None:
            lost = isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
            return Trouble.LOST if lost else Trouble.REFUSED
        found = (POSTGRES.get(state[:size]) for size in (5, 3, 2))
        return next((trouble for trouble in found if trouble is not None), Trouble.REFUSED)
    return Trouble.REFUSED


def is_conflict(error: Exception) -> bool:
    """Tell whether somebody else has written the same unique value first."""
    cause = cause_of(error)
    return isinstance(cause, psycopg.errors.UniqueViolation | sqlite3.IntegrityError)


def database_error(error: Exception) -> DatabaseError:
    """Return the error that clients see."""
    code = code_of(error)
    return DatabaseError(
        f"The database of runs and sessions {trouble_of(error).value}"
        f"{f' ({code})' if code else ''}."
    )


def connection_error(error: Exception, place: str) -> DatabaseError:
    """Return the error that operators see: where the database is, and why it cannot be reached.

    Args:
        error: the driver's.
        place: the database's host and name, without user and password.
    """
    cause = cause_of(error)
    if not isinstance(cause, psycopg.Error) or trouble_of(error) is not Trouble.LOST:
        return database_error(error)
    lines = [line.strip() for line in str(cause).splitlines()]
    first = next((line for line in lines if line and not line.endswith(":")), "no reason is given")
    why = _BEFORE_WHY.split(first)[-1][:WHY_CHARACTERS]
    return DatabaseError(
        f"The database of runs and sessions at {place} cannot be reached: {why}. "
        "CAISSON_EXECUTOR_DATABASE_URL says where it is."
    )
