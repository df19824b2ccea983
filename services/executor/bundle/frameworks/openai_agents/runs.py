"""What programs say where they run agents of the OpenAI Agents SDK: of runs, and of runners."""

from __future__ import annotations

from services.executor.bundle.frameworks.setting_table import RunForm

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
            "conversationId",
            "groupId",
            "handoffInputFilter",
            "modelProvider",
            "previousResponseId",
            "session",
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
)
