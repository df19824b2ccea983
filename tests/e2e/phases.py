"""The phases in which a run can be stopped: the model's script, and the sign of each start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caisson.executor.v1 import run_pb2 as pb
from caisson.executor.v1.run_event_pb2 import RunEvent
from tests.e2e.pair import asks
from tests.executor.fake_provider import SILENT, STALL, Refusal, answer, call, text

BUNDLE = pb.BundleSource(inline=Path(__file__).with_name("stoppable.js").read_bytes())
MODEL = "openai/gpt-x"
DEAF_MODEL = "openai/deaf"

Events = Sequence[RunEvent]
Seen = Callable[[Events], bool]


@dataclass(frozen=True)
class Phase:
    """One phase.

    Attributes:
        scripts: the model's answers.
        begun: holds of the events so far once the phase has begun, ...
        requests: how many answers are asked for until then.
        stalls: ... and the model is silent, ...
        fetches: ... and the server that the tool fetches from has its request, ...
        connects: ... and the executor is connecting to the model.
        outcomes: those of the tool calls of a run that is stopped there.
    """

    name: str
    scripts: Sequence[Any]
    begun: Seen
    model: str = MODEL
    requests: int = 1
    stalls: bool = False
    fetches: bool = False
    connects: bool = False
    outcomes: Sequence[str] = ()


def console(words: str, times: int = 1) -> Seen:
    """Tools have said ``words`` so often."""
    return lambda events: sum(event.tool_console.text == words for event in events) == times


def both(one: Seen, other: Seen) -> Seen:
    return lambda events: one(events) and other(events)


def has(kind: str) -> Seen:
    return lambda events: any(event.HasField(kind) for event in events)


def step(number: int) -> Seen:
    return lambda events: any(event.start_step.step == number for event in events)


def wrote(words: str) -> Seen:
    return lambda events: words in "".join(event.text_delta.delta for event in events)


def phases(url: str) -> list[Phase]:
    """Return all phases; ``url`` is a server that never answers, for the tool that fetches."""
    return [*model_phases(), *tool_phases(url)]


def model_phases() -> list[Phase]:
    return [
        Phase("connecting", [], step(1), model=DEAF_MODEL, requests=0, connects=True),
        Phase("before the model answers", [[SILENT]], step(1), stalls=True),
        Phase("before the first token", [[STALL]], step(1), stalls=True),
        Phase("in the middle of text", [[text("Hel"), STALL]], wrote("Hel"), stalls=True),
        Phase(
            "in the middle of a tool's input",
            [[call(0, "c0", "quick", '{"a'), STALL]],
            has("tool_input_delta"),
            stalls=True,
        ),
        Phase(
            "between two steps",
            [asks(("quick", "{}")), [STALL]],
            step(2),
            requests=2,
            stalls=True,
            outcomes=("RETURNED",),
        ),
        Phase(
            "before a retry",
            [Refusal(429, {"error": {"message": "later"}}, {"retry-after": "8"}), answer("never")],
            has("model_retry"),
        ),
    ]


def tool_phases(url: str) -> list[Phase]:
    return [
        Phase(
            "while a tool computes",
            [asks(("quick", "{}"), ("spin", "{}"))],
            both(has("tool_output_available"), console("spinning")),
            outcomes=("RETURNED", "UNFINISHED"),
        ),
        Phase(
            "while a tool waits",
            [asks(("wait", "{}"))],
            console("waiting"),
            outcomes=("UNFINISHED",),
        ),
        Phase(
            "while two tools wait",
            [asks(("wait", "{}"), ("wait", "{}"))],
            console("waiting", times=2),
            outcomes=("UNFINISHED", "UNFINISHED"),
        ),
        Phase(
            "while a tool fetches",
            [asks(("get", f'{{"url": "{url}"}}'))],
            console("fetching"),
            fetches=True,
            outcomes=("UNFINISHED",),
        ),
    ]
