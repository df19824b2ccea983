"""Builds what counts quotas, from the settings."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from services.executor.adapters.system import SystemClock
from services.executor.errors import SetupError
from services.executor.limits import DeploymentLimits
from services.executor.quota.memory import MemoryQuotas
from services.executor.quota.ports import NO_QUOTAS, Quotas, QuotaStore
from services.executor.quota.quotas import StoredQuotas, WhenAway
from services.executor.quota_settings import quotas_from
from services.executor.settings import Settings

# Imported by name: only a shared store needs its library.
VALKEY: Final = "services.executor.adapters.valkey.store"
NOT_INSTALLED: Final = (
    "CAISSON_EXECUTOR_QUOTA_URL is set, and the library that speaks to Valkey is not installed: "
    "pip install 'caisson[executor,valkey]'."
)


def quotas_of(settings: Settings, most: DeploymentLimits) -> Quotas:
    """Return the configured quotas.

    Args:
        settings: the executor's.
        most: what the deployment allows each run.

    Raises:
        SetupError: the library of the store is not installed.
    """
    if not settings.quotas:
        return NO_QUOTAS
    rules, away = quotas_from(settings.quotas), WhenAway(settings.quota_when_away)
    return StoredQuotas(rules, store_of(settings), SystemClock().monotonic, away, most)


def store_of(settings: Settings) -> QuotaStore:
    """Return where quotas are counted; raises SetupError."""
    if not settings.quota_url:
        return MemoryQuotas()
    try:
        module = import_module(VALKEY)
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise SetupError(NOT_INSTALLED) from None
    store: QuotaStore = module.ValkeyQuotas(settings.quota_url)
    return store
