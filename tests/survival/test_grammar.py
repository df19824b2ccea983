"""The judge of logs itself: what it takes, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from caisson.executor.v1 import run_event_pb2 as pb
from tests.survival.grammar import check_log

BEGINNING: list[tuple[str, Any]] = [
    ("run_started", pb.RunStarted()),
    ("start", pb.Start(message_id="m")),
    ("start_step", pb.StartStep(step=1)),
]
SAID: list[tuple[str, Any]] = [
    ("text_start", pb.TextStart(id="t")),
    ("text_delta", pb.TextDelta(id="t", delta="a")),
    ("text_end", pb.TextEnd(id="t")),
]
ASKED: list[tuple[str, Any]] = [
    ("tool_input_start", pb.ToolInputStart(tool_call_id="c")),
    ("tool_input_delta", pb.ToolInputDelta(tool_call_id="c")),
    ("tool_input_available", pb.ToolInputAvailable(tool_call_id="c")),
]
DONE: list[tuple[str, Any]] = [
    ("tool_output_available", pb.ToolOutputAvailable(tool_call_id="c")),
    ("tool_usage", pb.ToolUsage(tool_call_id="c")),
]
ENDING: list[tuple[str, Any]] = [
    ("finish_step", pb.FinishStep(step=1)),
    ("run_ended", pb.RunEnded(finish=pb.Finish())),
]
RESUMED: list[tuple[str, Any]] = [("run_resumed", pb.RunResumed())]


def log(*parts: list[tuple[str, Any]]) -> list[pb.RunEvent]:
    events = [each for part in parts for each in part]
    return [
        pb.RunEvent(run_id="r", sequence=at, **{kind: event})
        for at, (kind, event) in enumerate(events, 1)
    ]


def restarted(*parts: str, calls: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    taken = pb.StepRestarted(step=1, part_ids=parts, tool_call_ids=calls)
    return [*RESUMED, ("step_restarted", taken)]


def again(part: str) -> list[tuple[str, Any]]:
    return [("text_start", pb.TextStart(id=part)), ("text_end", pb.TextEnd(id=part))]


@pytest.mark.parametrize(
    "events",
    [
        log(BEGINNING, SAID, ASKED, DONE, ENDING),
        log(BEGINNING, SAID[:2], restarted("t"), again("t2"), ASKED, DONE, ENDING),
        log(BEGINNING, SAID, ASKED[:2], restarted("t", calls=("c",)), ASKED, DONE, ENDING),
        log(BEGINNING, SAID, ASKED, RESUMED, DONE[:1], ENDING),
        log(BEGINNING[:1], RESUMED, BEGINNING[1:], SAID, ENDING),
        log(BEGINNING, SAID[:2], [("run_ended", pb.RunEnded(abort=pb.Abort()))]),
    ],
    ids=["plain", "cut-text", "cut-call", "lost-while-a-tool-ran", "lost-early", "aborted"],
)
def test_good_logs_pass(events: list[pb.RunEvent]) -> None:
    check_log(events)


@pytest.mark.parametrize(
    "events",
    [
        log(BEGINNING, SAID, ASKED, DONE, DONE[:1], ENDING),
        log(BEGINNING, SAID, ASKED, DONE, DONE[1:], ENDING),
        log(BEGINNING, SAID, ASKED, ENDING),
        log(BEGINNING, SAID, SAID, ENDING),
        log(BEGINNING, SAID[:2], ENDING),
        log(BEGINNING, SAID[:2], RESUMED, again("t2"), ENDING),
        log(BEGINNING, SAID[:2], restarted(), again("t2"), ENDING),
        log(BEGINNING, SAID, restarted("t", "unknown"), again("t2"), ENDING),
        log(BEGINNING, ASKED, DONE, restarted(calls=("c",)), again("t2"), ENDING),
        log(BEGINNING, BEGINNING[1:], SAID, ENDING),
        log(BEGINNING, SAID, ENDING, ENDING[1:]),
        log(BEGINNING, SAID, ENDING)[:-1],
        log(BEGINNING, SAID, ENDING)[1:],
        [*log(BEGINNING, SAID), *log(ENDING)],
    ],
    ids=[
        *("two-outputs", "two-usages", "no-output", "part-twice", "part-open"),
        *("cut-and-not-told", "restart-forgets", "restart-invents", "restart-of-results"),
        *("start-twice", "two-ends", "no-end", "no-beginning", "sequence-again"),
    ],
)
def test_bad_logs_do_not(events: list[pb.RunEvent]) -> None:
    with pytest.raises((AssertionError, KeyError)):
        check_log(events)
