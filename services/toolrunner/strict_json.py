"""Whether a text is JSON as RFC 8259 has it, which Python's reader takes more widely."""

from __future__ import annotations

import json


def check(text: str) -> None:
    """Raise ValueError unless ``text`` is JSON, RecursionError when it nests too deep to tell."""
    json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON lacks (RFC 8259, section 6)."""
    raise ValueError(f"{name} is not JSON")
