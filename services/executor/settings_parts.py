"""The parts of the executor's settings that have a module of their own, together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.executor.access_settings import AccessSettings, wrong_access_settings
from services.executor.admin_settings import AdminSettings, wrong_admin_settings
from services.executor.audit_settings import AuditSettings
from services.executor.metrics_settings import MetricsSettings, wrong_metrics_settings
from services.executor.quota_settings import QuotaSettings, wrong_quota_settings
from services.executor.registry_settings import RegistrySettings
from services.executor.run_settings import RunSettings, wrong_run_settings
from services.executor.runner_settings import RunnerSettings, wrong_runner_settings
from services.executor.secret_settings import SecretSettings, wrong_secret_settings
from services.executor.tls_settings import TlsSettings, wrong_tls_settings
from services.executor.traces_settings import ExecutorTracesSettings, wrong_executor_traces_settings


@dataclass(frozen=True)
class SettingsParts(
    AccessSettings,
    AdminSettings,
    AuditSettings,
    MetricsSettings,
    QuotaSettings,
    RegistrySettings,
    RunSettings,
    RunnerSettings,
    SecretSettings,
    TlsSettings,
    ExecutorTracesSettings,
):
    """All parts of ``Settings`` but its own fields."""


def wrong_parts(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of all parts."""
    checks = (
        *(wrong_run_settings, wrong_tls_settings, wrong_access_settings),
        *(wrong_quota_settings, wrong_secret_settings, wrong_metrics_settings),
        *(wrong_admin_settings, wrong_runner_settings, wrong_executor_traces_settings),
    )
    return [problem for check in checks for problem in check(prefix, values)]
