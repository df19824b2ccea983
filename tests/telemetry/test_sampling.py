"""Which traces are recorded: chance decides, and callers only within a bound."""

from __future__ import annotations

import asyncio

import pytest

from services.telemetry.current import current_span_id, current_trace_id
from services.telemetry.traces.port import Kind
from services.telemetry.traces.recorded import Allowance, RecordedSpan, Tracer
from services.telemetry.traces.w3c import Remote

TRACE, SPAN = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
SAMPLED = Remote(TRACE, SPAN, sampled=True)
UNSAMPLED = Remote(TRACE, SPAN, sampled=False)


class Kept:
    """Keeps spans."""

    def __init__(self) -> None:
        self.spans: list[RecordedSpan] = []

    def put(self, span: RecordedSpan) -> None:
        self.spans.append(span)


def recorded(tracer: Tracer, remote: Remote | None, times: int) -> int:
    """How many of some traces are recorded."""
    return sum(tracer.begin("rpc", Kind.SERVER, remote).recording for _ in range(times))


def test_ratio_of_traces_is_recorded() -> None:
    assert recorded(Tracer(Kept(), 0.0), None, 100) == 0
    assert recorded(Tracer(Kept(), 1.0), None, 100) == 100
    assert 50 < recorded(Tracer(Kept(), 0.5), None, 1000) < 950


def test_caller_that_asks_for_no_recording_is_obeyed() -> None:
    assert recorded(Tracer(Kept(), 1.0), UNSAMPLED, 10) == 0


def test_caller_can_force_no_more_than_the_allowance() -> None:
    now = 0.0
    tracer = Tracer(Kept(), 0.0, Allowance(3.0, lambda: now))
    assert recorded(tracer, SAMPLED, 100) == 3
    now = 1.0
    assert recorded(tracer, SAMPLED, 100) == 3
    now = 1000.0
    assert recorded(tracer, SAMPLED, 100) == 3
    assert recorded(tracer, None, 100) == 0


def test_less_than_one_a_second_is_possible() -> None:
    now = 0.0
    tracer = Tracer(Kept(), 0.0, Allowance(0.1, lambda: now))
    assert recorded(tracer, SAMPLED, 5) == 1
    now = 9.0
    assert recorded(tracer, SAMPLED, 5) == 0
    now = 11.0
    assert recorded(tracer, SAMPLED, 5) == 1


def test_trusting_tracer_does_what_the_flag_says() -> None:
    tracer = Tracer(Kept(), 0.0, trusting=True)
    assert recorded(tracer, SAMPLED, 10) == 10
    assert recorded(tracer, UNSAMPLED, 10) == 0


def test_unrecorded_trace_is_told_on_and_records_nothing() -> None:
    kept = Kept()
    with Tracer(kept).begin("rpc", Kind.SERVER, UNSAMPLED) as span:
        assert span.traceparent.startswith(f"00-{TRACE}-")
        assert span.traceparent.endswith("-00")
        with span.child("work") as child:
            assert child.traceparent == span.traceparent
        assert current_trace_id() == ""
    assert not kept.spans


async def test_tasks_inside_a_span_belong_to_it() -> None:
    kept = Kept()

    async def work() -> tuple[str, str]:
        return current_trace_id(), current_span_id()

    with Tracer(kept).begin("rpc", Kind.SERVER, SAMPLED) as span:
        found = await asyncio.create_task(work())
    assert found == (TRACE, span.span_id)
    assert current_span_id() == ""


async def test_error_is_told_by_its_class_alone() -> None:
    kept = Kept()
    tracer = Tracer(kept)
    with pytest.raises(ValueError, match="secret"), tracer.begin("a", Kind.INTERNAL):
        raise ValueError("secret")
    with pytest.raises(asyncio.CancelledError), tracer.begin("b", Kind.INTERNAL):
        raise asyncio.CancelledError
    assert [each.error for each in kept.spans] == ["ValueError", "CANCELLED"]
    assert "secret" not in repr([each.attributes for each in kept.spans])


def test_span_is_bounded() -> None:
    kept = Kept()
    span = Tracer(kept).begin("x" * 9999, Kind.INTERNAL)
    for number in range(100):
        span.set(f"name-{number}", "y" * 9999)
    span.set_content("prompt", "z")
    span.end()
    span.set("late", 1)
    span.end()
    (made,) = kept.spans
    assert len(made.name) == 256
    assert len(made.attributes) == 32
    assert {len(str(each)) for each in made.attributes.values()} == {256}


def test_content_is_recorded_only_where_it_is_asked_for() -> None:
    kept = Kept()
    for asked in (False, True):
        span = Tracer(kept, takes_content=asked).begin("chat", Kind.CLIENT).child("inner")
        span.set_content("prompt", "\u00e9" * 9999)
        span.end()
    without, with_it = kept.spans
    assert without.attributes == {}
    assert len(str(with_it.attributes["prompt"]).encode()) == 4096
