"""The metrics of a toolrunner: of its RPCs, calls, loads and workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from services.telemetry.admin.readiness import Readiness
from services.telemetry.metrics.meters import (
    BYTES,
    FUEL,
    LONG_S,
    QUICK_S,
    Described,
    Meters,
    exemplar,
)
from services.telemetry.metrics.server_metrics import ServerMetrics, show_server
from services.telemetry.traces.tracing import NO_TRACES, Traces
from services.toolrunner.domain import Outcome
from services.toolrunner.pool.live_worker import LiveWorker
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.work import NO_POOL_WATCH, PoolWatch, Work
from services.toolrunner.pool.worker_bounds import PoolBounds
from services.toolrunner.service import ToolRunnerService
from services.toolrunner.wire import SERVICE_NAME

SHARED, PRIVATE = "shared", "private"
TOOL, MEMBER = "tool", "member"
RETURNED, DONE = "returned", "loaded"


class PoolMeters:
    """Is told what happens in the pool; a ``PoolWatch``."""

    def __init__(self, meters: Meters) -> None:
        self._calls = meters.counter(
            "calls",
            "Calls by outcome: returned, or why they failed; of tools, or of members of agents.",
            *("of", "outcome"),
        )
        self._seconds = meters.histogram(
            "call_duration_seconds",
            "Wall time of a call in its worker, waits for the host and timers included.",
            LONG_S,
        )
        self._fuel = meters.histogram("call_fuel", "Fuel that a call used.", FUEL)
        self._memory = meters.histogram(
            "call_memory_bytes", "The most linear memory that a call had.", BYTES
        )
        self._waits = meters.histogram(
            "queue_wait_seconds", "How long calls and loads waited for a worker.", QUICK_S
        )
        self._host_calls = meters.counter("host_calls", "Host calls that calls and loads made.")
        self._refused = meters.counter("queue_refusals", "Work for which the queue had no room.")
        images = meters.counter(
            "image_lookups",
            "Calls and streams by whether a worker had the image of their program: hit, or cold.",
            "found",
        )
        self._hits, self._cold = images.labels("hit"), images.labels("cold")
        self._loads = meters.counter(
            "loads", "Loads of programs into images, by their outcome.", "image", "outcome"
        )
        self._load_seconds = meters.histogram(
            "load_duration_seconds", "Wall time of a load.", LONG_S, "image"
        )
        self._starts = meters.counter("worker_starts", "Worker processes that took work.")
        self._losses = meters.counter("worker_losses", "Worker processes that were lost.")
        self._returned = self._calls.labels(TOOL, RETURNED)

    def __repr__(self) -> str:
        return "PoolMeters()"

    def found(self) -> None:
        """Count a program that needs no load."""
        self._hits.inc()

    def began(self, work: Work, waited_s: float, *, warm: bool) -> None:
        """Count the wait for a worker."""
        (self._hits if warm else self._cold).inc()
        self._waits.observe(waited_s)

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Count a call or load."""
        usage, failure = outcome.usage, outcome.failure
        if usage.host_calls:
            self._host_calls.inc(usage.host_calls)
        if work.call is None:
            image = SHARED if work.own is None else PRIVATE
            how = DONE if failure is None else failure.kind.name.lower()
            self._loads.labels(image, how).inc()
            self._load_seconds.labels(image).observe(usage.wall_s)
            return
        if failure is None and not work.call.member:
            self._returned.inc()
        else:
            how = RETURNED if failure is None else failure.kind.name.lower()
            self._calls.labels(MEMBER if work.call.member else TOOL, how).inc()
        self._seconds.observe(usage.wall_s, exemplar())
        self._fuel.observe(usage.fuel)
        if usage.peak_memory_bytes:
            self._memory.observe(usage.peak_memory_bytes)

    def refused(self) -> None:
        """Count work that had no room in the queue."""
        self._refused.inc()

    def worker_started(self) -> None:
        """Count a process."""
        self._starts.inc()

    def worker_lost(self) -> None:
        """Count a process that was lost."""
        self._losses.inc()


class ToolRunnerMetrics(ServerMetrics):
    """The metrics of one toolrunner; ``start`` once, then ``stop``.

    Args:
        wanted: whether anybody can read them; otherwise nothing is measured.
    """

    def __init__(self, *, wanted: bool) -> None:
        super().__init__("toolrunner", [SERVICE_NAME], wanted=wanted)
        self.pool: PoolWatch = NO_POOL_WATCH
        if self.meters is not None:
            self.pool = PoolMeters(self.meters)

    def watch(
        self,
        pool: WorkerPool,
        service: ToolRunnerService,
        readiness: Readiness,
        traces: Traces = NO_TRACES,
    ) -> None:
        """Show what the pool and the service have now, each time that somebody asks."""
        meters = self.meters
        if meters is None:
            return
        workers = pool.live

        def states() -> dict[str, float]:
            alive = [each for each in workers if each.alive and each.ready.done()]
            busy = sum(not each.idle for each in alive)
            slow = sum(each.slow for each in alive)
            return {"alive": len(alive), "busy": busy, "slow": slow}

        meters.read_each(
            "workers",
            "Workers that take work, that run some, and that run some long.",
            "state",
            states,
        )
        meters.read(
            "worker_memory_bytes",
            "Memory of all worker processes.",
            lambda: sum(each.process.memory_bytes() for each in workers),
        )
        meters.read_each(
            "images",
            "Images in workers, shared by streams or of one alone.",
            "image",
            lambda: held(workers, 0),
        )
        meters.read_each(
            "image_bytes", "Bytes of images in workers.", "image", lambda: held(workers, 1)
        )
        show_server(meters, readiness, traces)
        meters.read("streams", "Open streams of runs.", lambda: service.load.streams)
        meters.read(
            "calls_running", "Calls and loads in workers.", lambda: service.load.calls_running
        )
        meters.read(
            "calls_waiting", "Calls and loads in the queue.", lambda: service.load.calls_waiting
        )
        meters.read("draining", "Whether it shuts down.", lambda: float(service.load.draining))


def described() -> Sequence[Described]:
    """Return what all metrics of a toolrunner are, for the documentation."""
    metrics, nothing = ToolRunnerMetrics(wanted=True), cast("Any", None)  # read at a scrape only
    pool = WorkerPool(nothing, PoolBounds())
    metrics.watch(pool, nothing, Readiness(lambda ready: None, ()))
    assert metrics.meters is not None
    return metrics.meters.described


def held(workers: Sequence[LiveWorker], which: int) -> dict[str, float]:
    """Return the number of images in workers by kind, or with ``which`` of 1 their bytes."""
    kinds: Final = {SHARED: False, PRIVATE: True}
    return {
        kind: float(sum(each.images.held(private=private)[which] for each in workers))
        for kind, private in kinds.items()
    }
