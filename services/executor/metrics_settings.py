"""The settings of metrics, a part of the executor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.front.settings_fields import whole, wrong_without


@dataclass(frozen=True)
class MetricsSettings:
    """What the metrics of the admin port name; see docs/observability.md.

    Attributes:
        metrics_organisations: how many organisations have metrics of their own, those with most
            runs; all others are counted together as ``other``.
        metrics_names: how many models, agents and tools have a label of their own, each.
    """

    metrics_organisations: int = whole(10, 0, 200)
    metrics_names: int = whole(20, 0, 200)


def wrong_metrics_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``MetricsSettings``."""
    return wrong_without(prefix, values, MetricsSettings, "admin_address", "where metrics are")
