"""What runs wait for, between the loop and the journal: rows of calls, and answers of rows.

An answer is for one call alone: of its run and its program, with the input that the model wrote.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Any, Final

from services.executor.agent.state import PendingCall, RunState
from services.executor.agent.waiting import (
    Approved,
    ClientError,
    ClientOutput,
    Denied,
    Expired,
    InputAnswer,
)
from services.executor.clients import CALLER
from services.executor.conversation import ToolCall
from services.executor.domain import JsonText
from services.executor.errors import FieldViolation, RequestError
from services.executor.events import RunEvent
from services.executor.lifecycle_events import InputAnswered, InputRequired
from services.executor.runs.rows import InputRow, NewInput
from services.executor.schemas.check import SchemaCheck
from services.executor.schemas.ports import Outcome, SchemaProcesses
from services.executor.wire.json_values import from_json_value, json_text
from services.executor.wire.lifecycle_events import to_input_required
from services.executor.wire.request_messages import UnparsedAnswerRequest, UnparsedInputRequired

MAX_VALUE_BYTES: Final = 1024 * 1024
EDITED: Final = "approve.edited_input"
OTHER_CALL: Final = "It was approved as another call than the one that waits."


def new_inputs(events: Iterable[RunEvent], state: RunState | None, program: str) -> list[NewInput]:
    """Return what a run begins to wait for by these events, which led to ``state``."""
    pending = {} if state is None else {item.call.id: item.call for item in state.pending}
    return [
        NewInput(
            event.input_id,
            event.kind,
            event.call_id,
            event.tool,
            program,
            arguments_of(pending[event.call_id]),
            to_input_required(event).SerializeToString(deterministic=True),
            event.expires_ns - time_ns,
        )
        for time_ns, event in ((each.time_ns, each.event) for each in events)
        if isinstance(event, InputRequired) and event.call_id in pending
    ]


def closed_inputs(events: Iterable[RunEvent]) -> list[str]:
    """Return the ids of the inputs that a run waits for no more after these events."""
    told = (each.event for each in events)
    return [event.input_id for event in told if isinstance(event, InputAnswered)]


def arguments_of(call: ToolCall) -> str:
    """Return the hexadecimal SHA-256 of a call's input, as the model wrote it."""
    return hashlib.sha256(call.given_text.encode(errors="surrogatepass")).hexdigest()


def answers_of(
    rows: Sequence[InputRow], state: RunState | None, program: str
) -> dict[str, InputAnswer]:
    """Return the answers to what a run waits for, by the ids of the inputs.

    What has none yet is left out, unless its time is over. An answer to another call than the one
    that waits, or for another program, denies it.
    """
    waiting = {} if state is None else _waiting(state)
    found: dict[str, InputAnswer] = {}
    for row in rows:
        item = waiting.get(row.new.input_id)
        if item is None:
            continue
        if row.answer is not None:
            found[row.new.input_id] = _answer(row, item, program)
        elif row.is_expired:
            found[row.new.input_id] = Expired()
    return found


def _waiting(state: RunState) -> dict[str, PendingCall]:
    return {item.waits.input_id: item for item in state.pending if item.waits is not None}


def _answer(row: InputRow, item: PendingCall, program: str) -> InputAnswer:
    new, call = row.new, item.call
    is_same = (new.program, new.call_id, new.tool) == (program, call.id, call.tool)
    if not is_same or not hmac.compare_digest(new.arguments, arguments_of(call)):
        return Denied(OTHER_CALL)
    request: Any = UnparsedAnswerRequest.FromString(row.answer)
    kind = request.WhichOneof("answer")
    if kind == "deny":
        return Denied(request.deny.reason)
    if kind == "approve":
        edited = None
        if request.approve.HasField("edited_input"):
            edited = json_text(from_json_value(request.approve.edited_input, MAX_VALUE_BYTES))
        return Approved(edited)
    if request.result.WhichOneof("outcome") == "error_text":
        return ClientError(request.result.error_text)
    value = from_json_value(request.result.output, MAX_VALUE_BYTES)
    return ClientOutput(JsonText(json_text(value)))


class EditedInputs:
    """Checks inputs that a person has edited; ``schemas`` checks costly schemas."""

    def __init__(self, schemas: SchemaProcesses) -> None:
        self._schemas = schemas

    def __repr__(self) -> str:
        return "EditedInputs()"

    async def check(self, row: InputRow, answer: bytes) -> None:
        """Raise RequestError for an edited input that does not fit the schema of its tool.

        The schema is the one that was recorded with the input. Where it was too large to be, or the
        tool checks inputs by a schema of its own, the input is checked when the call is made: what
        does not fit then is told to the model.

        Args:
            row: what is answered.
            answer: serialized ``AnswerInputRequest``.
        """
        request: Any = UnparsedAnswerRequest.FromString(answer)
        is_edited = request.WhichOneof("answer") == "approve"
        if not (is_edited and request.approve.HasField("edited_input")):
            return
        required: Any = UnparsedInputRequired.FromString(row.new.required)
        if not required.HasField("input_schema"):
            return
        schema = from_json_value(required.input_schema, MAX_VALUE_BYTES)
        if not isinstance(schema, dict):
            return
        text = json_text(from_json_value(request.approve.edited_input, MAX_VALUE_BYTES))
        check = await SchemaCheck.made(schema, self._schemas)
        checked = await check.check(text, EDITED, CALLER.get())
        if checked.outcome is not Outcome.FITS:
            message = f"The input does not fit the tool's schema: {checked.reason}"
            raise RequestError(message, violations=(FieldViolation(EDITED, message),))
