"""What a RunTools stream may bring next, as the caller sees it: a table of states, no I/O."""

from __future__ import annotations

from collections.abc import Container, Mapping
from enum import Enum
from typing import Final

from services.executor.adapters.toolrunner.wire import (
    BundleMissing,
    CallConsole,
    CallResult,
    LoadFailed,
    Opened,
    RunnerMessage,
)
from services.executor.egress.host_calls import HostCall


class State(Enum):
    """How far a stream is."""

    LOADING = "the program is being loaded"
    READY = "calls may be sent"
    ENDED = "nothing more comes"


# The state after each message that is expected in a state.
EXPECTED: Mapping[State, Mapping[type[RunnerMessage], State]] = {
    State.LOADING: {
        BundleMissing: State.LOADING,
        Opened: State.READY,
        LoadFailed: State.ENDED,
    },
    State.READY: {
        CallConsole: State.READY,
        HostCall: State.READY,
        CallResult: State.READY,
    },
    State.ENDED: {},
}

OF_CALLS: Final = (CallConsole, HostCall, CallResult)


def after(state: State, message: RunnerMessage, calls: Container[str]) -> State | None:
    """Return the state after ``message``; None for one that is to be ignored.

    Ignored are messages that the state does not expect, and those of a call that is not among
    ``calls``: one that was cancelled may have crossed its result.
    """
    if isinstance(message, OF_CALLS) and message.call_id not in calls:
        return None
    return EXPECTED[state].get(type(message))
