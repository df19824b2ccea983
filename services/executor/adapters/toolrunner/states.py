"""Which message a RunTools stream may bring next: the caller's table of states, no I/O."""

from __future__ import annotations

from collections.abc import Container, Mapping
from enum import Enum
from typing import Final

from services.executor.adapters.toolrunner.wire import (
    CallConsole,
    CallResult,
    CallStarted,
    Draining,
    LoadFailed,
    Opened,
    Ping,
    ProgramMissing,
    RunnerMessage,
)
from services.executor.egress.host_calls import HostCall


class State(Enum):
    """The state of a stream."""

    LOADING = "the program is being loaded"
    READY = "calls may be sent"
    DRAINING = "calls in flight may end, and no more may be sent"
    ENDED = "nothing more comes"


# The state after each message expected in a state.
EXPECTED: Mapping[State, Mapping[type[RunnerMessage], State]] = {
    State.LOADING: {
        ProgramMissing: State.LOADING,
        HostCall: State.LOADING,
        Opened: State.READY,
        LoadFailed: State.ENDED,
        Draining: State.LOADING,
        Ping: State.LOADING,
    },
    State.READY: {
        CallStarted: State.READY,
        CallConsole: State.READY,
        HostCall: State.READY,
        CallResult: State.READY,
        Draining: State.DRAINING,
        Ping: State.READY,
    },
    State.DRAINING: {
        CallStarted: State.DRAINING,
        CallConsole: State.DRAINING,
        HostCall: State.DRAINING,
        CallResult: State.DRAINING,
        Ping: State.DRAINING,
    },
    State.ENDED: {},
}

OF_CALLS: Final = (CallStarted, CallConsole, HostCall, CallResult)


def after(state: State, message: RunnerMessage, calls: Container[str]) -> State | None:
    """Return the state after ``message``; None if it should be ignored.

    Messages that the state does not expect are ignored, and so are those of a call not in
    ``calls``: the result of a cancelled call may still arrive.
    """
    if isinstance(message, OF_CALLS) and message.call_id not in calls:
        return None
    if state is State.LOADING and isinstance(message, HostCall) and message.call_id:
        return None  # only the load itself may ask
    return EXPECTED[state].get(type(message))
