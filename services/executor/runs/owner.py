"""Owns runs for this process: a heartbeat, claims of runs that nobody has, cancels, and an end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from services.executor.agent.ports import Clock, IdSource
from services.executor.agent.task_ends import end_tasks
from services.executor.run_errors import DatabaseError
from services.executor.runs.lease import Lease
from services.executor.runs.ports import Journal
from services.executor.runs.rows import RunRow

FIRST_CLAIM: Final = 2
MOST_CLAIMED: Final = 32
SHARE_GAP_S: Final = 0.1  # lets other executors claim their share
CLAIM_GAP_S: Final = 0.25  # every write of any run is a hint
CANCEL_GAP_S: Final = 0.1
RETRIES: Final = 12  # of a lease

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hands:
    """What an owner does with runs.

    Attributes:
        resume: starts the task of a claimed run; does not wait.
        stop: stops a run of this process for a cause, a value of ``AbortCause``; it may be told
            again, and of runs that have ended.
        lose: stops all runs of this process, writes and shows nothing more of them, and returns
            when their tasks have ended.
        owns: whether a run is one of this process.
        room: how many more runs this process may take.
    """

    resume: Callable[[RunRow], None]
    stop: Callable[[str, str], None]
    lose: Callable[[], Awaitable[None]]
    owns: Callable[[str], bool]
    room: Callable[[], int]


class RunOwner:
    """This process as an owner of runs, under a boot id of its own.

    ``start`` begins, ``drain`` ends claims, and ``close`` ends all. While the database does not
    answer in time it owns nothing; once it answers again it begins with another boot id.

    Args:
        journal: where the runs are.
        hands: what it does with them.
        clock: its monotonic part counts here; the wall clock is never asked.
        ids: makes boot ids.
        lease_s: how long after this process's last heartbeat others may claim its runs.
        alone: no other process can use the database, so there is no heartbeat and no lease to
            lose, and whatever others have owned may be claimed.
    """

    def __init__(
        self,
        journal: Journal,
        hands: Hands,
        clock: Clock,
        ids: IdSource,
        lease_s: float = 3.0,
        *,
        alone: bool = False,
    ) -> None:
        self._journal = journal
        self._hands = hands
        self._clock = clock
        self._ids = ids
        self._lease = Lease(lease_s)
        self._alone = alone
        self._boot = ""
        self._claims = True
        self._tasks: list[asyncio.Task[None]] = []
        self._unfinished: set[asyncio.Task[Any]] = set()
        self._orphans: set[str] = set()
        self._to_claim = asyncio.Event()
        self._to_cancel = asyncio.Event()
        self._end_watch: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"RunOwner({self._boot or 'none'}, held={self.held}, claims={self._claims})"

    @property
    def held(self) -> bool:
        """Whether this process may act on its runs now."""
        return bool(self._boot) and (self._alone or self._left() > 0)

    @property
    def boot_id(self) -> str:
        """The boot id under which runs are created and written.

        Raises:
            DatabaseError: there is none, as the database does not answer.
        """
        if not self.held:
            raise DatabaseError(
                "The database of runs does not answer this executor, which runs nothing until it "
                "does. Send the request again later, or to another executor."
            )
        return self._boot

    async def start(self) -> None:
        """Begin. If the database does not answer within a lease, go on trying in the background."""
        self._end_watch = self._journal.watch(self._changed)
        await self._begin(self._lease.length_s)
        loops = (
            self._beats(),
            self._rounds(self._to_claim, self._claim_all, CLAIM_GAP_S),
            self._rounds(self._to_cancel, self._cancel_all, CANCEL_GAP_S),
            self._rounds(asyncio.Event(), self._free_orphans, self._lease.length_s),
        )
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    def drain(self) -> None:
        """Claim nothing more, and go on with what this process has."""
        self._claims = False

    async def close(self) -> None:
        """Let others claim what this process still owns, whose tasks must have ended; idempotent.

        If the database does not answer within a lease, others claim it when that has run out.
        """
        self._end_watch()
        await end_tasks(*self._tasks)
        self._tasks = []
        boot, self._boot = self._boot, ""
        if boot:
            await self._in_time(self._journal.leave(boot), self._lease.length_s)
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=self._lease.length_s)

    def _changed(self, run_id: str) -> None:
        """Take a hint that a run may have changed."""
        (self._to_cancel if self._hands.owns(run_id) else self._to_claim).set()

    # Heartbeats.

    async def _beats(self) -> None:
        while not (self._alone and self._boot):
            try:
                if self._boot:
                    pause_s = await self._beat()
                else:
                    pause_s = await self._begin(self._lease.length_s)
            except Exception:  # a fault of ours must not end the heartbeats
                logger.exception("a heartbeat failed")
                pause_s = self._lease.length_s / RETRIES
            await self._clock.sleep(pause_s)

    async def _beat(self) -> float:
        """Send a heartbeat, or lose the lease; return the seconds until the next."""
        sent = self._clock.monotonic()
        if self._left() <= 0:
            await self._lost()
            return 0.0
        answered = await self._in_time(self._journal.beat(self._boot), self._left())
        if self._left() <= 0:
            return 0.0  # this process was frozen meanwhile, and others may have its runs
        if answered:
            self._lease.renew(sent)
            return max(0.0, sent + self._lease.beat_s - self._clock.monotonic())
        return min(self._lease.length_s / RETRIES, self._left())

    async def _begin(self, wait_s: float) -> float:
        """Begin under a new boot id, if the database answers in time; return seconds to wait."""
        boot, sent = self._ids.new("exec"), self._clock.monotonic()
        if not await self._in_time(self._journal.beat(boot), wait_s):
            return self._lease.length_s / RETRIES
        self._lease.renew(sent)
        if not self._alone and self._left() <= 0:
            return 0.0
        self._boot = boot
        logger.info("owns runs as %s", boot)
        self._to_claim.set()
        return max(0.0, sent + self._lease.beat_s - self._clock.monotonic())

    async def _lost(self) -> None:
        """Stop all runs of this process, and let them be claimed as soon as the database answers.

        Their owner is not alive any more, so nobody waits for that; it only hurries.
        """
        boot, self._boot = self._boot, ""
        logger.error(
            "the database has not answered for %g s: this executor stops its runs, which others "
            "may claim",
            self._lease.length_s,
        )
        await self._hands.lose()
        await self._in_time(self._journal.leave(boot), self._lease.length_s)

    def _left(self) -> float:
        return self._lease.left(self._clock.monotonic())

    async def _in_time(self, work: Coroutine[Any, Any, None], seconds: float) -> bool:
        """Await ``work`` for so long; return whether it has succeeded.

        Work that takes longer is not waited for: a database that is frozen does not end it, even
        when it is cancelled.
        """
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._finished)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            task.cancel()
        return task in done and not task.cancelled() and task.exception() is None

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._unfinished.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.warning("the database did not take a heartbeat: %s", error)

    # Claims and cancels.

    async def _rounds(
        self, hint: asyncio.Event, look: Callable[[], Awaitable[None]], gap_s: float
    ) -> None:
        """Look on hints and at each third of a lease, but no more often than each ``gap_s``."""
        while True:
            hint.clear()
            try:
                if self.held:
                    await look()
            except DatabaseError as error:
                logger.warning("cannot look after runs: %s", error)
            except Exception:  # a fault of ours must not end the rounds
                logger.exception("cannot look after runs")
            await self._clock.sleep(gap_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._lease.beat_s - gap_s)):
                    await hint.wait()

    async def _claim_all(self) -> None:
        """Claim runs, a few and then more, with pauses in which other executors claim some, too."""
        most = FIRST_CLAIM
        while self._claims and (boot := self._boot):
            wanted = min(most, self._hands.room())
            lease_s = 0.0 if self._alone else self._lease.length_s
            rows = await self._journal.claim(boot, lease_s, wanted) if wanted > 0 else ()
            if boot != self._boot or not self.held:
                return  # what was claimed belongs to an owner that is not alive
            for row in rows:
                self._hands.resume(row)
            if len(rows) < most:
                return
            most = min(2 * most, MOST_CLAIMED)
            await self._clock.sleep(SHARE_GAP_S)

    async def _cancel_all(self) -> None:
        boot = self._boot
        causes = await self._journal.cancels(boot)
        if boot == self._boot and self.held:
            for run_id, cause in causes:
                self._hands.stop(run_id, cause)

    async def _free_orphans(self) -> None:
        """Free runs that are this process's and that it does not run.

        They come of answers of the database that were lost: it has created or claimed a run, and
        nobody here knows. One that is seen for the first time may be about to begin.
        """
        boot = self._boot
        owned = await self._journal.owned(boot)
        orphans = {run_id for run_id in owned if not self._hands.owns(run_id)}
        again = orphans & self._orphans
        self._orphans = orphans - again
        if again and boot == self._boot:
            logger.warning("%d runs were not begun here, and are free for others", len(again))
            await self._journal.free(boot, sorted(again))
