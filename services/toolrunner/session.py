"""The protocol of a RunTools stream: no I/O, a table of transitions.

``Session.feed`` takes one message of the peer or one event of the stream's work, and returns the
effects that the caller must perform, in order. The rules are in ``TRANSITIONS`` at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias

from services.telemetry.traces.w3c import Remote
from services.toolrunner.call_ledger import CallLedger
from services.toolrunner.checks import (
    ID_BYTES,
    MODEL_ID_BYTES,
    NAME_BYTES,
    Bounds,
    asked_for,
    check_age,
    check_id,
    check_json,
    check_open,
    lowered,
)
from services.toolrunner.domain import FailureKind, LoadGrant, Program, ToolCall, ToolFailure
from services.toolrunner.effects import (
    Admit,
    CancelCall,
    Close,
    Deliver,
    Effects,
    Keep,
    Load,
    LookUp,
    Reserve,
    Send,
    StartCall,
)
from services.toolrunner.errors import (
    OutOfOrderError,
    OverloadedError,
    ToolRunnerError,
)
from services.toolrunner.messages import (
    LOAD,
    Call,
    CallConsole,
    CallEnded,
    CallStarted,
    Cancel,
    ClientMessage,
    Draining,
    Evaluate,
    HalfClose,
    HostCall,
    HostResult,
    Open,
    Opened,
    Ping,
    ProgramChunk,
    ProgramFailed,
    ProgramHeld,
    ProgramLoaded,
    ProgramMissing,
    ProgramWanted,
    Unreceived,
    WorkEvent,
    kind_of,
)
from services.toolrunner.refusals import (
    SILENT_CALLER,
    STOPPING,
    TOO_MANY_ASKED,
    TOO_MANY_CALLS,
    not_started,
    unknown_member,
    unusable,
)
from services.toolrunner.upload import Upload


class State(Enum):
    """The state of a stream; the values say what the peer may send, for error messages."""

    AWAIT_OPEN = "the first message must be `open`"
    AWAIT_PROGRAM = "send the program as `program_chunk` messages, the last one with `last` set"
    LOADING = "wait for `opened` before sending more"
    READY = "only `call`, `evaluate`, `host_result`, `cancel` and `ping` may follow `opened`"
    HALF_CLOSED = "the request side is closed"
    CLOSED = "the stream has ended"


class Session:
    """One RunTools stream."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._limits = bounds.call_limits
        self._state = State.AWAIT_OPEN
        self._digest = ""
        self._is_module = False
        self._capabilities: tuple[str, ...] = ()
        self._grant = LoadGrant()
        self._upload: Upload | None = None
        self._loading = False
        self._draining = False
        self._calls = CallLedger(bounds.calls_in_flight)
        self.run_id = ""

    def __repr__(self) -> str:
        return f"<Session {self._state.name} run={self.run_id!r} {self._calls!r}>"

    @property
    def state(self) -> State:
        """Where the stream is."""
        return self._state

    @property
    def awaits_program(self) -> bool:
        """True until the peer has opened the stream and sent its program, if needed."""
        return self._state in {State.AWAIT_OPEN, State.AWAIT_PROGRAM}

    @property
    def is_idle(self) -> bool:
        """True while the program is loaded and no call is in flight."""
        return self._state is State.READY and self._calls.empty

    @property
    def is_done(self) -> bool:
        """True while nothing is unanswered, so that nothing is lost when the peer leaves."""
        waits = self._loading or self._state in {State.AWAIT_PROGRAM, State.LOADING}
        return self._calls.empty and not waits

    @property
    def calls_in_flight(self) -> frozenset[str]:
        """Ids of the calls that have started and not ended."""
        return self._calls.in_flight - {LOAD}

    def feed(self, message: ClientMessage | WorkEvent) -> Effects:
        """Handle ``message`` and return its effects.

        Raises ProtocolError when the peer may not send it, and OverloadedError when the runner
        stops before the program is there; the stream is closed then. An event of work that no
        longer matters has no effects.
        """
        rule = TRANSITIONS[self._state].get(type(message))
        try:
            if rule is not None:
                return rule(self, message)
            if isinstance(message, ClientMessage):
                raise OutOfOrderError(
                    f"The caller sent {kind_of(message)} out of turn: {self._state.value}."
                )
        except ToolRunnerError:
            self._state = State.CLOSED
            raise
        return ()

    # Messages of the peer

    def _open(self, message: Open) -> Effects:
        is_module = check_open(message)
        self._limits = lowered(self._bounds.call_limits, message.limits, "open.limits")
        self.run_id = message.run_id
        self._digest = message.digest
        self._is_module = is_module
        self._capabilities = tuple(dict.fromkeys(message.capabilities))
        asks = message.host_calls_at_load and bool(self._capabilities)
        granted = self._capabilities if asks else ()
        age = check_age(message.max_load_age_s)
        self._grant = LoadGrant(message.env, granted, age, message.replay)
        self._state = State.LOADING
        return (Admit(message.tenant), LookUp(message.digest, is_module))

    def _chunk(self, message: ProgramChunk) -> Effects:
        assert self._upload is not None
        self._upload.add(message.data, last=message.last)
        reserve = Reserve(len(message.data))
        if not message.last:
            return (reserve,)
        program = self._upload.program()
        self._upload = None
        self._state = State.LOADING
        return (reserve, Keep(program), *self._begin_load(program))

    def _call(self, message: Call) -> Effects:
        check_id("call.call_id", message.call_id)
        check_id("call.tool_call_id", message.tool_call_id, MODEL_ID_BYTES, optional=True)
        limits = lowered(self._limits, message.limits, "call.limits")
        call = message.granted(self._capabilities, limits)
        return self._begin(message.call_id, call, message.trace)

    def _evaluate(self, message: Evaluate) -> Effects:
        check_id("evaluate.call_id", message.call_id)
        check_id("evaluate.member", message.member, NAME_BYTES)
        limits = lowered(self._limits, message.limits, "evaluate.limits")
        asked = asked_for(message, limits)
        if asked is None:
            self._calls.use(message.call_id)
            return (Send(not_started(message.call_id, unknown_member(message))),)
        return self._begin(message.call_id, asked, message.trace)

    def _begin(self, call_id: str, call: ToolCall, trace: Remote | None) -> Effects:
        """Start a call; without room for it, it ends at once and the stream continues."""
        self._calls.use(call_id)
        refused = unusable(call)
        if refused is not None:
            return (Send(not_started(call_id, refused)),)
        if self._draining or self._calls.full:
            return (Send(not_started(call_id, STOPPING if self._draining else TOO_MANY_CALLS)),)
        self._calls.begin(call_id, call.limits.host_calls_in_flight)
        return (StartCall(call_id, call, trace),)

    def _unreceived(self, message: Unreceived) -> Effects:
        number = message.host_call_id
        if number is None:
            check_id("call.call_id", message.call_id)
            self._calls.use(message.call_id)
            return (Send(not_started(message.call_id, message.failure)),)
        return self._host_result(HostResult(message.call_id, number, "", message.failure))

    def _ping(self, message: Ping) -> Effects:
        return (Send(message),)

    def _host_result(self, message: HostResult) -> Effects:
        if message.failure is None:
            check_json("host_result.output_json", message.output_json)
        if not self._calls.answer(message.call_id, message.host_call_id):
            return ()  # the call ended while the answer was on its way
        return (Deliver(message),)

    def _cancel(self, message: Cancel) -> Effects:
        return (CancelCall(message.call_id),) if self._calls.runs(message.call_id) else ()

    def _half_close(self, _: HalfClose) -> Effects:
        self._state = State.HALF_CLOSED
        unanswered = tuple(
            Deliver(HostResult(call_id, host_call_id, "", SILENT_CALLER))
            for call_id, host_call_id in self._calls.unanswered()
        )
        return (*unanswered, *self._close_when_done())

    def _too_late(self, message: ClientMessage) -> Effects:
        if self._draining:
            return ()  # it crossed the end of the stream
        raise OutOfOrderError(
            f"The caller sent {kind_of(message)} out of turn: {self._state.value}."
        )

    def _cut_short(self, _: HalfClose) -> Effects:
        raise OutOfOrderError(f"The caller closed the stream too early: {self._state.value}.")

    # Events of the work

    def _held(self, message: ProgramHeld) -> Effects:
        return self._begin_load(message.program)

    def _begin_load(self, program: Program) -> Effects:
        """Load the program; its host calls count as those of a call without an id."""
        self._loading = True
        self._calls.use(LOAD)  # an answer may come after its end
        self._calls.begin(LOAD, self._limits.host_calls_in_flight)
        return (Load(program, self._grant),)

    def _end_load(self) -> None:
        self._loading = False
        self._calls.end(LOAD)

    def _missing(self, _: ProgramMissing) -> Effects:
        self._state = State.AWAIT_PROGRAM
        self._upload = Upload(self._digest, self._is_module, self._bounds.program_bytes)
        return (Send(ProgramWanted(self._digest)),)

    def _loaded(self, message: ProgramLoaded) -> Effects:
        if not self._loading:
            return ()
        self._end_load()
        if self._state is State.LOADING:
            self._state = State.READY
        bounds = self._bounds
        opened = Opened(message, self._limits, bounds.calls_in_flight, bounds.request_bytes)
        return (Send(opened), *self._close_when_done())

    def _failed(self, message: ProgramFailed) -> Effects:
        if not self._loading:
            return ()
        self._end_load()
        self._state = State.CLOSED
        return (Send(message), Close())

    def _pass_on(self, message: CallStarted | CallConsole) -> Effects:
        return (Send(message),) if self._calls.runs(message.call_id) else ()

    def _host_call(self, message: HostCall) -> Effects:
        if not self._calls.runs(message.call_id):
            return ()
        denied = self._denial(message)
        if denied is not None:
            return (Deliver(HostResult(message.call_id, message.host_call_id, "", denied)),)
        self._calls.ask(message.call_id, message.host_call_id)
        return (Send(message),)

    def _denial(self, message: HostCall) -> ToolFailure | None:
        if message.capability not in self._capabilities:
            name = message.capability[:ID_BYTES]
            text = f"The tool used {name!r}, which this run has not been granted."
            return ToolFailure(FailureKind.CAPABILITY_DENIED, text)
        if self._state is State.HALF_CLOSED:
            return SILENT_CALLER
        return None if self._calls.may_ask(message.call_id) else TOO_MANY_ASKED

    def _ended(self, message: CallEnded) -> Effects:
        if not self._calls.end(message.call_id):
            return ()
        return (Send(message), *self._close_when_done())

    def _drain_early(self, _: Draining) -> Effects:
        raise OverloadedError("This runner is being stopped; use another one.", retry_after_s=1.0)

    def _drain(self, message: Draining) -> Effects:
        self._draining = True
        return (Send(message), *self._close_when_done())

    def _close_when_done(self) -> Effects:
        leaving = self._draining or self._state is State.HALF_CLOSED
        if not leaving or self._loading or not self._calls.empty:
            return ()
        self._state = State.CLOSED
        return (Close(),)


Rule: TypeAlias = Callable[[Session, Any], Effects]

TRANSITIONS: Mapping[State, Mapping[type[object], Rule]] = {
    State.AWAIT_OPEN: {
        Open: Session._open,
        HalfClose: Session._cut_short,
        Draining: Session._drain_early,
    },
    State.AWAIT_PROGRAM: {
        ProgramChunk: Session._chunk,
        Ping: Session._ping,
        HalfClose: Session._cut_short,
        Draining: Session._drain_early,
    },
    State.LOADING: {
        Cancel: Session._cancel,
        HostCall: Session._host_call,
        HostResult: Session._host_result,
        Ping: Session._ping,
        Draining: Session._drain,
        HalfClose: Session._half_close,
        ProgramHeld: Session._held,
        ProgramMissing: Session._missing,
        ProgramLoaded: Session._loaded,
        ProgramFailed: Session._failed,
    },
    State.READY: {
        Call: Session._call,
        Evaluate: Session._evaluate,
        Unreceived: Session._unreceived,
        HostResult: Session._host_result,
        Cancel: Session._cancel,
        Ping: Session._ping,
        Draining: Session._drain,
        CallStarted: Session._pass_on,
        HalfClose: Session._half_close,
        CallConsole: Session._pass_on,
        HostCall: Session._host_call,
        CallEnded: Session._ended,
    },
    State.HALF_CLOSED: {
        Draining: Session._drain,
        CallStarted: Session._pass_on,
        ProgramLoaded: Session._loaded,
        ProgramFailed: Session._failed,
        CallConsole: Session._pass_on,
        HostCall: Session._host_call,
        CallEnded: Session._ended,
    },
    State.CLOSED: {
        HalfClose: lambda _session, _message: (),
        Call: Session._too_late,
        Evaluate: Session._too_late,
        Unreceived: Session._too_late,
        HostResult: Session._too_late,
        Cancel: Session._too_late,
        Ping: Session._too_late,
    },
}
