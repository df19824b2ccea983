"""Tool names that every provider accepts."""

from __future__ import annotations

import hashlib
import re

PROVIDER_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def safe_name(key: str) -> str:
    """Return ``key``, or a name derived from it if some provider would refuse it."""
    if PROVIDER_SAFE_NAME.fullmatch(key):
        return key
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', key)[:55]}_{digest}"
