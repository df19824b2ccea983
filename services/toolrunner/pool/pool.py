"""The pool of worker processes: starts them, gives them work, and watches them.

Work goes to an idle worker, preferably one that holds the program's image; otherwise it waits in a
bounded queue in which tenants take turns. As many works run at once as there are cores, except for
long-running ones: such a worker yields to the others, and a spare worker takes its place. Tenants
that run long leave some workers to others. Everything here runs on one event loop and calls its
sinks without a task switch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.toolrunner.domain import FailureKind, LoadReads, Program, ToolCall, Usage
from services.toolrunner.errors import OverloadedError
from services.toolrunner.messages import HostResult, ProgramLoaded
from services.toolrunner.pool.fair_queue import FairQueue
from services.toolrunner.pool.known_reads import KnownReads
from services.toolrunner.pool.live_worker import LiveWorker
from services.toolrunner.pool.long_runners import LongRunners
from services.toolrunner.pool.process import WorkerLauncher, WorkerProcess
from services.toolrunner.pool.shared_load import LoadReport, LoadTicket, SharedLoad
from services.toolrunner.pool.supervisor import Supervisor
from services.toolrunner.pool.warming import Warming
from services.toolrunner.pool.wire import WorkerReady
from services.toolrunner.pool.work import (
    NO_POOL_WATCH,
    REPEATED,
    Nowhere,
    PoolWatch,
    PrivateImage,
    Stage,
    Work,
    WorkSink,
)
from services.toolrunner.pool.worker_bounds import PoolBounds
from services.toolrunner.tenants import NOBODY, Tenant

RETRY_AFTER_S = 1.0
# Most tool calls take a millisecond; anything longer than this must not hold them up.
PATIENCE_S = 0.005
LOOK_EVERY_S = 0.0025
WEIGH_EVERY_S = 0.05
# How long the worker that has a stream's own image may be busy before another one loads it again.
HOME_PATIENCE_S = 0.25
GIVEN_UP = (
    "Too many calls of this tenant wait for a worker and leave no room for others. "
    "Try again with fewer at once."
)


class WorkerPool:
    """The workers of one toolrunner. ``on_ready`` is called with whether any worker takes work.

    ``watch`` is told what happens.
    """

    def __init__(
        self,
        launcher: WorkerLauncher,
        bounds: PoolBounds,
        on_ready: Callable[[bool], None] = lambda ready: None,
        watch: PoolWatch = NO_POOL_WATCH,
    ) -> None:
        self._listener = watch
        self._bounds = bounds
        self._on_ready = on_ready
        self._supervisor = Supervisor(
            launcher, bounds.start_timeout_s, self._made, self._workers_changed, watch
        )
        self.live = self._workers = self._supervisor.workers
        self._queue = FairQueue(bounds.queued_bytes // max(1, bounds.queued))
        self._loads: dict[str, SharedLoad] = {}
        self._known_reads = KnownReads()
        self._spares = bounds.spares
        self._long_runners = LongRunners()
        self._warming = Warming(self._workers, bounds.worker.load_limits)
        self._look: asyncio.TimerHandle | None = None
        self._weighing: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"<WorkerPool {len(self._workers)} workers, {len(self._queue)} queued>"

    @property
    def held(self) -> int:
        """Unfinished calls and loads, in the queue and in workers."""
        return len(self._queue) + sum(worker.waiting for worker in self._workers)

    @property
    def waiting(self) -> int:
        """Calls and loads that wait for a worker."""
        return len(self._queue)

    @property
    def workers(self) -> int:
        """Workers that there are, spares included once they are needed."""
        return len(self._workers)

    @property
    def ready(self) -> bool:
        """True when some worker takes work."""
        return any(worker.alive and worker.ready.done() for worker in self._workers)

    @property
    def jail_report(self) -> tuple[WorkerReady, ...]:
        """The jail report of each live worker."""
        return tuple(
            worker.ready.result()
            for worker in self._workers
            if worker.alive and worker.ready.done()
        )

    async def start(self) -> None:
        """Start the workers and wait until all take work; raises SetupError if one does not."""
        firsts = [self._supervisor.add() for _ in range(self._bounds.workers)]
        try:
            await asyncio.gather(*firsts)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Fail all work, end all workers and reap them."""
        self._spares = 0
        await self._supervisor.stop()
        for timer in (self._look, self._weighing):
            if timer is not None:
                timer.cancel()
        while (work := self._queue.take()) is not None:
            work.fail(FailureKind.RUNNER_LOST, "The toolrunner is stopping; try another.")

    # Work

    def load(
        self, program: Program, on_end: Callable[[LoadReport], None], tenant: Tenant = NOBODY
    ) -> LoadTicket:
        """Load the program's image into some worker, then call ``on_end`` once, maybe right now.

        A shared load takes the turn of the tenant that asked first. Raises OverloadedError when the
        queue is full.
        """
        key = program.image_key
        ticket = LoadTicket(key, on_end)
        holder = next((each for each in self._workers if each.alive and each.holds(key)), None)
        if holder is not None and self.reads_of(program) is not None:
            self._listener.found()
            on_end(ProgramLoaded(True, Usage(), incomplete=holder.images.incomplete(key)))
            return ticket
        shared = self._loads.get(key)
        if shared is None:
            shared = SharedLoad(lambda: self._forget_load(key))
            limits = self._bounds.worker.load_limits
            shared.work = Work(program, None, limits, shared, tenant)
            self._submit(shared.work)
            self._loads[key] = shared
        shared.waiting.add(ticket)
        return ticket

    def load_alone(
        self, program: Program, own: PrivateImage, sink: WorkSink, tenant: Tenant = NOBODY
    ) -> Work:
        """Load the program into an image for one stream; raises OverloadedError."""
        limits = self._bounds.worker.private_load_limits
        work = Work(program, None, limits, sink, tenant, own)
        self._submit(work)
        return work

    def retire(self, own: PrivateImage) -> None:
        """Free the image of a stream that has ended, in every worker, now and later."""
        own.retired = True
        for worker in self._workers:
            worker.drop(own)

    def reads_of(self, program: Program) -> LoadReads | None:
        """Return what a program reads while it loads; None when that is not known."""
        return self._known_reads.of(program.key)

    def _forget_load(self, key: str) -> None:
        self._loads.pop(key, None)

    def leave(self, ticket: LoadTicket) -> None:
        """Stop waiting for a load; it is cancelled when no one waits for it."""
        shared = self._loads.get(ticket.key)
        if shared is None:
            return
        shared.waiting.discard(ticket)
        if not shared.waiting and shared.work is not None:
            del self._loads[ticket.key]
            self.abandon(shared.work)

    def call(
        self,
        program: Program,
        call: ToolCall,
        sink: WorkSink,
        tenant: Tenant = NOBODY,
        own: PrivateImage | None = None,
    ) -> Work:
        """Start a call, now or when a worker is free; raises OverloadedError.

        Tenants take turns when calls wait. ``own`` is the stream's own image, if it has one.
        """
        work = Work(program, call, call.limits, sink, tenant, own)
        self._submit(work)
        return work

    def cancel(self, work: Work) -> None:
        """End a call early; its sink receives CANCELLED unless the call ends by itself first."""
        if work.stage is Stage.QUEUED:
            self._queue.remove(work)
            waited = asyncio.get_running_loop().time() - work.since
            text = "The caller ended the call before it started."
            work.fail(FailureKind.CANCELLED, text, waited)
        elif work.place is not None and work.stage is not Stage.ENDED:
            work.place.cancel(work)

    def abandon(self, work: Work) -> None:
        """Cancel work and drop its outcome."""
        work.sink = Nowhere()
        self.cancel(work)

    def deliver(self, work: Work, result: HostResult) -> None:
        """Deliver the result of a host call."""
        if work.place is not None and work.stage is not Stage.ENDED:
            work.place.deliver(work, result)

    def _submit(self, work: Work) -> None:
        work.watch = self._listener
        worker = self._pick(work)
        if worker is not None:
            self._begin(worker, work)
            return
        self._make_room_for(work)
        self._put_in_line(work)

    def _make_room_for(self, work: Work) -> None:
        """Evict queued work of tenants that have far more; raises OverloadedError."""
        while self._queue.slots + self._queue.slots_of(work) > self._bounds.queued:
            given_up = self._queue.give_up_for(work)
            if given_up is None:
                self._listener.refused()
                raise OverloadedError(
                    f"{len(self._queue)} calls wait for a worker, and there is no room for another "
                    "of this size (CAISSON_TOOLRUNNER_QUEUED_CALLS, _QUEUED_BYTES); try again "
                    "later.",
                    retry_after_s=RETRY_AFTER_S,
                )
            given_up.fail(FailureKind.OVERLOADED, GIVEN_UP)

    def _begin(self, worker: LiveWorker, work: Work) -> None:
        """Start work, at idle priority if its tenant ran something long just now."""
        if work.own is not None and not worker.holds(work.key) and not work.own.may_load():
            work.fail(FailureKind.RUNNER_LOST, REPEATED)
            return
        now = asyncio.get_running_loop().time()
        waited_s = now - work.since if work.stage is Stage.QUEUED and work.since else 0.0
        self._listener.began(work, waited_s, warm=worker.holds(work.key))
        worker.begin(work)
        if work.call is not None:
            # A quick load says nothing about how long its calls take.
            self._long_runners.note_start(work.tenant)
            if work.own is None:
                self._warming.used(work)
        if self._long_runners.ran_long_recently(work.tenant, now):
            worker.give_way()

    def _put_in_line(self, work: Work) -> None:
        loop = asyncio.get_running_loop()
        work.stop_timer()
        work.stage = Stage.QUEUED
        work.since = loop.time()
        work.timer = loop.call_later(work.limits.timeout_s, self._waited_too_long, work)
        self._queue.put(work)
        self._warming.give_up()
        self._start_spares_where_missed()

    def _begin_anew(self, work: Work) -> None:
        """Restart accepted work in another worker, however long the queue is."""
        worker = self._pick(work)
        if worker is not None:
            self._begin(worker, work)
        else:
            self._put_in_line(work)

    def _pick(self, work: Work) -> LiveWorker | None:
        """Return the worker to start work in now: one with its image, or with few waiting calls."""
        if not self._has_room:
            return None
        idle = [worker for worker in self._workers if worker.idle]
        if not self._may_begin(work.tenant, len(idle)):
            return None
        fit = [worker for worker in idle if worker.has_memory_for(work)]
        if work.own is not None:
            fit = self._at_home(work, work.own, fit)
        return min(fit, key=lambda each: (not each.holds(work.key), each.waiting), default=None)

    def _at_home(self, work: Work, own: PrivateImage, fit: list[LiveWorker]) -> list[LiveWorker]:
        """Return the workers that may take work with an image of its own.

        Those that have the image, unless they have been busy for long: another load costs time. It
        would repeat the requests of the program's load, so if there were any, its calls wait.
        """
        homes = [
            worker
            for worker in self._workers
            if worker.is_home_of(own) and worker.has_memory_for(work)
        ]
        busy_since = asyncio.get_running_loop().time() - HOME_PATIENCE_S
        late = not own.asks and all(worker.runs_since(busy_since) for worker in homes)
        if late or not homes:
            return fit
        return [worker for worker in fit if worker in homes]

    @property
    def _has_room(self) -> bool:
        """True when fewer quick works run than there are cores."""
        return sum(worker.quick for worker in self._workers) < self._bounds.workers

    def _may_begin(self, tenant: Tenant, idle: int) -> bool:
        """Return whether this tenant may take an idle worker; without spares, always True."""
        slow = (worker for worker in self._workers if worker.slow)
        long = [worker.tenant for worker in slow if not self._warming.warms(worker)]
        if not long or not self._bounds.spares:
            return True
        now = asyncio.get_running_loop().time()
        return self._long_runners.may_start(tenant, idle, long, now)

    def _waited_too_long(self, work: Work) -> None:
        self._queue.remove(work)
        limit = work.limits.timeout_s
        work.fail(
            FailureKind.DEADLINE_EXCEEDED,
            f"No worker was free within the limit of {limit:g} s; the runner is busy, try again.",
            limit,
        )

    def _give_work(self, _: LiveWorker | None = None) -> None:
        while self._has_room and any(worker.idle for worker in self._workers):
            work = self._queue.take(lambda each: self._pick(each) is not None)
            if work is None:
                return
            self._begin_anew(work)

    # Long-running work

    def _watch(self) -> None:
        """Watch the workers until none of them holds up others."""
        loop = asyncio.get_running_loop()
        if self._look is None:
            self._look = loop.call_later(LOOK_EVERY_S, self._look_after_workers)
        if self._weighing is None:
            self._weighing = loop.call_later(WEIGH_EVERY_S, self._weigh)

    def _weigh(self) -> None:
        """Relieve workers that hold too much memory; repeats while one of them runs."""
        self._weighing = None
        for worker in tuple(self._workers):
            worker.relieve()
        if any(worker.quick or worker.slow for worker in self._workers):
            self._give_work()  # what waits for its own image may have waited long enough
            self._watch()

    def _look_after_workers(self) -> None:
        self._look = None
        now = asyncio.get_running_loop().time()
        too_long_since = now - PATIENCE_S
        quick = [worker for worker in self._workers if worker.quick]
        late = [worker for worker in quick if worker.runs_since(too_long_since)]
        for worker in late:
            if worker.caller is not None:
                self._long_runners.note_long_run(worker.caller, now)
                self._warming.ran_long(worker.caller)
            worker.give_way()
        if late:
            self._give_work()
            self._start_spares_where_missed()
        if len(late) < len(quick):
            self._watch()

    def _start_spares_where_missed(self) -> None:
        if not self._spares or not self._queue or not any(each.slow for each in self._workers):
            return
        self._supervisor.add_more(self._spares)
        self._spares = 0

    def _workers_changed(self) -> None:
        self._on_ready(self.ready)
        for worker in self._workers:
            self._warming.warm(worker)

    def _made(self, process: WorkerProcess) -> LiveWorker:
        return LiveWorker(
            self._bounds.worker,
            self._give_work,
            self._watch,
            self._begin_anew,
            process,
            self._known_reads,
        )
