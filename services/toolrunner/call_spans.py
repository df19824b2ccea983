"""The spans of a call: its wait for a worker with its program, its run, and its host calls."""

from __future__ import annotations

from typing import Final

from services.telemetry.traces.names import CAPABILITY, FUEL, HOST_CALLS, PEAK_MEMORY
from services.telemetry.traces.port import NO_SPAN, Kind, Span
from services.telemetry.traces.recorded import Tracer
from services.telemetry.traces.w3c import Remote
from services.toolrunner.domain import Outcome

WAIT: Final = "wait_for_worker"
RUN: Final = "run_in_worker"
MOST_HOST_CALLS: Final = 128
"""Host calls of one call that get spans."""


class CallSpans:
    """Spans in the trace of the caller, which is told as the call goes on."""

    __slots__ = ("_asked", "_counted", "_trace", "_tracer", "_wait", "_work")

    def __init__(self, tracer: Tracer, trace: Remote) -> None:
        self._tracer = tracer
        self._trace = trace
        self._wait = tracer.go_on(WAIT, Kind.INTERNAL, trace)
        self._work: Span = NO_SPAN
        self._asked: dict[int, Span] = {}
        self._counted = 0

    def __repr__(self) -> str:
        return f"<CallSpans {self._work!r} asked={len(self._asked)}>"

    def began(self) -> None:
        """Note that a worker runs it; the last one counts, if one is lost."""
        self._wait.end()
        self._end_work("RUNNER_LOST")
        self._work = self._tracer.go_on(RUN, Kind.INTERNAL, self._trace)

    def asked(self, host_call_id: int, capability: str) -> str:
        """Note a host call; return the id of its span, empty for none."""
        if not self._work.recording or self._counted >= MOST_HOST_CALLS:
            return ""
        self._counted += 1
        span = self._work.child(f"host_call {capability[:32]}", Kind.CLIENT)
        span.set(CAPABILITY, capability)
        self._asked[host_call_id] = span
        return span.span_id

    def answered(self, host_call_id: int, failure: str) -> None:
        """Note the answer to a host call; ``failure`` is its kind, empty for none."""
        span = self._asked.pop(host_call_id, NO_SPAN)
        if failure:
            span.fail(failure)
        span.end()

    def ended(self, outcome: Outcome | None) -> None:
        """Note the end; no outcome where nobody waits for one any more."""
        failure = "CANCELLED"
        if outcome is not None:
            failure = "" if outcome.failure is None else outcome.failure.kind.name
            usage = outcome.usage
            self._work.set(FUEL, usage.fuel)
            self._work.set(PEAK_MEMORY, usage.peak_memory_bytes)
            self._work.set(HOST_CALLS, usage.host_calls)
        if failure and self._work is NO_SPAN:
            self._wait.fail(failure)
        self._wait.end()
        self._end_work(failure)

    def _end_work(self, failure: str) -> None:
        for number in tuple(self._asked):
            self.answered(number, failure or "CANCELLED")
        if failure:
            self._work.fail(failure)
        self._work.end()
