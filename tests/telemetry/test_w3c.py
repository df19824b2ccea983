"""The trace context that others send: theirs to choose, so bounded, and ignored where malformed."""

from __future__ import annotations

import pytest

from services.telemetry.traces.w3c import Remote, from_metadata, parsed

TRACE, SPAN = "5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_context_is_read() -> None:
    assert parsed(GOOD, "a=1") == Remote(TRACE, SPAN, sampled=True, state="a=1")
    assert parsed(f"00-{TRACE}-{SPAN}-00") == Remote(TRACE, SPAN, sampled=False)


def test_later_version_may_say_more() -> None:
    assert parsed(f"01-{TRACE}-{SPAN}-01-more") == Remote(TRACE, SPAN, sampled=True)


@pytest.mark.parametrize(
    "text",
    [
        *("", "00", GOOD.upper(), f"{GOOD}-more", f"ff-{TRACE}-{SPAN}-01", GOOD[:-1], f"{GOOD}\n"),
        *(
            f"00-{'0' * 32}-{SPAN}-01",
            f"00-{TRACE}-{'0' * 16}-01",
            f"01-{TRACE}-{SPAN}-01-{999 * 'x'}",
        ),
        f"00-{TRACE}-{SPAN}-0\u0661",
    ],
)
def test_malformed_context_counts_as_none(text: str) -> None:
    assert parsed(text) is None
    assert from_metadata([("traceparent", text)]) is None


@pytest.mark.parametrize("state", ["x" * 513, "a=\x00", "a=\u00e9"])
def test_malformed_state_is_left_out(state: str) -> None:
    found = parsed(GOOD, state)
    assert found is not None
    assert found.state == ""


def test_two_contexts_count_as_none() -> None:
    assert from_metadata([("traceparent", GOOD), ("traceparent", GOOD)]) is None
    assert from_metadata([("traceparent", GOOD.encode())]) is None
