"""A real PostgreSQL for tests: a server of their own on loopback, and a database for each test.

Everything here blocks. A test on an event loop calls it by ``asyncio.to_thread``.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from tests.databases.programs import ProgramError, Programs, as_user, owned

USER = PASSWORD = "caisson"
LIFE_S = 3600  # what is left behind by a killed test process ends by itself
SOON_S = 120.0  # a server that was killed recovers first, from a disk that may be busy
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "16MB",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "max_wal_size": "128MB",
    "logging_collector": "off",
    "wal_level": "replica",
    "restart_after_crash": "off",
}


def free_port() -> int:
    """Return a port of loopback that nobody listens on; somebody may take it before its use."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Postgres:
    """A server with its data in ``folder``; ``start`` starts it, ``stop`` ends it."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self._programs = programs
        self._folder = owned(folder)
        self._names = count(1)
        self._server: subprocess.Popen[bytes] | None = None
        self.data = folder / "data"
        self.port = free_port()

    def __repr__(self) -> str:
        return f"Postgres(port={self.port}, runs={self._server is not None})"

    def create(self) -> None:
        """Create an empty server."""
        words = self._folder / "password"
        words.write_text(PASSWORD)
        words.chmod(0o644)
        local = ("--auth=scram-sha-256", f"--pwfile={words}", "-c", "scram_iterations=1")
        form = ("--no-sync", "--encoding=UTF8", "--no-locale")
        self._programs.run("initdb", "-D", str(self.data), "-U", USER, *local, *form)

    def start(self) -> None:
        """Start the server, and wait until it answers.

        A standby answers, too, but does not write. Raises ProgramError with the server's log.
        """
        settings = {**SETTINGS, "port": str(self.port), "unix_socket_directories": ""}
        flags = [f"--{name}={value}" for name, value in settings.items()]
        command = self._programs.command("postgres", "-D", str(self.data), *flags)
        bounded = [*as_user(), "timeout", "--signal=INT", "--kill-after=5", str(LIFE_S)]
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [*bounded, *command[len(as_user()) :]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        deadline = time.monotonic() + SOON_S
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline:
                self.stop("immediate")
                raise ProgramError(f"PostgreSQL does not answer: {self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self, how: str = "fast") -> None:
        """End the server: ``fast`` cuts connections and writes all down, ``immediate`` is a crash.

        One that is paused goes on first. Does nothing if it does not run.
        """
        if self._server is None:
            return
        with suppress(ProcessLookupError, FileNotFoundError):
            self.resume()
            os.kill(self._pid(), signal.SIGINT if how == "fast" else signal.SIGQUIT)
        try:
            self._server.wait(SOON_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._server = None

    def kill(self) -> None:
        """End all of its processes at once by SIGKILL, and wait until none is left.

        One that is left would hold the server's shared memory, and the next could not start.
        """
        if self._server is None:
            return
        killed: list[int] = []
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(self._pid(), signal.SIGSTOP)  # so that it makes no other meanwhile
            killed = self._processes()
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.wait(SOON_S)
        self._server = None
        deadline = time.monotonic() + SOON_S
        while any(map(_is_alive, killed)):
            assert time.monotonic() < deadline, f"still there: {killed}"
            time.sleep(0.01)

    def restart(self, how: str = "fast") -> None:
        """Stop and start the server."""
        self.stop(how)
        self.start()

    def pause(self) -> None:
        """Freeze all of its processes: connections stay open, and nothing is answered."""
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        for pid in reversed(self._processes()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def standby(self, folder: Path) -> Postgres:
        """Start a synchronous standby: what this server has committed is there, too.

        While the standby does not run, this server commits nothing.
        """
        other = Postgres(self._programs, folder)
        source = f"host=127.0.0.1 port={self.port} user={USER} password={PASSWORD}"
        copied = ("-D", str(other.data), "-d", source, "--write-recovery-conf", "--no-sync")
        self._programs.run("pg_basebackup", "--checkpoint=fast", "--wal-method=stream", *copied)
        other.start()
        self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.execute("SELECT pg_reload_conf()")
        self.wait_for("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
        return other

    def promote(self) -> None:
        """Make a standby a server that writes; the one before must not run any more."""
        self.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.execute("SELECT pg_promote(true, 30)")
        self.wait_for("SELECT 1 WHERE NOT pg_is_in_recovery()")

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the URL of a fresh database, which is dropped afterwards if the server runs."""
        name = f"test_{os.getpid()}_{next(self._names)}"
        self.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield self.url(name)
        finally:
            with suppress(psycopg.OperationalError):
                dropped = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                self.execute(dropped.format(sql.Identifier(name)))

    def url(self, database: str, port: int | None = None) -> str:
        """Return the URL of a database, by the port of a proxy if one is given."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port or self.port}/{database}"

    def execute(self, statement: LiteralString | sql.Composed, database: str = "postgres") -> None:
        """Execute a statement outside of any transaction, and wait for its end."""
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)

    def wait_for(self, query: LiteralString, database: str = "postgres") -> None:
        """Wait until a query finds a row."""
        deadline = time.monotonic() + SOON_S
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=10) as connection:
            while connection.execute(query).fetchone() is None:
                assert time.monotonic() < deadline, f"never true: {query}"
                time.sleep(0.02)

    def fill_disk(self, database: str, table: str) -> None:
        """Let every insert into a table fail with SQLSTATE 53100, as on a disk that is full.

        This is what clients see of one. A disk that is full in earnest needs root to make, and
        where it holds the server's own log, the server ends: see ``stop("immediate")``.
        """
        refuse: LiteralString = """
            CREATE OR REPLACE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'could not extend file: No space left on device'
                    USING ERRCODE = 'disk_full', HINT = 'Check free disk space.';
            END $$"""
        self.execute(refuse, database)
        made = sql.SQL("CREATE TRIGGER no_space BEFORE INSERT ON {} EXECUTE FUNCTION no_space()")
        self.execute(made.format(sql.Identifier(table)), database)

    def free_disk(self, database: str, table: str) -> None:
        """Let inserts into a table succeed again."""
        dropped = sql.SQL("DROP TRIGGER no_space ON {}").format(sql.Identifier(table))
        self.execute(dropped, database)

    @property
    def log(self) -> Path:
        """The file of what the server says."""
        return self._folder / "log"

    def _pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def _processes(self) -> list[int]:
        pid = self._pid()
        try:
            listing = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except FileNotFoundError:
            return []
        return [pid, *map(int, listing.split())]

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self.execute("SELECT 1")
            return True
        return False


def _is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for yet does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


@contextmanager
def postgres_running() -> Iterator[Postgres]:
    """Yield a server that runs, and end it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    folder.chmod(0o755)
    server = Postgres(Programs(folder), folder / "primary")
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
