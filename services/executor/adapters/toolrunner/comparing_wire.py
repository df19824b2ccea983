"""Compares a call that was made once more with its recording."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from caisson.executor.v1 import recorded_call_pb2 as recorded_pb
from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.failure_wire import failure_of
from services.executor.adapters.toolrunner.replays_wire import Replayed, replayed, why_not
from services.executor.adapters.toolrunner.tapes import digest_of, head_of
from services.executor.bundle.ports import Slicer
from services.executor.domain import Program, ToolFailure

OTHER_SANDBOX: Final = (
    "The sandbox is another one than that of the recording, so that fuel may differ."
)
OTHER_LIMITS: Final = (
    "The limits of the call are other ones than those of the recording (CAISSON_TOOLRUNNER_CALL_*)."
)
NO_PART: Final = (
    "The recording loaded only a part of its bundle, and this bundle has none that its agents need."
)
NOT_RECORDED: Final = "(not in the recording)"
TOO_LONG: Final = "(too large to be recorded)"


@dataclass(frozen=True)
class Difference:
    """What differs, ``request``, ``console``, ``result`` or ``fuel``: recorded, and now."""

    what: str
    recorded: str
    now: str


@dataclass(frozen=True)
class Comparison:
    """A recorded call and how it went once more.

    ``why_not`` is set if it could not be made once more. ``changed``: with another program.
    ``requests`` are how many were equal, ``fuel`` what it took.
    """

    call_id: str
    agent: str
    tool: str
    why_not: str = ""
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    changed: bool = False
    requests: int = 0
    fuel: int = 0

    @property
    def same(self) -> bool:
        """Whether the call did exactly the same."""
        return not self.why_not and not self.differences


async def compared(
    client: ToolRunnerClient,
    recorded: recorded_pb.RecordedCall,
    program: Program,
    slicer: Slicer | None = None,
) -> Comparison:
    """Make a recorded call once more and compare; raises what ``replayed`` raises.

    ``slicer`` makes the part of the program where the recording has loaded only a part.
    """
    named = recorded.call_id, recorded.agent, recorded.tool
    if reason := why_not(recorded):
        return Comparison(*named, reason)
    if recorded.part:
        part = None if slicer is None else await slicer.part(program)
        if part is None:
            return Comparison(*named, NO_PART)
        program = part.program
    done = await replayed(client, recorded, program)
    notes = []
    if done.sandbox and done.sandbox != recorded.trace.sandbox:
        notes.append(OTHER_SANDBOX)
    if done.limits and pb.Limits.FromString(done.limits) != recorded.limits:
        notes.append(OTHER_LIMITS)
    return Comparison(
        *named,
        "",
        tuple(differences(recorded, done)),
        tuple(notes),
        program.digest != recorded.program_digest,
        done.requests,
        done.ended.usage.fuel,
    )


def differences(recorded: recorded_pb.RecordedCall, done: Replayed) -> Iterator[Difference]:
    """Yield what differs, in the order in which it is to be looked at."""
    if done.differs is not None:
        then = done.differs.recorded_json or NOT_RECORDED
        yield Difference("request", _pretty(then), _pretty(_shown(done.differs.input_json, then)))
    written = [f"{line.level}: {line.text}" for line in recorded.console]
    now = [f"{line.level}: {line.text}" for line in done.console]
    if done.differs is not None:
        written = written[: len(now)]  # what would have come is not known
    if written != now:
        yield Difference("console", "\n".join(written), "\n".join(now))
    if done.differs is not None:
        return
    result, result_now = _recorded_result(recorded), _result(done)
    if recorded.WhichOneof("outcome") == "output_digest":
        output = done.ended.output_json if done.ended.failure is None else ""
        if recorded.output_digest == digest_of(output):
            result_now = result
    if result != result_now:
        yield Difference("result", result, result_now)
    shown = done.ended.model_output_json
    if recorded.model_output_json and recorded.model_output_json != shown:
        yield Difference("model output", _pretty(recorded.model_output_json), _pretty(shown))
    if recorded.fuel != done.ended.usage.fuel:
        yield Difference("fuel", f"{recorded.fuel:,}", f"{done.ended.usage.fuel:,}")


def _shown(now: str, then: str) -> str:
    """Return a request in the form in which the other one was kept, unless they are equal then."""
    head = head_of(now)
    return now if head == then else head or now


def _result(done: Replayed) -> str:
    if done.load is not None:
        return _failure(done.load)
    failure = done.ended.failure
    return _pretty(done.ended.output_json) if failure is None else _failure(failure)


def _recorded_result(recorded: recorded_pb.RecordedCall) -> str:
    kind = recorded.WhichOneof("outcome")
    if kind == "failure":
        return _failure(failure_of(recorded.failure))
    return TOO_LONG if kind == "output_digest" else _pretty(recorded.output_json)


def _failure(failure: ToolFailure) -> str:
    stack = f"\n{failure.stack}" if failure.stack else ""
    return f"{failure.kind.value}: {failure.text}{stack}"


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
