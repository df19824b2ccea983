"""The version of Caisson."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def caisson_version() -> str:
    """Return the installed version, such as ``0.1.0``."""
    try:
        return version("caisson")
    except PackageNotFoundError:
        return "unknown"
