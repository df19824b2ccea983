"""What a model writes is read within bounds, and refused where readers would differ."""

from __future__ import annotations

import json

import pytest

from services.executor.schemas.validation import parsed

MANY = ",".join(["[]"] * 30_000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "nested too deeply"),
        (f"[{MANY}]", "more than 10000 values"),
        ("9" * 5000, "more than 4300 digits"),
        ("1e999", "out of range for a double"),
        ('{"a": -1e999}', "out of range for a double"),
        ("NaN", "NaN is not a JSON number"),
        (r'"\ud800"', "lone surrogate"),
        (r'{"\udc00": 1}', "lone surrogate"),
        ('"\ud83d"', "lone surrogate"),
        ("[1", "line 1, column 3"),
    ],
)
def test_invalid_texts_are_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    ["9" * 4000, r'"\ud83d\ude00"', r'"a \\ud800 in words"', json.dumps([MANY]), "[]", "1e308"],
)
def test_valid_texts_are_accepted(text: str) -> None:
    value, compact = parsed(text)
    assert json.loads(compact) == value == json.loads(text)
    assert compact.isascii()
