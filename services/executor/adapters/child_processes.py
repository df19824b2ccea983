"""Child processes of our own modules, for untrusted input; they may be killed at any time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from services.executor.errors import InternalError


class ChildProcesses:
    """Starts processes of one module, and reaps those it kills.

    Args:
        module: what they run; it reads standard input and exits at its end.
        memory_bytes: address space of each, passed as its only argument.
        what: what errors call one of them, such as "The parser process".
        silent: whether to drop their stderr.
    """

    def __init__(self, module: str, memory_bytes: int, what: str, *, silent: bool = False) -> None:
        self._module = module
        self._memory_bytes = memory_bytes
        self._what = what
        self._stderr = asyncio.subprocess.DEVNULL if silent else None
        self._ending: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"ChildProcesses({self._module}, ending={len(self._ending)})"

    async def start(self) -> asyncio.subprocess.Process:
        """Return a process with this one's import path and an empty environment.

        Raises:
            InternalError: the system refused to start it.
        """
        environment = {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONUTF8": "1",
        }
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # the working directory may have a package `services`
                "-m",
                self._module,
                str(self._memory_bytes),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=self._stderr,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise self.not_started(error.strerror or "no reason given") from None

    def not_started(self, reason: str) -> InternalError:
        """Return the error for a process that could not be started."""
        return InternalError(
            f"{self._what} could not be started ({reason}): this machine is out of memory or "
            "processes."
        )

    def end(self, process: asyncio.subprocess.Process | None) -> None:
        """Kill a process, and reap it in a task."""
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        task = asyncio.create_task(_reaped(process))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def gone(self) -> None:
        """Wait until all killed processes are reaped."""
        await asyncio.gather(*self._ending, return_exceptions=True)


async def _reaped(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
