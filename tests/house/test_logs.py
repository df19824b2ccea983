"""A log record is one printable line, whatever untrusted text is in it."""

from __future__ import annotations

import logging
import sys

from services.front import logs

FORGED = "gpt\n2026-01-01 00:00:00,000 ERROR root: forged\r\x1b[2J\x9b1m\u202e\u2028\u200b"


def record(message: str, *arguments: object, exc_info: object = None) -> logging.LogRecord:
    info = exc_info if isinstance(exc_info, tuple) else None
    return logging.LogRecord("test", logging.INFO, "file", 1, message, arguments, info)


def test_outside_strings_are_escaped() -> None:
    line = logs.OneLineFormatter(logs.FORMAT).format(record("model %s", FORGED))
    assert line.isprintable()
    assert r"gpt\n2026" in line
    assert r"\x1b[2J\x9b1m\u202e\u2028\u200b" in line


def test_readable_text_is_unchanged() -> None:
    text = "Größe 日本語 🙂 'quoted' \\ back"
    assert text in logs.OneLineFormatter(logs.FORMAT).format(record("%s", text))


def test_traceback_cannot_forge_a_record() -> None:
    try:
        raise ValueError(FORGED)
    except ValueError:
        shown = logs.OneLineFormatter(logs.FORMAT).format(
            record("it failed", exc_info=sys.exc_info())
        )
    first, *rest = shown.split("\n")
    assert first.endswith("it failed")
    assert all(line.isprintable() and line.startswith(logs.TRACE_MARGIN) for line in rest)
    assert any("ValueError: gpt" in line for line in rest)


def test_long_record_is_truncated() -> None:
    line = logs.OneLineFormatter(logs.FORMAT).format(record("%s", "x" * 1_000_000))
    assert len(line) < 2 * logs.MAX_LINE_CHARACTERS
    assert "characters)" in line
