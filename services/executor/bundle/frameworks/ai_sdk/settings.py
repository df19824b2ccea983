"""The AI SDK's settings; the manifest uses the same names for those of a model query."""

from __future__ import annotations

from services.executor.bundle.frameworks.framework import SettingNames
from services.executor.domain import Severity

SETTINGS = SettingNames(
    query={
        "frequencyPenalty": "frequencyPenalty",
        "maxOutputTokens": "maxOutputTokens",
        "maxRetries": "maxRetries",
        "maxTokens": "maxOutputTokens",
        "presencePenalty": "presencePenalty",
        "providerOptions": "providerOptions",
        "seed": "seed",
        "stopSequences": "stopSequences",
        "temperature": "temperature",
        "topK": "topK",
        "topP": "topP",
    },
    told_only={
        "maxRetries": "the deployment says how often a query is tried again, not the bundle",
    },
    not_called=frozenset(
        {
            "experimental_onStart",
            "experimental_repairToolCall",
            "onError",
            "onFinish",
            "onStart",
            "onStepFinish",
            "onStepStart",
            "prepareCall",
            "prepareStep",
            "repairToolCall",
        }
    ),
    not_used={
        "callOptionsSchema": (Severity.INFO, "requests to Caisson have no call options"),
        "experimental_telemetry": (Severity.INFO, "Caisson has telemetry of its own"),
        "headers": (
            Severity.INFO,
            "they are not sent: Caisson's operator configures providers",
        ),
    },
    read=frozenset(
        {"experimental_context", "experimental_output", "maxSteps", "output", "stopWhen"}
    ),
)
