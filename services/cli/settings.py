"""What the command itself reads of the environment; of keys only the names."""

from __future__ import annotations

import os
from collections.abc import Mapping

from services.executor.providers.access import ProviderAccess


def provider_access(environment: Mapping[str, str] | None = None) -> ProviderAccess:
    """Return the providers that an executor started here can ask."""
    return ProviderAccess((os.environ if environment is None else environment).get)
