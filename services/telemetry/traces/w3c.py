"""The W3C trace context: ``traceparent`` and ``tracestate``, as others send them and as we do.

What others send is theirs to choose: it is bounded, and what is malformed counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
MOST_STATE: Final = 512
MOST_HEADER: Final = 256
SAMPLED: Final = 1
# A later version may have more after the flags; the first has not.
FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
STATE: Final = re.compile(r"[ -~]*")
FIRST, INVALID_VERSION = "00", "ff"


@dataclass(frozen=True)
class Remote:
    """The span of another process: ids in hexadecimal, and whether it is recorded there."""

    trace_id: str
    span_id: str
    sampled: bool
    state: str = ""


def parsed(traceparent: str, tracestate: str = "") -> Remote | None:
    """Return the span that the headers name; None if ``traceparent`` is malformed."""
    if len(traceparent) > MOST_HEADER:
        return None
    found = FORM.fullmatch(traceparent)
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == INVALID_VERSION or (version == FIRST and more is not None):
        return None
    if not int(trace_id, 16) or not int(span_id, 16):
        return None
    is_state = len(tracestate) <= MOST_STATE and STATE.fullmatch(tracestate)
    return Remote(trace_id, span_id, bool(int(flags, 16) & SAMPLED), tracestate if is_state else "")


def from_metadata(metadata: Iterable[tuple[str, str | bytes]]) -> Remote | None:
    """Return the span that an RPC's metadata name; None if none, several, or a malformed one."""
    parents, states = [], []
    for name, value in metadata:
        if name == TRACEPARENT:
            parents.append(value)
        elif name == TRACESTATE:
            states.append(value)
    if len(parents) != 1 or not isinstance(parents[0], str):
        return None
    state = ",".join(each for each in states if isinstance(each, str)) if len(states) < 9 else ""
    return parsed(parents[0], state)


def traceparent(trace_id: str, span_id: str, *, sampled: bool) -> str:
    """Return the header that names a span."""
    return f"00-{trace_id}-{span_id}-{'01' if sampled else '00'}"
