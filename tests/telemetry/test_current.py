"""The current span, where nothing is traced."""

from services.telemetry.current import current_span, current_span_id, current_trace_id


def test_nothing_is_current_where_nothing_is_traced() -> None:
    with current_span().child("work") as span:
        span.set("gen_ai.tool.name", "search")
        assert (current_trace_id(), current_span_id()) == ("", "")
        assert (span.recording, span.traceparent) == (False, "")
