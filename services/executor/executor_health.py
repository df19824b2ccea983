"""The health of an executor: what it needs to take work, watched while it runs."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from grpc_health.v1 import health, health_pb2

from services.executor.adapters.toolrunner.watch import watch
from services.executor.settings import Settings
from services.front.side_streams import Health
from services.telemetry.admin.readiness import Readiness

logger = logging.getLogger(__name__)

MODELS: Final = "models"
TOOLRUNNER: Final = "toolrunner"
DATABASE: Final = "database"
QUOTAS: Final = "quotas"
DISK: Final = "disk"
NO_MODELS: Final = "LiteLLM cannot be imported; the log says why"
FREE_BYTES: Final = 64 * 1024 * 1024
"""Less free space than this for the file of runs is too little to take more."""
DISK_EVERY_S: Final = 10.0


@dataclass(frozen=True)
class Watched:
    """Something that may go away.

    Attributes:
        name: of its check.
        asked: returns whether it is there.
        subject: names it in the log.
        away, back: what the log says of it then.
        trouble: what the check says while it is away.
    """

    name: str
    asked: Callable[[], Awaitable[bool]]
    subject: str
    away: str
    back: str
    trouble: str


class ExecutorHealth:
    """The checks of one executor, as its ports show them.

    Args:
        settings: its configuration.
        runner, database, quotas: return whether each answers.
        services: the names of the gRPC services whose health this is.
    """

    def __init__(
        self,
        settings: Settings,
        runner: Callable[[], Awaitable[bool]],
        database: Callable[[], Awaitable[bool]],
        quotas: Callable[[], Awaitable[bool]],
        services: Sequence[str],
    ) -> None:
        at, answers = settings.toolrunner, "does not answer"
        self._watched = [
            Watched(TOOLRUNNER, runner, f"the toolrunner at {at}", answers, "answers again",
                    "no toolrunner answers: agents with tools cannot run"),
            Watched(DATABASE, database, "the database of runs", answers, "answers again",
                    "the database of runs does not answer"),
        ]  # fmt: skip
        if settings.quota_url:
            self._watched.append(
                Watched(QUOTAS, quotas, "quotas", "cannot be checked", "can be checked again",
                        "the store of quotas does not answer, and requests are refused")
            )  # fmt: skip
        self._names = (health.OVERALL_HEALTH, *services)
        self._folder = "" if settings.database_url else settings.state_dir
        self._grace_s = settings.toolrunner_grace_s
        self._tasks: list[asyncio.Task[None]] = []
        self.over_grpc = Health()
        names = [MODELS, *(each.name for each in self._watched)]
        self.readiness = Readiness(
            self._changed, [*names, DISK] if self._folder else names, starting=[MODELS]
        )

    def __repr__(self) -> str:
        return f"ExecutorHealth({self.readiness!r})"

    def begin(self) -> None:
        """Say that it takes work, and watch what that needs."""
        watching = [
            watch(each.asked, self._telling(each), self._grace_s, heard=self._hearing(each.name))
            for each in self._watched
        ]
        if self._folder:
            watching.append(self._watch_disk())
        self._tasks = [asyncio.create_task(work) for work in watching]
        self.readiness.begin()

    def models(self, *, loaded: bool) -> None:
        """Record whether LiteLLM could be imported."""
        self.readiness.note(MODELS, "" if loaded else NO_MODELS)

    def drain(self) -> None:
        """Say at once that it takes no more work, and watch nothing any more."""
        for task in self._tasks:
            task.cancel()
        self.readiness.drain()
        self.over_grpc.close()

    def _telling(self, of: Watched) -> Callable[[bool], None]:
        def tell(there: bool) -> None:
            says = of.back if there else f"{of.away}: health says NOT_SERVING"
            logger.warning("%s %s", of.subject, says)
            self.readiness.note(of.name, "" if there else of.trouble)

        return tell

    def _hearing(self, name: str) -> Callable[[], None]:
        return lambda: self.readiness.note(name)

    async def _watch_disk(self) -> None:
        trouble = ""
        while True:
            found = await asyncio.to_thread(trouble_of, self._folder)
            if found != trouble:
                logger.warning("the folder of runs %s", found or "can be written to again")
            trouble = found
            self.readiness.note(DISK, f"the folder of runs {found}" if found else "")
            await asyncio.sleep(DISK_EVERY_S)

    def _changed(self, ready: bool) -> None:
        states = health_pb2.HealthCheckResponse
        for name in self._names:
            self.over_grpc.set(name, states.SERVING if ready else states.NOT_SERVING)


def trouble_of(folder: str, needed_bytes: int = FREE_BYTES) -> str:
    """Return why ``needed_bytes`` cannot be written to a folder, empty if they can."""
    try:
        found = os.statvfs(folder)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not os.access(folder, os.W_OK | os.X_OK):
        return "cannot be written to"
    free = found.f_bavail * found.f_frsize
    if free < needed_bytes:
        return f"has {free // 2**20} MiB left on its disk; it needs {needed_bytes // 2**20} MiB"
    return ""
