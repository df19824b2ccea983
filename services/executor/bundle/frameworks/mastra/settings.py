"""What Mastra's agents accept besides the AI SDK's settings."""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.frameworks.ai_sdk.settings import SETTINGS as OF_MODELS
from services.executor.domain import Severity

# The ones that current releases use come first.
DEFAULT_OPTIONS = (
    "defaultOptions",
    "defaultVNextStreamOptions",
    "defaultStreamOptions",
    "defaultGenerateOptions",
    "defaultStreamOptionsLegacy",
    "defaultGenerateOptionsLegacy",
)
_NO_GUARD = "Caisson does not run it: what it would refuse is let through"

SETTINGS = replace(
    OF_MODELS,
    not_used={
        **OF_MODELS.not_used,
        "browser": (Severity.WARNING, "its tools are not offered"),
        "channels": (Severity.INFO, "Caisson is the only channel to the agent"),
        "errorProcessors": (Severity.WARNING, _NO_GUARD),
        "evals": (Severity.INFO, "Caisson does not score answers"),
        "hooks": (Severity.WARNING, "Caisson does not call them"),
        "inputProcessors": (Severity.WARNING, _NO_GUARD),
        "memory": (Severity.INFO, "Caisson keeps conversations itself: `memory` is not used"),
        "outputProcessors": (Severity.WARNING, _NO_GUARD),
        "scorers": (Severity.INFO, "Caisson does not score answers"),
        "skills": (Severity.WARNING, "they are not offered to the model"),
        "voice": (Severity.INFO, "Caisson answers in text"),
        "workflows": (Severity.WARNING, "they are not offered to the model as tools"),
        "workspace": (Severity.WARNING, "its tools are not offered"),
    },
    read=OF_MODELS.read
    | {*DEFAULT_OPTIONS, "agents", "modelSettings", "structuredOutput", "subAgents"},
)
