"""Runs one toolrunner until SIGINT, SIGTERM or SIGHUP."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from services.front.foreground import READY_FD, serve
from services.telemetry.logs.start import start_logging
from services.toolrunner.errors import SetupError
from services.toolrunner.server import ToolRunnerServer
from services.toolrunner.settings import PREFIX, ignored_variables, read_settings

logger = logging.getLogger(__name__)

FAILED = 1
INTERRUPTED = 130


def main() -> int:
    """Run one toolrunner; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m services.toolrunner",
        description=f"Runs one toolrunner. It is configured by {PREFIX}* variables.",
    )
    parser.add_argument("--ready-fd", type=int, metavar="FD", help=READY_FD)
    ready_fd: int | None = parser.parse_args().ready_fd
    try:
        settings = read_settings()
        start_logging(settings.log_level, "toolrunner", settings.log_format)
        for warning in ignored_variables():
            logger.warning(warning)
        asyncio.run(serve("toolrunner", lambda: ToolRunnerServer(settings), ready_fd))
    except SetupError as error:
        print(f"toolrunner: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
