"""Log records as JSON, one object a line."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

from services.front.logs import MAX_LINE_CHARACTERS
from services.telemetry.current import current_span_id, current_trace_id
from services.telemetry.logs.context import SUBJECT

FIELDS: Final = "fields"
"""What a record's own fields are passed as: ``logger.info(..., extra={FIELDS: {...}})``."""
MAX_FRAMES: Final = 30
MAX_CAUSES: Final = 4
MAX_ERROR_CHARACTERS: Final = 500


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object.

    It has ``time`` (RFC 3339, UTC), ``level``, ``logger``, ``service`` and ``message``; ``run``,
    ``organisation``, ``trace_id`` and ``span_id`` where they are known; the record's own fields;
    and ``error`` for an exception: its type, and the modules and lines that it came through. What
    an exception says may be a client's text: it is only there from DEBUG on.

    Args:
        service: the name of this service.
        says: whether errors have their messages.
    """

    def __init__(self, service: str, *, says: bool) -> None:
        super().__init__()
        self._service = service
        self._says = says

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, Any] = {
            "time": _time(record.created),
            "level": record.levelname,
            "logger": record.name,
            "service": self._service,
            "message": cut(record.getMessage(), MAX_LINE_CHARACTERS),
            **_known(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self._error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True, default=str)

    def _error(self, error: BaseException, depth: int = 0) -> Mapping[str, Any]:
        told: dict[str, Any] = {"type": _type(error), "at": _frames(error.__traceback__)}
        if self._says:
            told["message"] = cut(str(error), MAX_ERROR_CHARACTERS)
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if isinstance(error, BaseExceptionGroup):
            cause = error.exceptions[0]
        if cause is not None and depth < MAX_CAUSES:
            told["cause"] = self._error(cause, depth + 1)
        return told


def cut(text: str, most: int) -> str:
    """Return a text, cut to ``most`` characters, with the number of them if it was longer."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


def _known() -> dict[str, str]:
    subject = SUBJECT.get()
    known = {"trace_id": current_trace_id(), "span_id": current_span_id()}
    if subject is not None:
        known = {"run": subject.run_id, "organisation": subject.organisation, **known}
    return {name: value for name, value in known.items() if value}


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _type(error: BaseException) -> str:
    found = type(error)
    is_builtin = found.__module__ == "builtins"
    return found.__qualname__ if is_builtin else f"{found.__module__}.{found.__qualname__}"


def _frames(trace: TracebackType | None) -> list[str]:
    """Return the last frames: a file's path would tell of the machine."""
    frames = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(trace)
    ]
    return frames[-MAX_FRAMES:]
