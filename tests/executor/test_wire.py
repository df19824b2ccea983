"""Domain to protobuf: whatever a model, a tool or a bundle writes can be sent."""

from __future__ import annotations

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st

from services.executor import errors, events
from services.executor.domain import Json
from services.executor.errors import ExecutorError, FieldViolation
from services.executor.wire.events import EVENTS, to_response
from services.executor.wire.json_values import MAX_DEPTH, from_struct, to_struct, to_value
from services.executor.wire.status import code_of, to_status

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def every_error() -> list[type[ExecutorError]]:
    found = [ExecutorError]
    for kind in found:
        found += kind.__subclasses__()
    return found


@given(VALUES)
def test_json_round_trips_as_value(value: Json) -> None:
    shown = MessageToDict(to_struct({"it": value}))["it"] if _finite(value) else value
    assert shown == value


def _finite(value: Json) -> bool:
    return "inf" not in str(value)


@given(st.dictionaries(st.text(), VALUES, max_size=5).filter(_finite))
def test_struct_round_trips(mapping: dict[str, Json]) -> None:
    assert from_struct(to_struct(mapping)) == mapping


def test_whole_numbers_stay_whole() -> None:
    back = from_struct(to_struct({"n": 3, "f": 0.5}))
    assert back == {"n": 3, "f": 0.5}
    assert isinstance(back["n"], int)


def test_values_protobuf_cannot_hold_are_sent_in_another_form() -> None:
    assert to_value("\ud800x").string_value == "?x"
    assert to_value(10**400).string_value == "1" + "0" * 400
    assert from_struct(to_struct({"n": float("nan")})) == {"n": None}
    deep: Json = 1
    for _ in range(200):
        deep = [deep]
    sent = to_value(deep)
    for _ in range(MAX_DEPTH):
        sent = sent.list_value.values[0]
    assert sent.string_value.startswith("[[")


def test_huge_value_is_sent_as_text() -> None:
    sent = to_value([0] * 500_000)
    assert sent.string_value.startswith("[0,0,")
    assert sent.ByteSize() < 4 * 1024 * 1024


def test_every_event_has_its_message() -> None:
    assert set(EVENTS) == set(events.Event.__args__)
    sent = to_response(events.RunEvent("run_1", 3, 1_500_000_000, events.TextDelta("t", "\ud800")))
    assert MessageToDict(sent) == {
        "runId": "run_1",
        "sequence": "3",
        "time": "1970-01-01T00:00:01.500Z",
        "textDelta": {"id": "t", "delta": "?"},
    }


def test_status_contains_no_control_characters() -> None:
    status = to_status(
        errors.ModelUnavailableError('it sent "te\x1b[2Jxt\u202e"\nagain', {"m": "\x9b1m"})
    )
    assert status.message == 'it sent "te?[2Jxt?"\nagain'
    assert "\x9b".encode() not in status.SerializeToString()


@pytest.mark.parametrize("kind", every_error())
def test_every_error_has_a_code_and_fits_in_trailers(kind: type[ExecutorError]) -> None:
    error = kind(
        "é" * 100_000,
        metadata={f"key{number}": "v" * 10_000 for number in range(50)},
        violations=tuple(FieldViolation("f" * 50, "d" * 10_000) for _ in range(50)),
        retry_after_s=1.5,
    )
    assert code_of(error) != 0
    assert to_status(error).ByteSize() < 6144
    assert (
        kind in {errors.ExecutorError, errors.ModelError}
        or error.reason != "INTERNAL"
        or (kind is errors.InternalError)
    )
