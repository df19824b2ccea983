"""One load or call on its way through the pool: what it is, where it is, and its sink."""

from __future__ import annotations

import asyncio
import secrets
import sys
from enum import Enum
from typing import Final, Protocol

from services.toolrunner.domain import (
    ConsoleLevel,
    FailureKind,
    Limits,
    Outcome,
    Program,
    ToolCall,
    ToolFailure,
    Usage,
)
from services.toolrunner.messages import HostResult
from services.toolrunner.tenants import NOBODY, Tenant


class WorkSink(Protocol):
    """Receives the events of a load or call; no method may raise or block."""

    def console(self, level: ConsoleLevel, text: str) -> None:
        """It wrote a line."""

    def host_call(self, host_call_id: int, capability: str, input_json: str) -> None:
        """It makes a host call."""

    def began(self) -> None:
        """The tool begins to run; once for each worker that it begins in."""

    def begins_anew(self) -> None:
        """It restarts in another worker: discard what a load has written so far."""

    def ended(self, outcome: Outcome) -> None:
        """It ended; called exactly once, last. A successful load has an empty output."""


class PoolWatch(Protocol):
    """Is told what happens in the pool; no method may raise or block."""

    def found(self) -> None:
        """A stream's program needs no load: a worker has its image."""
        ...

    def began(self, work: Work, waited_s: float, *, warm: bool) -> None:
        """A worker begins work that had waited for it; it has the image if it is ``warm``.

        It is told again of work that begins anew in another worker.
        """
        ...

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Work ended, be it that nobody waits for it any more."""
        ...

    def refused(self) -> None:
        """There was no room in the queue for work."""
        ...

    def worker_started(self) -> None:
        """A worker process takes work."""
        ...

    def worker_lost(self) -> None:
        """A worker process ended, and another one is to take its place."""
        ...


class NoPoolWatch:
    """Hears nothing."""

    def found(self) -> None:
        """Do nothing."""

    def began(self, work: Work, waited_s: float, *, warm: bool) -> None:
        """Do nothing."""

    def ended(self, work: Work, outcome: Outcome) -> None:
        """Do nothing."""

    def refused(self) -> None:
        """Do nothing."""

    def worker_started(self) -> None:
        """Do nothing."""

    def worker_lost(self) -> None:
        """Do nothing."""


NO_POOL_WATCH: Final[PoolWatch] = NoPoolWatch()


class Place(Protocol):
    """Where a piece of work is being done."""

    def cancel(self, work: Work) -> None:
        """End the work soon."""

    def deliver(self, work: Work, result: HostResult) -> None:
        """Answer a host call of the work."""


class Nowhere:
    """A sink for work that no one waits for any more."""

    def console(self, level: ConsoleLevel, text: str) -> None:
        """Drop the line."""

    def host_call(self, host_call_id: int, capability: str, input_json: str) -> None:
        """Drop the request; the work is being cancelled."""

    def began(self) -> None:
        """Do nothing."""

    def begins_anew(self) -> None:
        """Do nothing."""

    def ended(self, outcome: Outcome) -> None:
        """Drop the outcome."""


class Stage(Enum):
    """Where a piece of work is."""

    QUEUED = "queued"
    LOADING = "loading"
    RUNNING = "running"
    SUSPENDED = "suspended"
    CANCELLING = "cancelling"
    ENDED = "ended"


MOST_LOADS = 3
REPEATED = (
    f"The program makes requests while it loads, and was loaded {MOST_LOADS} times for this run, "
    "since its workers were lost or had no room for it. Not loaded again, so that its requests are "
    "not repeated without end; start another run."
)


class PrivateImage:
    """The image of a program that is loaded for one stream alone, with what that stream grants.

    Workers know it by a key of its own, so that no other stream can meet it. Once ``retired``, no
    worker keeps it. ``given_json`` has the environment and the capabilities of its load. ``asks``
    is set once its load has made requests, which another load would repeat. ``replay`` is the trace
    of the load that it does once more, or empty.
    """

    __slots__ = ("_loads", "asks", "given_json", "key", "replay", "retired")

    def __init__(self, program: Program, given_json: bytes, replay: bytes = b"") -> None:
        self.key = f"{program.key}-{secrets.token_hex(16)}"
        self.given_json = given_json
        self.replay = replay
        self.retired = False
        self.asks = False
        self._loads = 0

    def may_load(self) -> bool:
        """Count a load; return whether it may be made."""
        self._loads += 1
        return not self.asks or self._loads <= MOST_LOADS

    def __repr__(self) -> str:
        return f"<PrivateImage retired={self.retired}>"


class Work:
    """One load (``call`` is None) or call of a program; workers know the program by ``key``.

    ``own`` is the image to use instead of the one that streams share.

    Works of the same ``tenant`` share one turn in the queue. ``memory_bytes`` is what a waiting
    call holds in its worker.
    """

    __slots__ = (
        "call",
        "host_calls",
        "key",
        "limits",
        "memory_bytes",
        "own",
        "place",
        "program",
        "retried",
        "seen",
        "since",
        "sink",
        "stage",
        "tenant",
        "timer",
        "watch",
        "work_id",
    )

    def __init__(
        self,
        program: Program,
        call: ToolCall | None,
        limits: Limits,
        sink: WorkSink,
        tenant: Tenant = NOBODY,
        own: PrivateImage | None = None,
    ) -> None:
        self.program = program
        self.own = own
        self.key = program.image_key if own is None else own.key
        self.call = call
        self.limits = limits
        self.sink = sink
        self.tenant = tenant
        self.memory_bytes = 0
        self.stage = Stage.QUEUED
        self.place: Place | None = None
        self.work_id = 0
        self.host_calls = 0
        self.retried = False
        self.seen = False
        self.since = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.watch = NO_POOL_WATCH

    def __repr__(self) -> str:
        kind = "load" if self.call is None else f"call of {self.call.agent}.{self.call.tool}"
        return f"<Work {self.work_id} {kind} {self.stage.value}>"

    @property
    def given_json(self) -> bytes:
        """What its stream grants to the load of its own image, nothing for the shared one."""
        return b"" if self.own is None else self.own.given_json

    @property
    def load_replay(self) -> bytes:
        """The trace that a load of its own image does once more; empty for none."""
        return b"" if self.own is None else self.own.replay

    @property
    def input_bytes(self) -> int:
        """Memory that its input takes here until it ends."""
        if self.call is None:
            return 0
        return sys.getsizeof(self.call.input_json) + sys.getsizeof(self.call.context_json)

    @property
    def untouched(self) -> bool:
        """True while it can be retried: it had no visible effect and was not cancelled.

        Visible effects of a call are a console line, a host call, or waiting; a load has none
        before its end.
        """
        return self.stage is Stage.LOADING or (self.stage is Stage.RUNNING and not self.seen)

    def stop_timer(self) -> None:
        """Cancel the deadline of the current stage."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def end(self, outcome: Outcome) -> None:
        """Report the outcome to the sink, once."""
        if self.stage is Stage.ENDED:
            return
        self.stop_timer()
        self.stage = Stage.ENDED
        self.watch.ended(self, outcome)
        self.sink.ended(outcome)

    def fail(self, kind: FailureKind, message: str, wall_s: float = 0.0) -> None:
        """End with a failure that the guest did not report."""
        usage = Usage(wall_s=wall_s, host_calls=self.host_calls)
        self.end(Outcome("", ToolFailure(kind, message), usage))
