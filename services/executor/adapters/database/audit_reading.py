"""Reads the audit trail for operators, beside the executors that write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from services.executor.adapters.database.audit import ends_of, rows_of
from services.executor.adapters.database.audit_tables import AUDIT
from services.executor.adapters.database.database import FILE
from services.executor.adapters.database.opening import PostgresServer, SqliteFile
from services.executor.adapters.database.schema import HEAD, revision_of
from services.executor.adapters.database.trouble import DRIVERS, connection_error
from services.executor.audit.chain import AuditRow, Ends, Link, faults
from services.executor.errors import SetupError

MOST_FAULTS: Final = 100


@dataclass(frozen=True)
class AuditFilter:
    """Which rows to show; None and empty ask for all."""

    organisation: str | None = None
    action: str = ""
    target: str = ""
    before: int | None = None


@dataclass(frozen=True)
class Verified:
    """What became of the check of a chain: its ends, how many rows, and what is wrong."""

    ends: Ends
    rows: int
    faults: tuple[str, ...]


def latest(place: Path | str, wanted: AuditFilter, most: int) -> list[AuditRow]:
    """Return rows, the latest first; raises SetupError and DatabaseError."""
    asked = select(AUDIT)
    if wanted.organisation is not None:
        asked = asked.where(AUDIT.c.organisation == wanted.organisation)
    if wanted.action:
        asked = asked.where(AUDIT.c.action == wanted.action)
    if wanted.before is not None:
        asked = asked.where(AUDIT.c.number < wanted.before)
    if wanted.target:
        asked = asked.where(AUDIT.c.text.contains(f'"target":"{wanted.target}"', autoescape=True))
    asked = asked.order_by(AUDIT.c.number.desc()).limit(most)
    with _reading(place) as connection:
        return [AuditRow(**row._mapping) for row in connection.execute(asked)]


def verified(place: Path | str, noted: Link | None = None) -> Verified:
    """Check the whole chain; raises SetupError and DatabaseError."""
    count = 0

    def counted(rows: Iterator[AuditRow]) -> Iterator[AuditRow]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with _reading(place) as connection:
        ends = ends_of(connection)
        found: list[str] = []
        for fault in faults(counted(rows_of(connection)), ends, noted):
            if len(found) < MOST_FAULTS:
                found.append(fault)
        return Verified(ends, count, tuple(found))


def exported(
    place: Path | str, organisation: str | None, write: Callable[[AuditRow], None]
) -> None:
    """Call ``write`` with all rows, the oldest first; raises SetupError and DatabaseError."""

    def narrowed(asked: Any) -> Any:
        return asked if organisation is None else asked.where(AUDIT.c.organisation == organisation)

    with _reading(place) as connection:
        for row in rows_of(connection, narrowed):
            write(row)


@contextmanager
def _reading(place: Path | str) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is now, until the end."""
    opens: SqliteFile | PostgresServer
    if isinstance(place, str):
        opens = PostgresServer(place)
    elif (place / FILE).is_file():
        opens = SqliteFile(place / FILE, read_only=True)
    else:
        raise SetupError("There is no database in the state directory: no executor has run yet.")
    try:
        with opens.connect(writes=False) as connection:
            if isinstance(opens, PostgresServer):
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                current = revision_of(connection)
                if current != HEAD:
                    raise SetupError(
                        f"The database has revision {current or 'none'}, and this version of "
                        f"Caisson reads {HEAD}. An executor brings it up to date when it starts."
                    )
                yield connection
    except DRIVERS as error:
        raise connection_error(error, opens.place) from error
