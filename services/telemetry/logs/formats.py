"""The formats of a log."""

from __future__ import annotations

from typing import Final

TEXT: Final = "text"
JSON: Final = "json"
LOG_FORMATS: Final = (TEXT, JSON)
