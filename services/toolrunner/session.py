"""The protocol of a RunTools stream: no I/O, a table of transitions.

``Session.feed`` takes one message of the peer or one event of the stream's work, and returns the
effects that the caller must perform, in order. The rules are in ``TRANSITIONS`` at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias

from services.toolrunner.call_ledger import SILENT_CALLER, TOO_MANY_ASKED, CallLedger
from services.toolrunner.checks import (
    ID_BYTES,
    MODEL_ID_BYTES,
    NAME_BYTES,
    Bounds,
    check_capabilities,
    check_id,
    check_json,
    lowered,
)
from services.toolrunner.domain import FailureKind, ToolCall, ToolFailure
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
from services.toolrunner.errors import OutOfOrderError, ProtocolError
from services.toolrunner.messages import (
    BundleChunk,
    BundleMissing,
    Call,
    CallConsole,
    CallEnded,
    Cancel,
    ClientMessage,
    DescribeTool,
    HalfClose,
    HostCall,
    HostResult,
    Open,
    ProgramFailed,
    ProgramHeld,
    ProgramLoaded,
    ProgramMissing,
    WorkEvent,
    kind_of,
)
from services.toolrunner.upload import Upload

DIGEST = re.compile(r"[0-9a-f]{64}")


class State(Enum):
    """The state of a stream; the values say what the peer may send, for error messages."""

    AWAIT_OPEN = "the first message must be `open`"
    AWAIT_PROGRAM = "send the program as `bundle_chunk` messages, the last one with `last` set"
    LOADING = "wait for `opened` before sending more"
    READY = "only `call`, `describe_tool`, `host_result` and `cancel` may follow `opened`"
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
        self._upload: Upload | None = None
        self._loading = False
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
        return self._calls.in_flight

    def feed(self, message: ClientMessage | WorkEvent) -> Effects:
        """Return the effects of ``message``.

        Raises ProtocolError when the peer may not send it, and closes the stream. An event of work
        that no longer matters has no effects.
        """
        rule = TRANSITIONS[self._state].get(type(message))
        try:
            if rule is not None:
                return rule(self, message)
            if isinstance(message, ClientMessage):
                raise OutOfOrderError(
                    f"The caller sent {kind_of(message)} out of turn: {self._state.value}."
                )
        except ProtocolError:
            self._state = State.CLOSED
            raise
        return ()

    # Messages of the peer

    def _open(self, message: Open) -> Effects:
        check_id("run_id", message.run_id, optional=True)
        check_id("open.tenant", message.tenant, optional=True)
        if not DIGEST.fullmatch(message.digest):
            raise ProtocolError(
                "open.program_digest must be the SHA-256 of the program as 64 lower-case "
                "hexadecimal digits, without a prefix."
            )
        if message.is_module is None:
            raise ProtocolError("open.format must say whether the program is a module or a script.")
        check_capabilities(message.capabilities)
        self._limits = lowered(self._bounds.call_limits, message.limits, "open.limits")
        self.run_id = message.run_id
        self._digest = message.digest
        self._is_module = message.is_module
        self._capabilities = tuple(dict.fromkeys(message.capabilities))
        self._state = State.LOADING
        return (Admit(message.tenant), LookUp(message.digest, message.is_module))

    def _chunk(self, message: BundleChunk) -> Effects:
        assert self._upload is not None
        self._upload.add(message.data, last=message.last)
        reserve = Reserve(len(message.data))
        if not message.last:
            return (reserve,)
        program = self._upload.program()
        self._upload = None
        self._state = State.LOADING
        self._loading = True
        return (reserve, Keep(program), Load(program))

    def _call(self, message: Call) -> Effects:
        check_id("call.call_id", message.call_id)
        check_id("call.tool_call_id", message.tool_call_id, MODEL_ID_BYTES, optional=True)
        check_id("call.agent", message.agent, NAME_BYTES)
        check_id("call.tool", message.tool, NAME_BYTES)
        limits = lowered(self._limits, message.limits, "call.limits")
        self._calls.begin(message.call_id, limits.host_calls_in_flight)
        call = ToolCall(
            message.agent,
            message.tool,
            message.input_json,
            message.context_json,
            message.tool_call_id,
            self._capabilities,
            limits,
        )
        return (StartCall(message.call_id, call),)

    def _describe(self, message: DescribeTool) -> Effects:
        check_id("describe_tool.call_id", message.call_id)
        check_id("describe_tool.agent", message.agent, NAME_BYTES)
        check_id("describe_tool.tool", message.tool, NAME_BYTES)
        limits = lowered(self._limits, message.limits, "describe_tool.limits")
        self._calls.begin(message.call_id, limits.host_calls_in_flight)
        asked = ToolCall(message.agent, message.tool, "{}", "{}", "", (), limits, describes=True)
        return (StartCall(message.call_id, asked),)

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

    def _cut_short(self, _: HalfClose) -> Effects:
        raise OutOfOrderError(f"The caller closed the stream too early: {self._state.value}.")

    # Events of the work

    def _held(self, message: ProgramHeld) -> Effects:
        self._loading = True
        return (Load(message.program),)

    def _missing(self, _: ProgramMissing) -> Effects:
        self._state = State.AWAIT_PROGRAM
        self._upload = Upload(self._digest, self._is_module, self._bounds.program_bytes)
        return (Send(BundleMissing(self._digest)),)

    def _loaded(self, message: ProgramLoaded) -> Effects:
        if not self._loading:
            return ()
        self._loading = False
        if self._state is State.LOADING:
            self._state = State.READY
        return (Send(message), *self._close_when_done())

    def _failed(self, message: ProgramFailed) -> Effects:
        if not self._loading:
            return ()
        self._loading = False
        self._state = State.CLOSED
        return (Send(message), Close())

    def _console(self, message: CallConsole) -> Effects:
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

    def _close_when_done(self) -> Effects:
        if self._state is not State.HALF_CLOSED or self._loading or not self._calls.empty:
            return ()
        self._state = State.CLOSED
        return (Close(),)


Rule: TypeAlias = Callable[[Session, Any], Effects]

TRANSITIONS: Mapping[State, Mapping[type[object], Rule]] = {
    State.AWAIT_OPEN: {
        Open: Session._open,
        HalfClose: Session._cut_short,
    },
    State.AWAIT_PROGRAM: {
        BundleChunk: Session._chunk,
        HalfClose: Session._cut_short,
    },
    State.LOADING: {
        Cancel: Session._cancel,
        HalfClose: Session._half_close,
        ProgramHeld: Session._held,
        ProgramMissing: Session._missing,
        ProgramLoaded: Session._loaded,
        ProgramFailed: Session._failed,
    },
    State.READY: {
        Call: Session._call,
        DescribeTool: Session._describe,
        HostResult: Session._host_result,
        Cancel: Session._cancel,
        HalfClose: Session._half_close,
        CallConsole: Session._console,
        HostCall: Session._host_call,
        CallEnded: Session._ended,
    },
    State.HALF_CLOSED: {
        ProgramLoaded: Session._loaded,
        ProgramFailed: Session._failed,
        CallConsole: Session._console,
        HostCall: Session._host_call,
        CallEnded: Session._ended,
    },
    State.CLOSED: {
        HalfClose: lambda _session, _message: (),
    },
}
