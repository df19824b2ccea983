"""The binary frames of Bedrock's streams, in any pieces, and those that are damaged."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.executor.adapters.litellm.aws_event_stream import FrameDecoder
from services.executor.adapters.litellm.chunks import MalformedChunkError
from services.executor.adapters.litellm.event_stream import EventTooLargeError
from tests.executor.provider_forms import Call, Spoken
from tests.providers.converse_form import frame
from tests.providers.facts import Stop
from tests.providers.stand_in import PROVIDERS, pieces_of

SPOKEN = Spoken(words=("thr\u00e9e",), calls=(Call("", "add", ('{"a":1}',)),), reasoning=("Hm",))
WHOLE = b"".join(
    piece if isinstance(piece, bytes) else piece.encode()
    for piece in pieces_of(PROVIDERS["bedrock"], SPOKEN, Stop.CALLS)
)


def read(*pieces: bytes) -> list[object]:
    decoder = FrameDecoder()
    return [json.loads(found) for piece in pieces for found in decoder.feed(piece)]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=8))
def test_frames_are_found_in_any_pieces(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(WHOLE)]
    pieces = [WHOLE[begin:end] for begin, end in itertools.pairwise(at)]
    assert read(*pieces) == read(WHOLE)
    names = [next(iter(event)) for event in read(WHOLE) if isinstance(event, dict)]
    assert (names[0], names[-2:]) == ("messageStart", ["messageStop", "metadata"])


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_damaged_frame_is_never_read_as_another(at: int, change: int) -> None:
    """Each byte is under a checksum: what comes before it is read, and then the error."""
    damaged = WHOLE[:at] + bytes([WHOLE[at] ^ change]) + WHOLE[at + 1 :]
    found: list[object] = []
    with pytest.raises(MalformedChunkError):
        found += read(damaged)
    assert found == []


def test_frame_without_a_payload_is_an_empty_event() -> None:
    assert read(frame("messageStop", {})) == [{"messageStop": {}}]


def test_frame_over_the_limit_is_refused_by_its_length() -> None:
    with pytest.raises(EventTooLargeError):
        read(frame("messageStop", {"x": "y" * (5 * 1024 * 1024)})[:12])
