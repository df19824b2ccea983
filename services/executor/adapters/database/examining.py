"""What an operator asks of a PostgreSQL: its version, its tables, its clock, whether it writes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, text

from services.executor.adapters.database.database import State
from services.executor.adapters.database.opening import PostgresServer
from services.executor.adapters.database.schema import revision_of
from services.executor.adapters.database.session_room import ALL, HOLD
from services.executor.adapters.database.trouble import DRIVERS, connection_error, database_error
from services.executor.run_errors import DatabaseError

VERSION_CHARACTERS = 60


@dataclass(frozen=True)
class Examined:
    """What a database says of itself.

    Attributes:
        place: its host and name, without user and password.
        version: what it calls itself.
        state: the revision of its tables.
        ahead_s: how many seconds its clock is ahead of this machine's.
        refusal: why it cannot be written to; empty if it can.
    """

    place: str
    version: str
    state: State
    ahead_s: float
    refusal: str = ""


def examine(url: str) -> Examined:
    """Ask a PostgreSQL; nothing is left in it.

    Raises:
        SetupError: the URL is none.
        DatabaseError: it cannot be reached.
    """
    server = PostgresServer(url)
    try:
        with server.connect(writes=True) as connection:
            version = str(connection.execute(text("SELECT version()")).scalar())
            before = time.time()
            now = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar()
            ahead_s = float(now or 0.0) - (before + time.time()) / 2
            revision = revision_of(connection)
            connection.rollback()
            refusal = _refusal(connection, has_tables=bool(revision))
    except DRIVERS as error:
        raise connection_error(error, server.place) from error
    return Examined(server.place, version[:VERSION_CHARACTERS], State(revision), ahead_s, refusal)


def _refusal(connection: Connection, *, has_tables: bool) -> str:
    """Write something and take it back; return why that is refused."""
    try:
        if has_tables:
            connection.execute(HOLD, {"host": ALL, "change": 0})
        else:
            connection.execute(text("CREATE TABLE caisson_probe (number integer)"))
    except DRIVERS as error:
        found: DatabaseError = database_error(error)
        return found.message
    finally:
        connection.rollback()
    return ""
