"""What the command itself reads of the environment; of keys only the names."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from services.executor.providers.access import ProviderAccess


def provider_access(environment: Mapping[str, str] | None = None) -> ProviderAccess:
    """Return the providers that an executor started here can ask."""
    return ProviderAccess((os.environ if environment is None else environment).get)


def base_url(variable: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the base URL of a model that a variable sets here, without a user in it, or ""."""
    value = (os.environ if environment is None else environment).get(variable, "")
    return re.sub(r"//[^/@]*@", "//", value)
