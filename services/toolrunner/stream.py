"""One running RunTools stream: performs the effects of its session."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from services.toolrunner.domain import (
    ConsoleLevel,
    FailureKind,
    Outcome,
    Program,
    ToolFailure,
    Usage,
    program_key,
)
from services.toolrunner.effects import (
    Admit,
    CancelCall,
    Close,
    Deliver,
    Effect,
    Keep,
    Load,
    LookUp,
    Reserve,
    Send,
    StartCall,
)
from services.toolrunner.errors import IdleError, OutOfOrderError, OverloadedError, ToolRunnerError
from services.toolrunner.messages import (
    CallConsole,
    CallEnded,
    CallStarted,
    ClientMessage,
    ConsoleText,
    Draining,
    HostCall,
    Ping,
    ProgramHeld,
    ProgramMissing,
    WorkEvent,
)
from services.toolrunner.outbox import Outbox
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.shared_load import LoadReport
from services.toolrunner.pool.work import Work
from services.toolrunner.program_loader import ProgramLoader
from services.toolrunner.programs import ProgramStore
from services.toolrunner.session import Session
from services.toolrunner.tenants import TenantShares, tenant_of

log = logging.getLogger(__name__)

RETRY_AFTER_S = 1.0
STARTED_S = 0.01


class Stream:
    """Binds a session to the pool, the program store and the stream's outbox.

    Args:
        session: the protocol state.
        pool, loader, store, outbox: perform its effects.
        places: slots of streams; entering takes one for its peer.
        peer: as gRPC formats it.
    """

    def __init__(
        self,
        session: Session,
        pool: WorkerPool,
        loader: ProgramLoader,
        store: ProgramStore,
        outbox: Outbox,
        places: TenantShares,
        peer: str,
    ) -> None:
        self._session = session
        self._places = places
        self._peer = peer
        self._tenant = tenant_of(peer, "")
        self._seated = False
        self._quiet_since = time.monotonic()
        self._pool = pool
        self._loader = loader
        self._store = store
        self._outbox = outbox
        self._program: Program | None = None
        self._reserved = 0
        self._works: dict[str, Work] = {}
        self.calls_started = 0
        self.began_s = time.monotonic()

    def __repr__(self) -> str:
        return f"<Stream {self._session!r} calls_started={self.calls_started}>"

    @property
    def run_id(self) -> str:
        """The run named by the peer, if any."""
        return self._session.run_id

    @property
    def organisation(self) -> str:
        """Whose the run is, or a digest of its host; empty for a peer that acts for itself."""
        return self._tenant.host if self._tenant.host != self._tenant.peer else ""

    @property
    def calls_open(self) -> int:
        """The calls in flight."""
        return len(self._works)

    @property
    def is_done(self) -> bool:
        """True if everything has been answered."""
        return self._session.is_done

    def enter(self) -> None:
        """Take a slot; raises OverloadedError when this tenant gets none."""
        self._seated = self._places.take(self._tenant)
        if not self._seated:
            raise OverloadedError(
                "This runner, or this caller's share of it, is at the limit of concurrent "
                "streams (CAISSON_TOOLRUNNER_STREAMS); try again later.",
                retry_after_s=RETRY_AFTER_S,
            )

    def leave(self) -> None:
        """Release the slot."""
        if self._seated:
            self._seated = False
            self._places.give_back(self._tenant)

    def end_if_idle(self, idle_s: float) -> float:
        """Fail the stream when it was idle for ``idle_s``; return when to check again."""
        if not self._session.is_idle:
            return idle_s
        left = self._quiet_since + idle_s - time.monotonic()
        if left <= 0:
            self._outbox.fail(
                IdleError(
                    f"The caller made no call for {idle_s:g} s (CAISSON_TOOLRUNNER_STREAM_IDLE_S), "
                    "and the stream was ended to make room for others. Open another one for the "
                    "next call."
                )
            )
        return max(left, 0.0) or idle_s

    def hurry(self, seconds: float) -> None:
        """Fail the stream if the peer has not sent its program after ``seconds``."""
        if self._session.awaits_program:
            self._outbox.fail(
                OutOfOrderError(
                    f"The caller sent no complete program within {seconds:g} s "
                    "(CAISSON_TOOLRUNNER_OPEN_TIMEOUT_S)."
                )
            )

    def feed(self, message: ClientMessage | WorkEvent) -> None:
        """Feed a message or event to the session and perform its effects.

        Raises ProtocolError or OverloadedError, after which the stream must be abandoned.
        """
        for effect in self._session.feed(message):
            _DOERS[type(effect)](self, effect)

    def abandon(self) -> None:
        """Cancel everything in flight without replies, and release the program."""
        works = list(self._works.values())
        self._works.clear()
        for work in works:
            self._pool.abandon(work)
        self._loader.close()
        self._store.free(self._reserved, self._tenant)
        self._reserved = 0
        if self._program is not None:
            self._store.unpin(self._program.key)
            self._program = None

    def _admit(self, effect: Admit) -> None:
        if not effect.tenant:
            return
        self.leave()
        self._tenant = tenant_of(self._peer, effect.tenant)
        self._outbox.belong_to(self._tenant)
        self.enter()

    def _look_up(self, effect: LookUp) -> None:
        key = program_key(effect.digest, effect.is_module)
        self._program = self._store.pin(key, self._tenant)
        held = self._program
        self.feed(ProgramMissing() if held is None else ProgramHeld(held))

    def _reserve(self, effect: Reserve) -> None:
        self._store.reserve(effect.size, self._tenant)
        self._reserved += effect.size

    def _keep(self, effect: Keep) -> None:
        self._reserved = 0
        self._program = self._store.keep(effect.program, self._tenant)

    def _load(self, effect: Load) -> None:
        self._loader.load(
            effect.program,
            effect.grant,
            self._tenant,
            self.feed,
            self._loaded,
            self._outbox.fail,
        )

    def _loaded(self, report: LoadReport) -> None:
        self._quiet_since = time.monotonic()
        self.feed(report)

    def _start(self, effect: StartCall) -> None:
        program = self._loader.program
        assert program is not None
        self.calls_started += 1
        sink = CallSink(self, effect.call_id, tells_begin=not effect.call.member)
        try:
            own = self._loader.own
            work = self._pool.call(program, effect.call, sink, self._tenant, own)
        except OverloadedError as error:
            failure = ToolFailure(FailureKind.OVERLOADED, error.message)
            self.feed(CallEnded(effect.call_id, Outcome("", failure, Usage()), started=False))
            return
        self._works[effect.call_id] = work

    def _deliver(self, effect: Deliver) -> None:
        call_id = effect.result.call_id
        work = self._works.get(call_id) if call_id else self._loader.load_work()
        if work is not None:
            self._pool.deliver(work, effect.result)

    def _cancel(self, effect: CancelCall) -> None:
        work = self._works.get(effect.call_id)
        if work is not None:
            self._pool.cancel(work)

    def _send(self, effect: Send) -> None:
        self._outbox.put(effect.reply)

    def _close(self, _: Close) -> None:
        self._outbox.close()

    def drain(self, deadline_s: float) -> None:
        """Start no more calls; calls in flight end at the deadline, in seconds since the epoch."""
        try:
            self.feed(Draining(deadline_s))
        except ToolRunnerError as error:
            self._outbox.fail(error)

    def ping(self) -> None:
        """Send the peer a ping, if it has opened the stream."""
        if not self._session.awaits_program:
            self._outbox.put(Ping())

    def call_ended(self, call_id: str, outcome: Outcome, *, started: bool) -> None:
        """Forget a call's work and report its end."""
        self._works.pop(call_id, None)
        self._quiet_since = time.monotonic()
        kind = outcome.failure.kind.name if outcome.failure else "ok"
        log.debug(
            "call run=%r id=%r end=%s seconds=%.4f fuel=%d",
            self.run_id,
            call_id,
            kind,
            outcome.usage.wall_s,
            outcome.usage.fuel,
        )
        self.feed(CallEnded(call_id, outcome, started))


class CallSink:
    """Reports the progress of one call to its stream.

    The start of a tool gets its own message only if nothing else of the call follows soon: most
    calls end within a millisecond, and an extra message costs a tenth of that.
    """

    __slots__ = ("_began", "_call_id", "_stream", "_telling", "_tells_begin")

    def __init__(self, stream: Stream, call_id: str, *, tells_begin: bool) -> None:
        self._stream = stream
        self._call_id = call_id
        self._tells_begin = tells_begin
        self._began = False
        self._telling: asyncio.TimerHandle | None = None

    def began(self) -> None:
        """Record that the tool has started, and report it soon."""
        if self._tells_begin and not self._began:
            self._began = True
            self._telling = asyncio.get_running_loop().call_later(STARTED_S, self._tell)

    def console(self, level: ConsoleLevel, text: str) -> None:
        """Pass a line on."""
        self._heard()
        line = ConsoleText(level, text, time.time_ns())
        self._stream.feed(CallConsole(self._call_id, line))

    def host_call(self, host_call_id: int, capability: str, input_json: str) -> None:
        """Pass a request on."""
        self._heard()
        self._stream.feed(HostCall(self._call_id, host_call_id, capability, input_json))

    def begins_anew(self) -> None:
        """Do nothing: the peer has received nothing from the lost worker."""

    def ended(self, outcome: Outcome) -> None:
        """Pass the end on."""
        self._heard()
        self._stream.call_ended(self._call_id, outcome, started=self._began)

    def _tell(self) -> None:
        self._telling = None
        self._stream.feed(CallStarted(self._call_id))

    def _heard(self) -> None:
        """Cancel the report of the start: the next message implies it."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None


_DOERS: dict[type[Effect], Callable[[Stream, Any], None]] = {
    Admit: Stream._admit,
    LookUp: Stream._look_up,
    Reserve: Stream._reserve,
    Keep: Stream._keep,
    Load: Stream._load,
    StartCall: Stream._start,
    Deliver: Stream._deliver,
    CancelCall: Stream._cancel,
    Send: Stream._send,
    Close: Stream._close,
}
