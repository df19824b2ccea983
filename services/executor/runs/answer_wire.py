"""Reads answers to what runs wait for."""

from __future__ import annotations

from typing import Any

from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.lifecycle_events import InputKind
from services.executor.runs.desk import Answer
from services.executor.runs.wire import check_id
from services.executor.wire.json_values import BadJsonError, from_json_value
from services.executor.wire.long_requests import parsed
from services.executor.wire.request_checker import RequestChecker
from services.executor.wire.request_messages import UnparsedAnswerRequest
from services.executor.wire.requests import check_request_id

KIB = 1024
MAX_VALUE_BYTES = 1024 * KIB
MAX_REASON_BYTES = 4 * KIB
MAX_ERROR_BYTES = 64 * KIB

KINDS = {
    "approve": frozenset({InputKind.APPROVAL}),
    "deny": frozenset(InputKind),
    "result": frozenset({InputKind.TOOL_RESULT}),
}


def from_answer_request(data: bytes) -> Answer:
    """Return the answer of a serialized ``AnswerInputRequest``, of any length.

    Raises:
        RequestError: fields are missing, too long or out of range; the violations name them all.
    """
    request = parsed(data, UnparsedAnswerRequest, pb.AnswerInputRequest.DESCRIPTOR)
    check = RequestChecker()
    check_id("run_id", request.run_id, check)
    check_id("input_id", request.input_id, check)
    check_request_id(request.request_id, check)
    kind = request.WhichOneof("answer")
    if kind is None:
        check.wrong("answer", "It is missing: set `approve`, `deny` or `result`.")
    elif kind == "approve" and request.approve.HasField("edited_input"):
        _check_value("approve.edited_input", request.approve.edited_input, check)
    elif kind == "deny":
        check.size("deny.reason", len(request.deny.reason.encode()), MAX_REASON_BYTES)
    elif kind == "result":
        _check_result(request.result, check)
    check.finish()
    request.DiscardUnknownFields()
    kinds = KINDS.get(kind or "", frozenset())
    sent = request.SerializeToString(deterministic=True)
    named = request.run_id, request.input_id, request.request_id
    return Answer(*named, kinds, sent, kind or "")


def _check_result(result: Any, check: RequestChecker) -> None:
    outcome = result.WhichOneof("outcome")
    if outcome is None:
        check.wrong("result", "It is empty: set `output` or `error_text`.")
    elif outcome == "output":
        _check_value("result.output", result.output, check)
    else:
        check.size("result.error_text", len(result.error_text.encode()), MAX_ERROR_BYTES)


def _check_value(field: str, value: Any, check: RequestChecker) -> None:
    try:
        from_json_value(value, MAX_VALUE_BYTES)
    except BadJsonError as error:
        check.wrong(field, str(error))
