"""The decoder of server-sent events: every way to write them, in every way to cut them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

import pytest

from services.executor.adapters.litellm.event_stream import (
    MAX_EVENT_BYTES,
    EventStreamDecoder,
    EventTooLargeError,
)

# The examples of the standard, and what it leaves to the reader.
STREAMS: dict[str, tuple[bytes, list[bytes]]] = {
    "one line": (b"data: one\n\n", [b"one"]),
    "lines of one event": (b"data: YHOO\ndata: +2\ndata: 10\n\n", [b"YHOO\n+2\n10"]),
    "comments and other fields": (
        b": test stream\n\ndata: first event\nid: 1\n\nevent: x\nretry: 5\ndata:second\nid\n\n",
        [b"first event", b"second"],
    ),
    "data that is empty": (b"data\n\ndata\ndata\n\ndata:", [b"", b"\n"]),
    "one space only": (b"data:test\n\ndata: test\n\ndata:  test\n\n", [b"test", b"test", b" test"]),
    "an event that is not complete": (b"data: one\n\ndata: two\n", [b"one"]),
    "fields that begin alike": (b"database: x\ndata: one\n\ndata : x\n\n", [b"one"]),
    "events without data": (b"event: ping\n\n\n\ndata: one\n\n", [b"one"]),
    "a byte order mark": (b"\xef\xbb\xbfdata: one\n\n", [b"one"]),
    "two byte order marks": (b"\xef\xbb\xbf\xef\xbb\xbfdata: one\n\ndata: two\n\n", [b"two"]),
    "more than ASCII": ("data: dreißig €\n\n".encode(), ["dreißig €".encode()]),
}


def decoded(pieces: Iterable[bytes]) -> list[bytes]:
    decoder = EventStreamDecoder()
    return [data for piece in pieces for data in decoder.feed(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("name", STREAMS)
def test_events_are_parsed_across_chunk_boundaries(name: str, end: bytes) -> None:
    stream, expected = STREAMS[name]
    stream = stream.replace(b"\n", end)
    assert decoded([stream]) == expected
    assert decoded(bytes([byte]) for byte in stream) == expected
    for first, second in itertools.combinations(range(len(stream) + 1), 2):
        assert decoded([stream[:first], stream[first:second], stream[second:]]) == expected


def test_line_endings_may_be_mixed() -> None:
    for seed in range(300):
        chance = random.Random(seed)
        stream = b"".join(
            line + chance.choice([b"\n", b"\r\n", b"\r"]) + chance.choice([b"", b": x"])
            for line in (b"data: a", b"\ndata: b")
        )
        cuts = sorted(chance.choices(range(len(stream) + 1), k=4))
        pieces = [stream[at:to] for at, to in itertools.pairwise([0, *cuts, len(stream)])]
        assert decoded(pieces) == decoded([stream]), f"seed {seed}"


def test_event_is_emitted_with_its_last_byte() -> None:
    for end in (b"\n\n", b"\r\r", b"\r\n\r"):
        assert decoded([b"data: one", end]) == [b"one"]
        assert decoded([b"data: one", end[:-1]]) == []


@pytest.mark.parametrize(
    "piece",
    [b"x" * 65536, b"data: x" + b"x" * 65536 + b"\n", b"data:\n" * 4096, b": " + b"x" * 9999],
)
def test_unterminated_event_is_refused_before_it_fills_memory(piece: bytes) -> None:
    with pytest.raises(EventTooLargeError):
        decoded(itertools.repeat(piece, MAX_EVENT_BYTES))


def test_events_below_limit_are_parsed_repeatedly() -> None:
    large = b"data: " + b"x" * (MAX_EVENT_BYTES - 10) + b"\n\n"
    assert [len(data) for data in decoded([large] * 3)] == [MAX_EVENT_BYTES - 10] * 3
    assert len(decoded([b"data: x\n\n" * 1000] * 10)) == 10_000
