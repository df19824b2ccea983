"""Runs the ``caisson`` command as a person does: as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cli.prepared import Prepared

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 90


@dataclass(frozen=True)
class Result:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self
        return json.loads(lines[0])

    @property
    def events(self) -> list[Any]:
        """The JSON objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Caisson:
    """The command, with its own folders and a mark that identifies its processes.

    With a ``prepared`` process, calls do not import the command anew.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    cache: Path | None = None
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    prepared: Prepared | None = None

    def given(self, environment: dict[str, str]) -> Caisson:
        """Return the command with other variables, and with a mark of its own."""
        return Caisson(self.folder, environment, self.cache, prepared=self.prepared)

    def __call__(self, *arguments: str, stdin: str = "") -> Result:
        """Run it to its end."""
        if self.prepared is None or any(name.startswith("PYTHON") for name in self.environment):
            return self.anew(*arguments, stdin=stdin)
        return Result(*self.prepared.run(arguments, self.variables(), stdin, TIMEOUT_S))

    def anew(self, *arguments: str, stdin: str = "") -> Result:
        """Run it to its end, by an interpreter that has yet to import it, with pipes."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.variables(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def started(
        self, *arguments: str, prefix: tuple[str, ...] = ()
    ) -> Iterator[subprocess.Popen[str]]:
        """Start it, after ``prefix`` on the command line; kill it at the end if it still runs."""
        process = subprocess.Popen(
            [*prefix, *self.command(*arguments)],
            cwd=ROOT,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(TIMEOUT_S)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def in_terminal(
        self, *arguments: str, prefix: tuple[str, ...] = ()
    ) -> tuple[subprocess.Popen[bytes], int]:
        """Start it in a terminal of its own, after ``prefix``; return it and the other side."""
        terminal, inside = os.openpty()
        process = subprocess.Popen(
            ["setsid", "--ctty", *prefix, *self.command(*arguments)],
            cwd=ROOT,
            env=self.variables(),
            stdin=inside,
            stdout=inside,
            stderr=inside,
        )
        os.close(inside)
        return process, terminal

    def command(self, *arguments: str) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "services.cli", *arguments]

    def variables(self) -> dict[str, str]:
        """Return the environment: this one's, with folders and the mark of this command.

        A second worker would take as long to start as the first, for calls that come one by one.
        """
        own = {
            "CAISSON_TOOLRUNNER_WORKERS": "1",
            "XDG_CACHE_HOME": str(self.cache or self.folder / "cache"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "LC_TEST_MARK": self.mark,
        }
        return {**os.environ, **own, **self.environment}

    def processes(self) -> list[str]:
        """Return the command lines of all live processes that carry the mark."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if f"LC_TEST_MARK={self.mark}\0".encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # ended, or not ours
        return found


def read_all(terminal: int) -> str:
    """Read what is written to a terminal until it is closed."""
    pieces = []
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(terminal)
    return b"".join(pieces).decode()
