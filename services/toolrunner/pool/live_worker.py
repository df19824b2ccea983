"""One live worker as the pool sees it: its images, its work and their deadlines.

A worker runs one piece of work at a time, in order; calls that wait (for a timer or an answer) do
not occupy it. A program is loaded before its first call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from services.toolrunner.domain import FailureKind, Outcome, ToolFailure
from services.toolrunner.messages import HostResult
from services.toolrunner.pool import ends
from services.toolrunner.pool.images import Images
from services.toolrunner.pool.known_reads import KnownReads
from services.toolrunner.pool.link import WorkerLink
from services.toolrunner.pool.memory import WorkerMemory
from services.toolrunner.pool.process import WorkerProcess
from services.toolrunner.pool.turns import Turns
from services.toolrunner.pool.wire import (
    WorkConsole,
    WorkDone,
    WorkerMessage,
    WorkerReady,
    WorkHostCall,
    WorkLoaded,
    WorkResumed,
    WorkSuspended,
    cancel_frame,
    deliver_frame,
    drop_frame,
    load_frame,
    start_frame,
)
from services.toolrunner.pool.work import PrivateImage, Stage, Work
from services.toolrunner.pool.worker_bounds import WorkerBounds
from services.toolrunner.pool.worker_priority import WorkerPriority
from services.toolrunner.tenants import Tenant

log = logging.getLogger(__name__)


class LiveWorker:
    """A worker process between its start and its end.

    ``on_free`` is called whenever it may take more work, ``on_busy`` when it starts to run,
    ``on_orphan`` with work for another one; ``known_reads`` learns what programs read at load.
    """

    def __init__(
        self,
        bounds: WorkerBounds,
        on_free: Callable[[LiveWorker], None],
        on_busy: Callable[[], None],
        on_orphan: Callable[[Work], None],
        process: WorkerProcess,
        known_reads: KnownReads,
    ) -> None:
        self._known_reads = known_reads
        self._bounds = bounds
        self._on_free = on_free
        self._on_busy = on_busy
        self._on_orphan = on_orphan
        self.process = process
        self._loop = asyncio.get_running_loop()
        self._works: dict[int, Work] = {}
        self._turns = Turns()
        self._stuck: dict[int, Work] = {}
        self._moved: set[int] = set()
        self.images = Images(bounds.images, bounds.image_bytes)
        self._memory = WorkerMemory(bounds.memory_bytes)
        self._last_id, self._end, self.born_s = 0, "died", self._loop.time()
        self._priority = WorkerPriority(process)
        self.link = WorkerLink(self._on_message, self.lose)
        self.ready: asyncio.Future[WorkerReady] = self._loop.create_future()
        self.lost: asyncio.Future[None] = self._loop.create_future()

    def __repr__(self) -> str:
        state = f"ready={self.ready.done()} lost={self.lost.done()} works={len(self._works)}"
        return f"<LiveWorker {state} {self._turns!r} images={len(self.images)}>"

    @property
    def idle(self) -> bool:
        """True when new work would start at once."""
        return not self._turns and self.alive and self.ready.done()

    @property
    def slow(self) -> bool:
        """True while it runs at lowered priority."""
        return self._priority.lowered

    @property
    def quick(self) -> bool:
        """True while it runs work that may end soon: its priority is not lowered."""
        return bool(self._turns) and not self.slow and self.alive

    @property
    def waiting(self) -> int:
        """The calls it holds, most of them waiting for a timer or an answer."""
        return len(self._works)

    def runs_since(self, time: float) -> bool:
        """Return whether it has been busy since ``time`` on the loop's clock, or longer."""
        return bool(self._turns) and self._turns.since <= time

    def has_memory_for(self, work: Work) -> bool:
        """Return whether a work fits in memory beside the calls that wait here."""
        return self._memory.has_room(work)

    @property
    def tenant(self) -> Tenant:
        """The tenant whose work runs."""
        return self._turns.tenant

    @property
    def caller(self) -> Tenant | None:
        """The tenant whose call runs; None when idle or loading a program."""
        running = self._running
        return running.tenant if running and running.stage is Stage.RUNNING else None

    @property
    def _running(self) -> Work | None:
        return next((self._works.get(each) for each in self._turns.running), None)

    @property
    def alive(self) -> bool:
        """True until the process is lost or must be killed."""
        return not self.lost.done()

    def holds(self, key: str) -> bool:
        """Return whether a call of the program with this key can start without a load."""
        return key in self.images

    def is_home_of(self, own: PrivateImage) -> bool:
        """Return whether it holds or loads the image of a stream."""
        loads = (each.own is own and each.stage is Stage.LOADING for each in self._works.values())
        return self.alive and (own.key in self.images or any(loads))

    def drop(self, image: PrivateImage) -> None:
        """Make the worker free the image of a stream that has ended."""
        if self.images.drop(image.key):
            self.link.send(drop_frame(image.key))

    def _drop_what_was_loaded(self, work: Work) -> None:
        """Free the image of a stream whose load is given up here; it may have ended before."""
        if work.own is not None and work.stage is Stage.LOADING:
            self.link.send(drop_frame(work.key))

    def begin(self, work: Work) -> None:
        """Give the worker a load or call; a call's program is loaded first if needed."""
        work.place = self
        work.memory_bytes = 0
        self._works[self._new_id(work)] = work
        if work.call is not None and work.key in self.images:
            self._start(work)
        else:
            self._load(work)

    def cancel(self, work: Work) -> None:
        """Tell the worker to end a piece of work; it must answer within the kill grace."""
        if work.stage is Stage.CANCELLING:
            return
        work.stage = Stage.CANCELLING
        self._priority.raise_to_low()
        self._arm(work, 0.0)
        self.link.send(cancel_frame(work.work_id))

    def deliver(self, work: Work, result: HostResult) -> None:
        """Deliver an answer to a call, which runs again."""
        if work.stage in {Stage.SUSPENDED, Stage.LOADING}:
            self._run(work)
        if work.stage is Stage.SUSPENDED:
            work.stage = Stage.RUNNING
        self.link.send(deliver_frame(work.work_id, result))

    def give_way(self) -> None:
        """Lower its priority until it is free; work queued behind its current work moves elsewhere.

        Work that is still running after part of its time limit gets a low priority instead.
        """
        if self.slow:
            return
        running = self._running
        self._priority.lower(self._bounds.limits_of(running).timeout_s if running else 0.0)
        for work_id in self._turns.behind:
            work = self._works.get(work_id)
            if work is not None and work.untouched:
                del self._works[work_id]
                self._moved.add(work_id)
                self._turns.disown(work_id)
                self.link.send(cancel_frame(work_id))
                self._drop_what_was_loaded(work)
                self._orphan(work)

    def relieve(self) -> None:
        """End calls while the process is over its memory limit, the largest tenant's first.

        If that is not enough, the process is killed; running work is not retried.
        """
        used = self.process.memory_bytes() if self.alive else 0
        if not self._memory.excess(used):
            return
        running = self._running
        ended = self._memory.to_end(used, self._works.values(), running)
        log.warning("a worker is over its memory limit; ending %d calls", len(ended))
        for work in ended:
            self._end_for_memory(work)
        if not ended:
            if running is not None:
                running.retried = True
            self._end = "used too much memory"
            self.process.kill()
            self.lose()

    def _end_for_memory(self, work: Work) -> None:
        del self._works[work.work_id]
        self._moved.add(work.work_id)
        self._turns.disown(work.work_id)
        self.link.send(cancel_frame(work.work_id, at_once=True))
        self._drop_what_was_loaded(work)
        text = self._memory.end(work)
        work.fail(FailureKind.MEMORY_EXCEEDED, text, self._loop.time() - work.since)

    def lose(self) -> None:
        """Fail or retry the work of a process that is gone or must not be used any more.

        Work without visible effects is retried once, and only once: it may be what brought the
        process down.
        """
        if self.lost.done():
            return
        self.lost.set_result(None)
        self._priority.close()
        self.link.close()
        works = list(self._works.values())
        self._works.clear()
        for work in works:
            if work.untouched and not work.retried:
                work.retried = True
                self._orphan(work)
            else:
                self._fail(work, FailureKind.RUNNER_LOST)

    # Sending work

    def _new_id(self, work: Work) -> int:
        self._last_id = work.work_id = self._last_id + 1
        self._run(work)
        return work.work_id

    def _run(self, work: Work) -> None:
        idle = not self._turns
        self._turns.add(work.work_id, work.tenant, self._loop.time())
        if idle:
            self._on_busy()

    def _load(self, work: Work) -> None:
        work.stage, work.since = Stage.LOADING, self._loop.time()
        limits = self._bounds.limits_of(work)
        self._arm(work, limits.timeout_s)
        own = (work.key, work.given_json, self._bounds.strict_loads, work.load_replay)
        self.link.send(*load_frame(work.work_id, work.program, limits, *own))

    def _start(self, work: Work) -> None:
        assert work.call is not None
        self.images.use(work.key)
        work.stage = Stage.RUNNING
        work.since = self._loop.time()
        self._arm(work, work.limits.timeout_s)
        self.link.send(start_frame(work.work_id, work.key, work.call))
        work.sink.began()

    def _orphan(self, work: Work) -> None:
        work.sink.begins_anew()
        self._on_orphan(work)

    def _arm(self, work: Work, timeout_s: float) -> None:
        work.stop_timer()
        late = timeout_s + self._bounds.kill_grace_s
        work.timer = self._loop.call_later(late, self._overdue, work)

    def _overdue(self, work: Work) -> None:
        """Give up on work that missed its deadline; kill the worker once no one else needs it."""
        del self._works[work.work_id]
        self._memory.note(work, 0)
        self._stuck[work.work_id] = work
        self._turns.add(work.work_id, work.tenant, self._loop.time())
        self.link.send(cancel_frame(work.work_id))
        self._fail(work, FailureKind.DEADLINE_EXCEEDED)
        self._kill_when_alone()

    def _kill_when_alone(self) -> None:
        if self._stuck and not self._works and self.alive:
            log.warning("a worker missed a deadline and is being replaced")
            self.process.kill()
            self.lose()

    def _fail(self, work: Work, kind: FailureKind) -> None:
        kind = FailureKind.CANCELLED if work.stage is Stage.CANCELLING else kind
        text = ends.told(work, kind, self._bounds.limits_of(work).timeout_s, self._end)
        work.fail(kind, text, self._loop.time() - work.since)

    # Messages from the worker

    def _on_message(self, message: WorkerMessage) -> None:
        if isinstance(message, WorkerReady):
            if not self.ready.done():
                self._memory.idle_bytes = self.process.memory_bytes()
                self.ready.set_result(message)
                self._on_free(self)
            return
        work = self._works.get(message.work_id)
        if work is not None:
            _HANDLERS[type(message)](self, work, message)
        elif message.work_id in self._stuck and isinstance(message, WorkDone | WorkLoaded):
            if isinstance(message, WorkLoaded):
                self._remember(self._stuck[message.work_id], message)
            del self._stuck[message.work_id]
            self._release(message.work_id)
        elif message.work_id in self._moved and isinstance(message, WorkDone | WorkLoaded):
            self._moved.discard(message.work_id)
            self._memory.freed(message.work_id)
            self._release(message.work_id)

    def _loaded(self, work: Work, message: WorkLoaded) -> None:
        self._remember(work, message)
        if not work.call or message.failure is not None or work.stage is Stage.CANCELLING:
            self._finish(work, Outcome("", message.failure, message.usage, message.incomplete))
        else:
            del self._works[work.work_id]
            self._turns.remove(work.work_id)
            self._works[self._new_id(work)] = work
            self._start(work)

    def _console(self, work: Work, message: WorkConsole) -> None:
        if work.call is None or work.stage is not Stage.LOADING:
            work.seen = work.stage is not Stage.LOADING
            work.sink.console(message.level, message.text)

    def _host_call(self, work: Work, message: WorkHostCall) -> None:
        work.host_calls += 1
        work.seen = True
        if work.stage is not Stage.CANCELLING:
            work.sink.host_call(message.host_call_id, message.capability, message.input_json)

    def _suspended(self, work: Work, message: WorkSuspended) -> None:
        self._memory.note(work, message.memory_bytes)
        if work.stage is Stage.RUNNING:
            work.stage = Stage.SUSPENDED
            work.seen = True
        self._release(message.work_id)

    def _resumed(self, work: Work, _: WorkResumed) -> None:
        idle = not self._turns
        if work.stage is Stage.SUSPENDED:
            work.stage = Stage.RUNNING
        self._turns.put_first(work.work_id, work.tenant, self._loop.time())
        if idle:
            self._on_busy()

    def _finish(self, work: Work, outcome: Outcome) -> None:
        del self._works[work.work_id]
        self._memory.note(work, 0)
        if work.stage is Stage.CANCELLING and outcome.failure is None:
            failure = ToolFailure(FailureKind.CANCELLED, ends.CANCELLED)
            work.end(Outcome("", failure, outcome.usage))
        else:
            work.end(outcome)
        self._kill_when_alone()
        self._release(work.work_id)

    def _release(self, work_id: int) -> None:
        self._turns.remove(work_id)
        if self._turns:
            return
        self._priority.restore()
        if self.idle:
            self._on_free(self)

    def _remember(self, work: Work, message: WorkLoaded) -> None:
        self._known_reads.learn(work.program.key, message.reads)
        if message.failure is None and work.own is not None and work.own.retired:
            self.link.send(drop_frame(work.key))
        elif message.failure is None:
            loaded = (work.key, message.image_bytes, work.tenant, message.incomplete)
            for dropped in self.images.keep(*loaded, bool(work.own)):
                self.link.send(drop_frame(dropped))


_HANDLERS: dict[type[WorkerMessage], Callable[[LiveWorker, Work, Any], None]] = {
    WorkLoaded: LiveWorker._loaded,
    WorkConsole: LiveWorker._console,
    WorkHostCall: LiveWorker._host_call,
    WorkDone: lambda self, work, message: self._finish(work, message.outcome),
    WorkResumed: LiveWorker._resumed,
    WorkSuspended: LiveWorker._suspended,
}
