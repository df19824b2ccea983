"""The settings of the OpenAI Agents SDK's agents and of their ``modelSettings``."""

from __future__ import annotations

from services.executor.bundle.frameworks.framework import SettingNames
from services.executor.domain import Severity

_TOLD_ONLY = "Caisson does not send it: it is only listed in the manifest"
_NO_GUARD = "Caisson does not run it: what it would refuse is let through"

SETTINGS = SettingNames(
    query={
        "frequencyPenalty": "frequencyPenalty",
        "maxTokens": "maxOutputTokens",
        "parallelToolCalls": "parallelToolCalls",
        "presencePenalty": "presencePenalty",
        "providerData": "providerData",
        "reasoning": "reasoning",
        "resetToolChoice": "resetToolChoice",
        "store": "store",
        "temperature": "temperature",
        "text": "text",
        "topP": "topP",
        "truncation": "truncation",
    },
    told_only={
        "providerData": _TOLD_ONLY,
        "store": _TOLD_ONLY,
        "text": _TOLD_ONLY,
        "truncation": _TOLD_ONLY,
    },
    not_used={
        "inputGuardrails": (Severity.WARNING, _NO_GUARD),
        "mcpServers": (Severity.WARNING, "tools of MCP servers are not offered"),
        "outputGuardrails": (Severity.WARNING, _NO_GUARD),
        "prompt": (Severity.WARNING, "a prompt that the provider stores is not used"),
    },
    read=frozenset(
        {
            *("handoffDescription", "handoffOutputTypeWarningEnabled", "handoffs", "mcpConfig"),
            *("modelSettings", "outputType", "toolUseBehavior"),
        }
    ),
)
