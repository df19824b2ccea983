"""What programs say where they run agents of the OpenAI Agents SDK: of runs, and of runners."""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    ClassValue,
    ImportRef,
    MemberValue,
    ObjectValue,
    Value,
)
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.frameworks.setting_table import RunForm
from services.executor.domain import Severity

_KEPT = "Caisson keeps the conversation itself, under the `session_id` of its request"
_OF_OPENAI = f"{_KEPT}, not at OpenAI"
_SHORTENED = f"it has a model shorten the conversation; {_KEPT}, and shows it whole"
_BEGUN = f"{_KEPT}: the items that this one begins with are lost"
_OWN = f"{_KEPT}: what this session of the program's own does with messages is lost"
_SESSIONS = {
    "MemorySession": _KEPT,
    "OpenAIConversationsSession": _OF_OPENAI,
}


def _judge_session(evaluator: Evaluator, value: Value) -> tuple[Severity, str]:
    """Say what becomes of a session: its conversation is mapped onto that of the request."""
    made = _class_of(evaluator, value)
    if made == "OpenAIResponsesCompactionSession":
        return Severity.WARNING, _SHORTENED
    if made not in _SESSIONS:
        return Severity.WARNING, _OWN
    assert isinstance(value, CallValue)
    given = evaluator.forced(evaluator.value_of(value.arguments[0])) if value.arguments else None
    if isinstance(given, ObjectValue) and part(evaluator, (given,), "initialItems") is not None:
        return Severity.WARNING, _BEGUN
    return Severity.INFO, _SESSIONS[made]


def _class_of(evaluator: Evaluator, value: Value) -> str:
    """Return the name of the class whose instance a value is, empty when it is not known."""
    if not isinstance(value, CallValue) or not value.is_new:
        return ""
    callee: Value = evaluator.value_of(value.callee)
    while isinstance(callee, MemberValue):
        callee = callee.target
    if isinstance(callee, ImportRef):
        return callee.path[-1] if callee.path else ""
    callee = evaluator.forced(callee)
    named = callee.node.id if isinstance(callee, ClassValue) else None
    return str(named.name).rstrip("0123456789$") if named is not None else ""


def _judge_stored(_: Evaluator, _value: Value) -> tuple[Severity, str]:
    return Severity.INFO, _OF_OPENAI


RUNS = RunForm(
    functions={"run": 2},
    closing=frozenset(
        {
            "callModelInputFilter",
            "inputGuardrails",
            "outputGuardrails",
            "toolInputGuardrails",
            "toolOutputGuardrails",
        }
    ),
    lost=frozenset(
        {
            "errorHandlers",
            "maxTurns",
            "model",
            "modelSettings",
            "reasoningItemIdPolicy",
            "sessionInputCallback",
            "toolErrorFormatter",
            "toolExecution",
            "toolNotFoundBehavior",
        }
    ),
    harmless=frozenset(
        {
            "context",
            "groupId",
            "handoffInputFilter",
            "modelProvider",
            "signal",
            "stream",
            "traceId",
            "traceIncludeSensitiveData",
            "traceMetadata",
            "tracing",
            "tracingDisabled",
            "workflowName",
        }
    ),
    judged={
        "conversationId": _judge_stored,
        "previousResponseId": _judge_stored,
        "session": _judge_session,
    },
)
