"""One live worker as the pool sees it: its images, its work, and the deadlines of both.

A worker runs one piece of work at a time; calls that wait (for a timer or an answer) do not hold
it. A program is loaded into it before the first call there.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.toolrunner.domain import MIB, FailureKind, Limits, Outcome, ToolFailure
from services.toolrunner.messages import HostReply
from services.toolrunner.pool.link import WorkerLink
from services.toolrunner.pool.wire import (
    WorkAsks,
    WorkConsole,
    WorkDone,
    WorkerMessage,
    WorkerReady,
    WorkLoaded,
    WorkSuspended,
    cancel_frame,
    deliver_frame,
    drop_frame,
    load_frame,
    start_frame,
)
from services.toolrunner.pool.work import Stage, Work

log = logging.getLogger(__name__)

CANCELLED = "The caller ended the call."


@dataclass(frozen=True)
class WorkerBounds:
    """What one worker may keep, and how long it may be late: seconds, counts, bytes."""

    load_limits: Limits = field(default_factory=Limits)
    kill_grace_s: float = 2.0
    images: int = 32
    image_bytes: int = 256 * MIB


class LiveWorker:
    """A worker process between its start and its end.

    ``on_free`` is called whenever it may take more work, ``on_orphan`` with work it lost before
    that began and that may be tried once more, ``kill`` when the process must be ended.
    """

    def __init__(
        self,
        bounds: WorkerBounds,
        on_free: Callable[[LiveWorker], None],
        on_orphan: Callable[[Work], None],
        kill: Callable[[], None],
    ) -> None:
        self._bounds = bounds
        self._on_free = on_free
        self._on_orphan = on_orphan
        self._kill = kill
        self._loop = asyncio.get_running_loop()
        self._works: dict[int, Work] = {}
        self._running: set[int] = set()
        self._stuck: dict[int, str] = {}
        self._images: OrderedDict[str, int] = OrderedDict()
        self._last_id = 0
        self.link = WorkerLink(self._on_message, self.lose)
        self.ready: asyncio.Future[WorkerReady] = self._loop.create_future()
        self.lost: asyncio.Future[None] = self._loop.create_future()

    def __repr__(self) -> str:
        return (
            f"<LiveWorker ready={self.ready.done()} lost={self.lost.done()} "
            f"works={len(self._works)} running={len(self._running)} images={len(self._images)}>"
        )

    @property
    def idle(self) -> bool:
        """True when a new piece of work would start at once."""
        return not self._running and self.alive and self.ready.done()

    @property
    def alive(self) -> bool:
        """True until the process is lost or must be killed."""
        return not self.lost.done()

    def holds(self, image: str) -> bool:
        """Return whether a call of this image can start without a load."""
        return image in self._images

    def begin(self, work: Work) -> None:
        """Give the worker a load or call; a call's program is loaded first where it must be."""
        work.place = self
        self._works[self._new_id(work)] = work
        if work.call is not None and work.image in self._images:
            self._start(work)
        else:
            self._load(work)

    def cancel(self, work: Work) -> None:
        """Ask the worker to end a piece of work; it must answer within the kill grace."""
        if work.stage is Stage.CANCELLING:
            return
        work.stage = Stage.CANCELLING
        self._arm(work, 0.0)
        self.link.send(cancel_frame(work.work_id))

    def deliver(self, work: Work, host_call_id: int, reply: HostReply) -> None:
        """Hand an answer to a call, which runs again."""
        if work.stage is Stage.SUSPENDED:
            work.stage = Stage.RUNNING
            self._running.add(work.work_id)
        self.link.send(deliver_frame(work.work_id, host_call_id, reply))

    def lose(self) -> None:
        """The process is gone or not to be used any more: its work fails or begins elsewhere."""
        if self.lost.done():
            return
        self.lost.set_result(None)
        self.link.close()
        works = list(self._works.values())
        self._works.clear()
        for work in works:
            if work.stage is Stage.LOADING and not work.retried:
                work.retried = True
                self._on_orphan(work)
            else:
                cancelled = work.stage is Stage.CANCELLING
                self._fail(work, FailureKind.CANCELLED if cancelled else FailureKind.RUNNER_LOST)

    # Sending work

    def _new_id(self, work: Work) -> int:
        self._last_id += 1
        work.work_id = self._last_id
        self._running.add(work.work_id)
        return work.work_id

    def _load(self, work: Work) -> None:
        work.stage = Stage.LOADING
        work.since = self._loop.time()
        limits = self._bounds.load_limits
        self._arm(work, limits.timeout_s)
        self.link.send(load_frame(work.work_id, work.program, limits))

    def _start(self, work: Work) -> None:
        assert work.call is not None
        self._images.move_to_end(work.image)
        work.stage = Stage.RUNNING
        work.since = self._loop.time()
        self._arm(work, work.limits.timeout_s)
        self.link.send(start_frame(work.work_id, work.image, work.call))

    def _arm(self, work: Work, timeout_s: float) -> None:
        work.stop_timer()
        late = timeout_s + self._bounds.kill_grace_s
        work.timer = self._loop.call_later(late, self._overdue, work)

    def _overdue(self, work: Work) -> None:
        """Give up on work that did not end in time; kill the worker once nobody else needs it."""
        del self._works[work.work_id]
        self._stuck[work.work_id] = work.image
        self._running.add(work.work_id)
        self.link.send(cancel_frame(work.work_id))
        cancelled = work.stage is Stage.CANCELLING
        self._fail(work, FailureKind.CANCELLED if cancelled else FailureKind.DEADLINE_EXCEEDED)
        self._kill_when_alone()

    def _kill_when_alone(self) -> None:
        if self._stuck and not self._works and self.alive:
            log.warning("a worker missed a deadline and is replaced")
            self._kill()
            self.lose()

    def _fail(self, work: Work, kind: FailureKind) -> None:
        what, limits = "The tool", work.limits
        if work.stage is Stage.LOADING:
            what, limits = "The program's top level", self._bounds.load_limits
        texts = {
            FailureKind.CANCELLED: CANCELLED,
            FailureKind.RUNNER_LOST: f"{what} was cut off: its process died. Try again.",
            FailureKind.DEADLINE_EXCEEDED: (
                f"{what} did not end within its limit of {limits.timeout_s:g} s."
            ),
        }
        work.fail(kind, texts[kind], self._loop.time() - work.since)

    # What the worker says

    def _on_message(self, message: WorkerMessage) -> None:
        if isinstance(message, WorkerReady):
            if not self.ready.done():
                self.ready.set_result(message)
                self._on_free(self)
            return
        work = self._works.get(message.work_id)
        if work is not None:
            _HANDLERS[type(message)](self, work, message)
        elif message.work_id in self._stuck and isinstance(message, WorkDone | WorkLoaded):
            image = self._stuck.pop(message.work_id)
            if isinstance(message, WorkLoaded):
                self._remember(image, message)
            self._release(message.work_id)

    def _loaded(self, work: Work, message: WorkLoaded) -> None:
        self._remember(work.image, message)
        if work.call is None or message.failure is not None:
            self._finish(work, Outcome("", message.failure, message.usage))
        elif work.stage is Stage.CANCELLING:
            self._finish(work, Outcome("", None, message.usage))
        else:
            self._start_after_load(work)

    def _start_after_load(self, work: Work) -> None:
        del self._works[work.work_id]
        self._running.discard(work.work_id)
        self._works[self._new_id(work)] = work
        self._start(work)

    def _console(self, work: Work, message: WorkConsole) -> None:
        if work.call is None or work.stage is not Stage.LOADING:
            work.sink.console(message.level, message.text)

    def _asks(self, work: Work, message: WorkAsks) -> None:
        work.host_calls += 1
        if work.stage is not Stage.CANCELLING:
            work.sink.asks(message.host_call_id, message.capability, message.input_json)

    def _done(self, work: Work, message: WorkDone) -> None:
        self._finish(work, message.outcome)

    def _suspended(self, work: Work, message: WorkSuspended) -> None:
        if work.stage is Stage.RUNNING:
            work.stage = Stage.SUSPENDED
        self._release(message.work_id)

    def _finish(self, work: Work, outcome: Outcome) -> None:
        del self._works[work.work_id]
        if work.stage is Stage.CANCELLING and outcome.failure is None:
            failure = ToolFailure(FailureKind.CANCELLED, CANCELLED)
            work.end(Outcome("", failure, outcome.usage))
        else:
            work.end(outcome)
        self._kill_when_alone()
        self._release(work.work_id)

    def _release(self, work_id: int) -> None:
        self._running.discard(work_id)
        if self.idle:
            self._on_free(self)

    def _remember(self, image: str, message: WorkLoaded) -> None:
        if message.failure is not None:
            return
        self._images[image] = message.image_bytes
        self._images.move_to_end(image)
        while len(self._images) > 1 and (
            len(self._images) > self._bounds.images
            or sum(self._images.values()) > self._bounds.image_bytes
        ):
            dropped, _ = self._images.popitem(last=False)
            self.link.send(drop_frame(dropped))


_HANDLERS: dict[type[WorkerMessage], Callable[[LiveWorker, Work, Any], None]] = {
    WorkLoaded: LiveWorker._loaded,
    WorkConsole: LiveWorker._console,
    WorkAsks: LiveWorker._asks,
    WorkDone: LiveWorker._done,
    WorkSuspended: LiveWorker._suspended,
}
