"""Strict JSON (RFC 8259), of which Python's parser accepts a superset."""

from __future__ import annotations

import json


def check(text: str) -> None:
    """Raise ValueError unless ``text`` is JSON, RecursionError when it nests too deep."""
    if text.startswith("\ufeff"):
        raise ValueError("a byte order mark is not JSON")
    _DECODER.decode(text)


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which are not JSON (RFC 8259, section 6)."""
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
