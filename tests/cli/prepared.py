"""A process that has imported the command, and forks one process for each time it is run.

Two thirds of a short command's processor time are imports, and the tests run it hundreds of times.
A forked process has its own arguments, environment and standard streams, runs the same main
function, and ends as Python ends. ``Caisson.started`` and ``in_terminal`` start the command anew.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
END_S = 60
STREAMS = (0, 1, 2)


class Prepared:
    """The other side of such a process."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        stdin: str = "",
        timeout_s: int = 60,
    ) -> tuple[int, str, str]:
        """Run the command to its end; return its exit status, negative for a signal, and output.

        It is killed by SIGALRM after ``timeout_s``.
        """
        request = json.dumps([list(arguments), dict(environment), timeout_s])
        with ExitStack() as stack:
            files = [stack.enter_context(TemporaryFile()) for _ in range(4)]
            for file, text in zip(files, (request, stdin, "", ""), strict=True):
                file.write(text.encode("utf-8", "surrogateescape"))
                file.seek(0)
            socket.send_fds(self._connection, [b"run"], [file.fileno() for file in files])
            status = int(self._connection.recv(64))
            out, err = (written(file) for file in files[2:])
        return status, out, err


def written(file: IO[bytes]) -> str:
    """Return what another process wrote to a file."""
    file.seek(0)
    return file.read().decode()


@contextmanager
def prepared() -> Iterator[Prepared]:
    """Start such a process, and end it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.prepared", str(theirs.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        try:
            yield Prepared(ours)
        finally:
            ours.close()
            try:
                process.wait(END_S)
            finally:
                process.kill()
                process.wait()


def serve(connection: socket.socket) -> list[str] | None:
    """Fork for each request; return in the fork, with the command line's arguments.

    Returns None when nobody asks any more.
    """
    while True:
        asked, files, _, _ = socket.recv_fds(connection, 64, 1 + len(STREAMS))
        if not asked:
            return None
        pid = os.fork()
        if not pid:
            connection.close()
            return become(*files)
        for each in files:
            os.close(each)
        _, status = os.waitpid(pid, 0)
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())


def become(request: int, *streams: int) -> list[str]:
    """Give this process its environment and standard streams; return its arguments."""
    with os.fdopen(request, "rb") as file:
        arguments, environment, timeout_s = json.load(file)
    signal.alarm(timeout_s)
    os.environ.clear()
    os.environ.update(environment)
    for own, given in zip(STREAMS, streams, strict=True):
        os.dup2(given, own)
        os.close(given)
    made: list[str] = arguments
    return made


def main() -> None:
    """Import all of the command, then run it for whoever asks."""
    command: Any = import_module("services.cli.command")
    for place in command.COMMANDS.values():
        import_module(place.partition(":")[0])
    gc.freeze()
    arguments = serve(socket.socket(fileno=int(sys.argv[1])))
    if arguments is not None:
        sys.argv[1:] = arguments
        import_module("services.cli.__main__").main()


if __name__ == "__main__":
    main()
