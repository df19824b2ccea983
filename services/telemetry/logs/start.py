"""Starts the log of a service: one stream, one format, for all libraries."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Final, TextIO

from services.front.logs import FORMAT, OneLineFormatter
from services.telemetry.logs.formats import JSON
from services.telemetry.logs.json_lines import FIELDS, JsonFormatter
from services.telemetry.logs.rates import RateLimit

logger = logging.getLogger(__name__)

QUIET: Final = ("uvicorn",)
"""Libraries of which only warnings are wanted."""


class LimitedHandler(logging.StreamHandler):  # type: ignore[type-arg]  # not generic at run time
    """Writes to stderr, within limits for each call site."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._limit = RateLimit(self._tell)
        self.addFilter(self._limit)

    def close(self) -> None:
        """Say what was left out, and close."""
        self._limit.tell_rest()
        super().close()

    def _tell(self, message: str, values: tuple[object, ...]) -> None:
        name, level = __name__, logging.WARNING
        record = logging.LogRecord(name, level, "", 0, message, values, None)
        setattr(record, FIELDS, {})
        self.handle(record)


def start_logging(level: str, service: str, log_format: str) -> None:
    """Log to stderr, from ``level`` up, in one of ``LOG_FORMATS``."""
    handler = LimitedHandler()
    is_json = log_format == JSON
    says = logging.getLevelName(level) <= logging.DEBUG
    handler.setFormatter(JsonFormatter(service, says=says) if is_json else OneLineFormatter(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    if is_json:
        warnings.showwarning = _log_warning


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Log what Python would write to stderr, without the path of its file."""
    logger.warning("%s: %s", category.__name__, message)
