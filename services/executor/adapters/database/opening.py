"""Opens connections to SQLite and PostgreSQL."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import suppress
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from services.executor.adapters.database.schema import upgrade
from services.executor.errors import SetupError

BUSY_S = 10.0
LOG_BYTES = 16 * 1024 * 1024
SPARE_PAGES = 1024
VACUUMED_PAGES = 4096
SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
# A server that does not answer is noticed within some ten seconds.
WATCHED = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "caisson",
}

# Others wait longer for a lock than an executor may hold it that is frozen within a transaction.
LOCKS = ("SET idle_in_transaction_session_timeout = 5000", "SET lock_timeout = 8000")


class SqliteFile:
    """A SQLite file; in memory without a path, and then there is only one connection.

    ``place`` says where it is, for operators.

    Args:
        path: where it is; None in memory.
        read_only: whether it is opened beside its executor, by who may not even be able to write.
    """

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        self._read_only = read_only
        self.place = path.name if path else "memory"
        self._path = path
        self._engine = create_engine("sqlite+pysqlite://", creator=self._open, poolclass=NullPool)
        event.listen(self._engine, "begin", _begin)

    def __repr__(self) -> str:
        return f"SqliteFile({self._path and self._path.name})"

    def connect(self, *, writes: bool) -> Connection:
        """Return a connection; raises the driver's errors."""
        connection = self._engine.connect().execution_options(writes=writes)
        if not writes:
            _driver(connection).execute("PRAGMA query_only=ON")
        if self._path is None:
            with connection.begin():
                upgrade(connection)
        return connection

    def tidy(self, connection: Connection) -> None:
        """Return pages to the file system when many are free; the others are reused."""
        database = _driver(connection)
        free = database.execute("PRAGMA freelist_count").fetchone()[0]
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        if free > max(SPARE_PAGES, pages // 8):
            # A plain `execute` frees only one page.
            database.executescript(f"PRAGMA incremental_vacuum({VACUUMED_PAGES})")

    def cut(self, connection: Connection) -> None:
        """Stop the statement that is executed."""
        _driver(connection).interrupt()

    def _open(self) -> sqlite3.Connection:
        if self._read_only and self._path is not None:
            return sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=BUSY_S,
                isolation_level=None,
                check_same_thread=False,
            )
        if self._path is not None:
            self._path.touch(mode=0o600)
        database = sqlite3.connect(
            self._path or ":memory:", timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        for pragma in (
            "auto_vacuum=INCREMENTAL",
            "journal_mode=WAL",
            "synchronous=FULL",
            f"journal_size_limit={LOG_BYTES}",
        ):
            database.execute(f"PRAGMA {pragma}")
        return database


class PostgresServer:
    """A PostgreSQL, or what speaks its wire, at a URL.

    ``place`` is its host and name, without user and password, for operators.

    Raises:
        SetupError: it is none.
    """

    def __init__(self, url: str) -> None:
        self.url = _url(url)
        host, port = self.url.host or "local socket", self.url.port
        self.place = f"{host}{f':{port}' if port else ''}/{self.url.database or ''}"
        self._engine = _engine(self.url)

    def __repr__(self) -> str:
        return f"PostgresServer({self.url.host}, {self.url.database})"

    def connect(self, *, writes: bool) -> Connection:
        """Return a connection; raises the driver's errors."""
        connection = self._engine.connect()
        for setting in LOCKS:
            # What speaks PostgreSQL's wire may not know it.
            with suppress(DBAPIError), connection.begin():
                connection.exec_driver_sql(setting)
        return connection

    def tidy(self, connection: Connection) -> None:
        """Do nothing: the server does it by itself."""

    def cut(self, connection: Connection) -> None:
        """Shut the connection's socket: closing it is for the thread that uses it."""
        driver = connection.connection.driver_connection
        if isinstance(driver, psycopg.Connection) and not driver.closed:
            with socket.socket(fileno=os.dup(driver.fileno())) as shared, suppress(OSError):
                shared.shutdown(socket.SHUT_RDWR)


def _begin(connection: Connection) -> None:
    """Take the lock for writing at once: one that is taken later may be refused."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in SCHEMES:
        raise SetupError(
            "The database's URL is not understood. It begins with postgresql://, as in "
            "postgresql://user:password@host:5432/name."
        )
    return url.set(drivername="postgresql+psycopg")


def _engine(url: URL) -> Engine:
    watched = {name: value for name, value in WATCHED.items() if name not in url.query}
    try:
        return create_engine(
            url, poolclass=NullPool, pool_reset_on_return=None, connect_args=watched
        )
    except SQLAlchemyError as error:
        raise SetupError("The database's URL is not understood.") from error
