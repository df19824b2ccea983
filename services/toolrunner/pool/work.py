"""One load or call on its way through the pool: what it is, where it is, whom it tells."""

from __future__ import annotations

import asyncio
import sys
from enum import Enum
from typing import Protocol

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
    """Whom a load or call tells what happens; none of these may raise or block."""

    def console(self, level: ConsoleLevel, text: str) -> None:
        """It wrote a line."""

    def host_call(self, host_call_id: int, capability: str, input_json: str) -> None:
        """It asks for the outside world."""

    def began(self) -> None:
        """The tool begins to run; once for each worker that it begins in."""

    def begins_anew(self) -> None:
        """It begins anew in another worker: what a load wrote until now does not count."""

    def ended(self, outcome: Outcome) -> None:
        """It ended; exactly once and last. A load that succeeded has an empty output."""


class Place(Protocol):
    """Where a piece of work is being done."""

    def cancel(self, work: Work) -> None:
        """End the work soon."""

    def deliver(self, work: Work, result: HostResult) -> None:
        """Answer what the work asked for."""


class Nowhere:
    """A sink for work that nobody waits for any more."""

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


class Work:
    """One load (``call`` is None) or call of a program, which workers know by its ``key``.

    Works of the same ``tenant`` share one turn in the queue. ``memory_bytes`` is what a call that
    waits holds in its worker.
    """

    __slots__ = (
        "call",
        "host_calls",
        "key",
        "limits",
        "memory_bytes",
        "place",
        "program",
        "retried",
        "seen",
        "since",
        "sink",
        "stage",
        "tenant",
        "timer",
        "work_id",
    )

    def __init__(
        self,
        program: Program,
        call: ToolCall | None,
        limits: Limits,
        sink: WorkSink,
        tenant: Tenant = NOBODY,
    ) -> None:
        self.program = program
        self.key = program.key
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

    def __repr__(self) -> str:
        kind = "load" if self.call is None else f"call of {self.call.agent}.{self.call.tool}"
        return f"<Work {self.work_id} {kind} {self.stage.value}>"

    @property
    def input_bytes(self) -> int:
        """What its input takes here until it ends."""
        if self.call is None:
            return 0
        return sys.getsizeof(self.call.input_json) + sys.getsizeof(self.call.context_json)

    @property
    def untouched(self) -> bool:
        """True while it can begin anew: nobody has noticed anything of it, or cancelled it.

        A call is noticed by a console line, a host call, or that it waited for either or a timer;
        nobody notices a load before its end.
        """
        return self.stage is Stage.LOADING or (self.stage is Stage.RUNNING and not self.seen)

    def stop_timer(self) -> None:
        """Forget the deadline of the stage that ends."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def end(self, outcome: Outcome) -> None:
        """Tell the sink the outcome, unless it has been told one."""
        if self.stage is Stage.ENDED:
            return
        self.stop_timer()
        self.stage = Stage.ENDED
        self.sink.ended(outcome)

    def fail(self, kind: FailureKind, message: str, wall_s: float = 0.0) -> None:
        """End with a failure that the guest did not report itself."""
        usage = Usage(wall_s=wall_s, host_calls=self.host_calls)
        self.end(Outcome("", ToolFailure(kind, message), usage))
