"""Logging: every record is one line of printable text, whatever outside input it contains.

Model names, ids and error messages come from clients, bundles, providers and peers. A newline in
one would forge a record; an escape sequence would control the terminal that shows the log. They are
escaped here, in the formatter that all records pass through.
"""

from __future__ import annotations

import logging
from typing import Final

FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
MAX_LINE_CHARACTERS: Final = 4_000
MAX_TRACE_LINES: Final = 200
TRACE_MARGIN: Final = "  | "


class OneLineFormatter(logging.Formatter):
    """Writes a record as one line; traceback lines follow behind a margin."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line of a record, escaped, and cut to ``MAX_LINE_CHARACTERS``."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: logging._SysExcInfoType) -> str:  # noqa: N802 - logging's name
        """Return the end of a traceback, each line escaped and behind a margin."""
        lines = super().formatException(ei).split("\n")[-MAX_TRACE_LINES:]
        return "\n".join(TRACE_MARGIN + escaped(line) for line in lines)


def escaped(text: str) -> str:
    r"""Return a text with unprintable characters as ``\n``, ``\x1b`` or ``\u202e``."""
    cut = text[:MAX_LINE_CHARACTERS]
    if not cut.isprintable():
        cut = "".join(char if char.isprintable() else _escape(char) for char in cut)
    return cut if len(text) <= MAX_LINE_CHARACTERS else f"{cut}... ({len(text)} characters)"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
