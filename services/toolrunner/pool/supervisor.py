"""Supervises worker processes: starts them, replaces those that end, and reaps them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

from services.toolrunner.errors import SetupError
from services.toolrunner.pool.live_worker import LiveWorker
from services.toolrunner.pool.process import WorkerLauncher, WorkerProcess
from services.toolrunner.pool.work import NO_POOL_WATCH, PoolWatch

log = logging.getLogger(__name__)

STEADY_S = 10.0
FIRST_BACKOFF_S = 0.1
LONGEST_BACKOFF_S = 2.0


class Supervisor:
    """Keeps a given number of workers alive.

    Args:
        launcher: starts processes.
        start_timeout_s: seconds for a worker to become ready.
        made: returns the pool's view of a process.
        on_change: called whenever a worker becomes ready or ends.
        watch: is told of workers that take work, and of those that are lost.
    """

    def __init__(
        self,
        launcher: WorkerLauncher,
        start_timeout_s: float,
        made: Callable[[WorkerProcess], LiveWorker],
        on_change: Callable[[], None],
        watch: PoolWatch = NO_POOL_WATCH,
    ) -> None:
        self._launcher = launcher
        self._start_timeout_s = start_timeout_s
        self._made = made
        self._on_change = on_change
        self._watch = watch
        self._tasks: list[asyncio.Task[None]] = []
        self.workers: list[LiveWorker] = []

    def __repr__(self) -> str:
        return f"<Supervisor {len(self.workers)} of {len(self._tasks)} workers>"

    def add(self) -> asyncio.Future[None]:
        """Keep one more worker; return a future of whether its first process became ready."""
        loop = asyncio.get_running_loop()
        first: asyncio.Future[None] = loop.create_future()
        self._tasks.append(loop.create_task(self._keep(first)))
        return first

    def add_more(self, count: int) -> None:
        """Keep more workers, and retry if their first process does not start."""
        loop = asyncio.get_running_loop()
        for _ in range(count):
            ready: asyncio.Future[None] = loop.create_future()
            ready.set_result(None)
            self._tasks.append(loop.create_task(self._keep(ready)))

    async def stop(self) -> None:
        """End all workers and reap them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, first: asyncio.Future[None]) -> None:
        """Keep one worker alive; resolve ``first`` once the first process is ready or failed."""
        loop = asyncio.get_running_loop()
        quick_losses = 0
        while True:
            started = loop.time()
            complaint = await self._live(first)
            if not first.done():
                first.set_exception(SetupError(f"A worker process did not start: {complaint}"))
                return
            self._watch.worker_lost()
            quick_losses = quick_losses + 1 if loop.time() - started < STEADY_S else 0
            log.warning("a worker was lost (%s) and is being replaced", complaint)
            if quick_losses > 1:
                pause = FIRST_BACKOFF_S * 2 ** min(quick_losses, 10)
                await asyncio.sleep(min(LONGEST_BACKOFF_S, pause))

    async def _live(self, first: asyncio.Future[None]) -> str:
        """Run one worker process to its end; return why it ended."""
        try:
            sock, process = await self._launcher.start()
        except OSError as error:
            return f"the system refused it: {error.strerror}"
        worker = self._made(process)
        try:
            await self._serve(worker, sock, first)
        finally:
            worker.lose()
            process.kill()
            status = await process.wait()
        return process.last_words() or f"it ended with status {status}"

    async def _serve(
        self, worker: LiveWorker, sock: socket.socket, first: asyncio.Future[None]
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_unix_connection(lambda: worker.link, sock=sock)
        except BaseException:
            sock.close()
            raise
        beginnings: list[asyncio.Future[Any]] = [worker.ready, worker.lost]
        self.workers.append(worker)
        try:
            await asyncio.wait(
                beginnings, timeout=self._start_timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not worker.ready.done() or not worker.alive:
                return
            if not first.done():
                first.set_result(None)
            self._on_change()
            self._watch.worker_started()
            await asyncio.wait([worker.lost])
        finally:
            self.workers.remove(worker)
            self._on_change()
