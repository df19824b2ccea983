"""Domain to protobuf: whatever a model, a tool or a bundle writes can be sent."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from google.protobuf.json_format import MessageToDict
from google.rpc import code_pb2

from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.executor import errors, events
from services.executor.errors import ExecutorError, FieldViolation
from services.executor.wire.deltas import FILLED, REFILLS, SHORT, DeltaWriter
from services.executor.wire.events import EVENTS, to_response
from services.executor.wire.status import code_of, to_status
from services.front.grpc_status import grpc_status

ROOT = Path(__file__).resolve().parents[2]


def every_error() -> list[type[ExecutorError]]:
    found = [ExecutorError]
    for kind in found:
        found += kind.__subclasses__()
    return found


def test_every_event_has_its_message() -> None:
    assert {*EVENTS} == {*events.Event.__args__}
    sent = to_response(events.RunEvent("run_1", 3, 1_500_000_000, events.TextDelta("t", "\ud800")))
    assert MessageToDict(sent) == {
        "event": {
            "runId": "run_1",
            "sequence": "3",
            "eventTime": "1970-01-01T00:00:01.500Z",
            "textDelta": {"id": "t", "delta": "?"},
        }
    }


@pytest.mark.parametrize(
    "event",
    [
        events.ToolInputStart("c\ud800", "t\ud800"),
        events.ToolInputDelta("c\ud800", "x"),
        events.ToolInputAvailable("c\ud800", "t\ud800", {}),
        events.ToolInputError("c\ud800", "t\ud800", "x", "no"),
        events.ToolOutputAvailable("c\ud800", 1, 1),
        events.Abort(
            events.AbortCause.SHUTDOWN,
            "\ud800",
            events.Effects(
                tool_calls=(events.ToolEffect("c\ud800", "t", events.ToolOutcome.FAILED),)
            ),
        ),
    ],
    ids=lambda event: type(event).__name__,
)
def test_names_and_ids_of_a_model_are_sent_without_lone_surrogates(event: events.Event) -> None:
    sent = to_response(events.RunEvent("run_1", 3, 1, event)).SerializeToString()
    assert b"?" in sent


def test_deltas_are_sent_as_every_other_event_is() -> None:
    made = [
        kind(name, text)
        for number in range(2 * REFILLS)
        for name, text in ((f"t{number}", "\ud800" * number), ("", ""), ("c", "x" * number))
        for kind in FILLED
    ]
    writer = DeltaWriter()
    for number, event in enumerate(made):
        happened = events.RunEvent("run_1", number, number * 10**9 + number, event)
        sent = writer.written(happened)
        assert sent is not None
        assert ExecuteAgentResponse.FromString(sent) == to_response(happened)
    for event in (events.TextEnd("t"), events.TextDelta("t", "x" * (SHORT + 1))):
        assert writer.written(events.RunEvent("run_1", 1, 1, event)) is None


def test_what_the_model_wrote_is_cut_only_with_a_mark() -> None:
    text = "\u20ac" * 1_000_000
    sent = to_response(events.RunEvent("r", 1, 1, events.ToolInputError("c", "t", text, "no")))
    told = sent.event.tool_input_error
    assert text.startswith(told.input_text)
    assert (told.truncated, told.size_bytes) == (True, 3_000_000)
    assert sent.ByteSize() < 4 * 1024 * 1024
    whole = to_response(events.RunEvent("r", 1, 1, events.ToolInputError("c", "t", "x", "no")))
    assert not whole.event.tool_input_error.truncated


def test_a_status_shows_no_control_characters() -> None:
    status = to_status(
        errors.ModelUnavailableError('it sent "te\x1b[2Jxt\u202e"\nagain', {"m": "\x9b1m"})
    )
    assert status.message == 'it sent "te?[2Jxt?"\nagain'
    assert "\x9b".encode() not in status.SerializeToString()


@pytest.mark.parametrize("kind", every_error())
@pytest.mark.parametrize("letter", ["e", "\u4e2d", "\U0001f9ea", "%"])
def test_every_status_fits_into_trailers_in_any_script(
    kind: type[ExecutorError], letter: str
) -> None:
    error = kind(
        letter * 100_000,
        metadata={f"{letter * 99}{number}": letter * 10_000 for number in range(50)},
        violations=tuple(FieldViolation(letter * 500, letter * 10_000) for _ in range(50)),
        retry_after_s=1.5,
    )
    status = to_status(error)
    trailers = grpc_status(status)
    sent = len(quote(trailers.details)) + sum(
        len(key) + len(base64.b64encode(value) if isinstance(value, bytes) else value)
        for key, value in trailers.trailing_metadata
    )
    assert sent < 7 * 1024
    assert status.message.startswith(letter)
    assert len(status.message.encode()) > 250


def test_the_reasons_are_those_of_the_proto() -> None:
    """Each by the code that the proto says, which is what callers go by."""
    proto = (ROOT / "protos/caisson/executor/v1/errors.proto").read_text(encoding="utf-8")
    told = re.findall(r"((?:  // .*\n)+)  ERROR_REASON_(\w+) = \d+;", proto)
    codes = {name: comment.rstrip().rstrip(".").rpartition(" ")[2] for comment, name in told}
    assert codes.pop("UNSPECIFIED")
    ours: dict[str, set[str]] = {}
    for kind in every_error():
        ours.setdefault(kind.reason, set()).add(code_pb2.Code.Name(code_of(kind("x"))))
    assert ours == {name: {code} for name, code in codes.items()}


@pytest.mark.parametrize(
    ("error", "pushback"),
    [
        (errors.OverloadedError("full", retry_after_s=1.5), "1500"),
        (errors.ModelRateLimitError("later", retry_after_s=30.0), "30000"),
        (errors.ModelUnavailableError("away"), None),
        (errors.RequestError("wrong"), "-1"),
        (errors.SessionBusyError("busy", retry_after_s=1.0), "-1"),
        (errors.InvalidOutputError("bad"), "-1"),
        (errors.RunTimeoutError("slow"), "-1"),
        (errors.InternalError("ours"), "-1"),
    ],
)
def test_retrying_clients_are_told_when_and_whether(
    error: ExecutorError, pushback: str | None
) -> None:
    trailers = dict(grpc_status(to_status(error)).trailing_metadata)
    assert trailers.get("grpc-retry-pushback-ms") == pushback
