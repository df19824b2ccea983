"""The settings of traces that only the executor has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.front.settings_fields import declared, switch
from services.telemetry.traces.settings import TracesSettings, wrong_traces_settings


@dataclass(frozen=True)
class ExecutorTracesSettings(TracesSettings):
    """Whose wishes count, and whether traces hold what is said.

    Attributes:
        traces_wishes: traces a second that are recorded, beyond ``traces_ratio``, because clients
            ask for it by the flag of their `traceparent`.
        traces_content: true puts prompts, answers, and arguments and results of tools into traces,
            without the values of secrets and at most 4 KiB of each; false none of that.
    """

    traces_wishes: float = declared(1.0, float, "a number", low=0.0, high=10_000.0)
    traces_content: bool = switch()


def wrong_executor_traces_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``ExecutorTracesSettings``."""
    return wrong_traces_settings(prefix, values, ExecutorTracesSettings)
