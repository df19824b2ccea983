"""Whatever a run does, and wherever it is cut off, the AI SDK shows it correctly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from google.rpc.status_pb2 import Status
from hypothesis import given, settings
from hypothesis import strategies as st

from caisson.executor.v1 import run_event_pb2 as pb
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse as Response
from services.executor.domain import Json
from services.executor.wire.json_values import to_json_value
from services.ui_stream.message_stream import NOT_BEGUN, NOT_ENDED, NOT_MADE, UiMessageStream
from tests.ui_stream.reader import VERSIONS, Reader, body_of, happened

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = st.sampled_from(["__proto__", "constructor", "prototype", "toString"]) | TEXTS
EXACT = 2**53  # beyond, JavaScript writes other digits for the same double
NUMBERS = st.integers(-EXACT, EXACT) | st.floats(-EXACT, EXACT)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
NOISE = st.sampled_from(
    [
        Response(heartbeat=pb.Heartbeat()),
        happened(
            tool_console=pb.ToolConsole(tool_call_id="c", level="CONSOLE_LEVEL_LOG", text="é\n\n")
        ),
        happened(tool_request=pb.ToolRequest(method="GET", host="example.com", status=200)),
        happened(tool_usage=pb.ToolUsage(tool_call_id="c", fuel=2**40)),
        happened(model_retry=pb.ModelRetry(step=1, model="a/b", attempt=1)),
        happened(model_warning=pb.ModelWarning(step=1, model="a/b", text="left out")),
    ]
)
CUT = "The connection was lost. Try again."


@dataclass(frozen=True)
class Run:
    """The events of a run, and what a page is to show of it in the end."""

    events: list[Response]
    shown: list[dict[str, Any]]
    error: str | None


@st.composite
def texts(draw: st.DrawFn, name: str) -> list[Response]:
    """A whole part of text or reasoning."""
    deltas = draw(st.lists(TEXTS, max_size=3))
    if draw(st.booleans()):
        return [
            happened(text_start=pb.TextStart(id=name)),
            *(happened(text_delta=pb.TextDelta(id=name, delta=delta)) for delta in deltas),
            happened(text_end=pb.TextEnd(id=name)),
        ]
    return [
        happened(reasoning_start=pb.ReasoningStart(id=name)),
        *(happened(reasoning_delta=pb.ReasoningDelta(id=name, delta=delta)) for delta in deltas),
        happened(reasoning_end=pb.ReasoningEnd(id=name)),
    ]


@st.composite
def tool_calls(draw: st.DrawFn, name: str) -> list[Response]:
    """A whole tool call."""
    key = draw(TEXTS)
    pieces = draw(st.lists(TEXTS | VALUES.map(json.dumps), max_size=3))
    called = [
        happened(tool_input_start=pb.ToolInputStart(tool_call_id=name, tool_name=key)),
        *(
            happened(tool_input_delta=pb.ToolInputDelta(tool_call_id=name, input_text_delta=piece))
            for piece in pieces
        ),
    ]
    if draw(st.booleans()):
        wrong: dict[str, Any] = {"input_text": "".join(pieces), "error_text": draw(TEXTS)}
        refused = pb.ToolInputError(tool_call_id=name, tool_name=key, **wrong)
        return [*called, happened(tool_input_error=refused)]
    value = to_json_value(draw(VALUES))
    available = pb.ToolInputAvailable(tool_call_id=name, tool_name=key, input=value)
    called.append(happened(tool_input_available=available))
    if draw(st.booleans()):
        failed = pb.ToolOutputError(
            tool_call_id=name, error_text=draw(TEXTS), kind="TOOL_FAILURE_KIND_THROWN"
        )
        return [*called, happened(tool_output_error=failed)]
    output = pb.ToolOutputAvailable(tool_call_id=name, output=to_json_value(draw(VALUES)))
    return [*called, happened(tool_output_available=output)]


@st.composite
def steps(draw: st.DrawFn, number: int) -> list[Response]:
    """A whole step, its parts mixed with each other and with transient events."""
    names = [f"{number}-{index}" for index in range(draw(st.integers(0, 4)))]
    left = [draw(texts(name) | tool_calls(name)) for name in names]
    mixed = [happened(start_step=pb.StartStep(step=number))]
    while left := [events for events in left if events]:
        mixed.append(draw(st.sampled_from(left)).pop(0))
        mixed += draw(st.lists(NOISE, max_size=1))
    finished = pb.FinishStep(step=number, finish_reason=pb.FINISH_REASON_STOP, model="a/b")
    return [*mixed, happened(finish_step=finished)]


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """A whole run, or one that was cut off somewhere."""
    events = [
        happened(run_id="run_1", run_started=pb.RunStarted(agent="main")),
        *draw(st.lists(NOISE, max_size=1)),
        happened(start=pb.Start(message_id="msg_1")),
    ]
    for number in range(1, draw(st.integers(1, 3)) + 1):
        events += draw(steps(number))
    if draw(st.booleans()):
        finish = pb.Finish(finish_reason=pb.FINISH_REASON_STOP)
        ended = happened(run_ended=pb.RunEnded(finish=finish, effects=pb.Effects(steps=1)))
        return Run([*events, ended], shown_of(events, ""), None)
    del events[draw(st.integers(0, len(events))) :]
    begun = draw(st.booleans())
    outcome = pb.TOOL_OUTCOME_UNFINISHED if begun else pb.TOOL_OUTCOME_NOT_STARTED
    calls = [each.event.tool_input_available.tool_call_id for each in events]
    effects = pb.Effects(
        tool_calls=[pb.ToolEffect(tool_call_id=call, outcome=outcome) for call in calls if call]
    )
    last, error = draw(
        st.sampled_from(
            [
                (None, CUT),
                (pb.RunEnded(error=Status(message="Broken."), effects=effects), "Broken."),
                (_abort(pb.ABORT_CAUSE_SHUTDOWN, effects), "Stopped."),
                (_abort(pb.ABORT_CAUSE_CLIENT_CANCELLED, effects), None),
            ]
        )
    )
    why = NOT_ENDED if last is None or begun else NOT_BEGUN
    end = [] if last is None else [happened(run_ended=last)]
    return Run([*events, *end], shown_of(events, why), error)


def _abort(cause: pb.AbortCause, effects: pb.Effects) -> pb.RunEnded:
    return pb.RunEnded(abort=pb.Abort(reason="Stopped.", cause=cause), effects=effects)


def shown_of(events: Sequence[Response], why_not_ended: str) -> list[dict[str, Any]]:
    """Return what a page should show of a run with these events."""
    shown: dict[str, dict[str, Any]] = {}
    for response in events:
        kind = str(response.event.WhichOneof("event"))
        of: Any = getattr(response.event, kind, None)
        name = getattr(of, "id", "") or getattr(of, "tool_call_id", "")
        if kind == "start_step":
            shown[f"step-{of.step}"] = {"type": "step-start"}
        elif kind in {"text_start", "reasoning_start"}:
            shown[name] = {"type": kind.removesuffix("_start"), "text": "", "state": "done"}
        elif kind in {"text_delta", "reasoning_delta"}:
            shown[name]["text"] += of.delta
        elif kind == "tool_input_start":
            shown[name] = {"toolName": of.tool_name, "errorText": NOT_MADE}
        elif kind == "tool_input_available":
            shown[name]["errorText"] = why_not_ended
        elif kind in {"tool_input_error", "tool_output_error"}:
            shown[name]["errorText"] = of.error_text
        elif kind == "tool_output_available":
            del shown[name]["errorText"]
    for part in shown.values():
        if "toolName" in part:
            part["type"] = "dynamic-tool"
            part["state"] = "output-error" if "errorText" in part else "output-available"
    return list(shown.values())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(runs(), st.sampled_from(VERSIONS))
def test_any_run_round_trips(reader: Reader, run: Run, version: int) -> None:
    stream = UiMessageStream()
    parts = [part for event in run.events for part in stream.feed(event)]
    if not stream.ended:
        parts += stream.cut(CUT)
    assert stream.ended
    seen = reader.read(version, body_of(parts))
    assert seen.chunks == parts
    assert (seen.status, seen.error) == ("error" if run.error else "ready", run.error)
    answers = [message for message in seen.messages if message["role"] == "assistant"]
    assert len(answers) <= 1
    keys = ("type", "state", "text", "toolName", "errorText")
    found = [
        {key: part[key] for key in keys if part.get(key) is not None}
        for message in answers
        for part in message["parts"]
    ]
    assert without_last_steps(found) == without_last_steps(run.shown)


def without_last_steps(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out empty steps at the end, which readers do not report."""
    while shown and shown[-1]["type"] == "step-start":
        shown = shown[:-1]
    return shown


@settings(max_examples=100, deadline=None, derandomize=True)
@given(VALUES, st.sampled_from(VERSIONS))
def test_any_output_round_trips(reader: Reader, output: Json, version: int) -> None:
    available = pb.ToolInputAvailable(tool_call_id="c", tool_name="t", input=to_json_value(output))
    returned = pb.ToolOutputAvailable(tool_call_id="c", output=to_json_value(output))
    stream = UiMessageStream()
    events = [
        happened(start=pb.Start(message_id="m")),
        happened(tool_input_available=available),
        happened(tool_output_available=returned),
        happened(run_ended=pb.RunEnded(finish=pb.Finish())),
    ]
    parts = [part for event in events for part in stream.feed(event)]
    part = reader.read(version, body_of(parts)).parts("dynamic-tool")[0]
    for found in (part["input"], part["output"]):
        assert without_brackets(found) == output


def without_brackets(value: Json) -> Json:
    """Return a value with the keys that the tool wrote."""
    if isinstance(value, list):
        return [without_brackets(item) for item in value]
    if isinstance(value, dict):
        return {
            key.strip("[]") if key in {"[__proto__]", "[constructor]"} else key: without_brackets(
                item
            )
            for key, item in value.items()
        }
    return value
