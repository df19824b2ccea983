"""What the command itself reads from the environment: names of keys, and its own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from services.executor.providers.access import ProviderAccess


def provider_access(environment: Mapping[str, str] | None = None) -> ProviderAccess:
    """Return the providers that an executor started here can query."""
    return ProviderAccess((os.environ if environment is None else environment).get)


def api_key_of_environment(environment: Mapping[str, str] | None = None) -> str:
    """Return the credential for an executor, empty if there is none."""
    return (os.environ if environment is None else environment).get("CAISSON_API_KEY", "")


def base_url(variable: str, environment: Mapping[str, str] | None = None) -> str:
    """Return the base URL that a variable sets, without credentials, or ""."""
    value = (os.environ if environment is None else environment).get(variable, "")
    return re.sub(r"//[^/@]*@", "//", value)
