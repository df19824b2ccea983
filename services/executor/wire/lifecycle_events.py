"""Converts the events of runs that wait or go on: a table by kind, as that of ``events``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from caisson.executor.v1 import run_event_pb2 as pb
from services.executor import lifecycle_events as events
from services.executor.wire.json_values import to_json_value
from services.executor.wire.limits import NANO
from services.executor.wire.value_bytes import clean

INPUT_KINDS: Final = {
    events.InputKind.APPROVAL: pb.INPUT_KIND_APPROVAL,
    events.InputKind.TOOL_RESULT: pb.INPUT_KIND_TOOL_RESULT,
}
INPUT_OUTCOMES: Final = {
    events.InputOutcome.APPROVED: pb.INPUT_OUTCOME_APPROVED,
    events.InputOutcome.EDITED: pb.INPUT_OUTCOME_EDITED,
    events.InputOutcome.DENIED: pb.INPUT_OUTCOME_DENIED,
    events.InputOutcome.RESULT: pb.INPUT_OUTCOME_RESULT,
    events.InputOutcome.EXPIRED: pb.INPUT_OUTCOME_EXPIRED,
}
RESUME_CAUSES: Final = {
    events.ResumeCause.EXECUTOR_LOST: pb.RESUME_CAUSE_EXECUTOR_LOST,
    events.ResumeCause.ANSWERED: pb.RESUME_CAUSE_ANSWERED,
}


def to_input_required(event: events.InputRequired) -> pb.InputRequired:
    """Return what a run waits for."""
    required = pb.InputRequired(
        input_id=event.input_id,
        kind=INPUT_KINDS[event.kind],
        tool_call_id=clean(event.call_id),
        tool_name=clean(event.tool),
        input=to_json_value(event.input),
        reason=clean(event.reason),
    )
    if event.schema is not None:
        required.input_schema.CopyFrom(to_json_value(event.schema))
    time = required.expire_time
    time.seconds, time.nanos = divmod(event.expires_ns, NANO)
    return required


LIFECYCLE_EVENTS: Final[dict[type, tuple[str, Callable[[Any], Any]]]] = {
    events.StepRestarted: (
        "step_restarted",
        lambda e: pb.StepRestarted(
            step=e.step, part_ids=map(clean, e.part_ids), tool_call_ids=map(clean, e.call_ids)
        ),
    ),
    events.InputRequired: ("input_required", to_input_required),
    events.InputAnswered: (
        "input_answered",
        lambda e: pb.InputAnswered(input_id=e.input_id, outcome=INPUT_OUTCOMES[e.outcome]),
    ),
    events.ToolOutputDenied: (
        "tool_output_denied",
        lambda e: pb.ToolOutputDenied(tool_call_id=clean(e.call_id), reason=clean(e.reason)),
    ),
    events.RunResumed: (
        "run_resumed",
        lambda e: pb.RunResumed(cause=RESUME_CAUSES[e.cause]),
    ),
}
