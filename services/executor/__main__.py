"""Runs one executor until SIGINT, SIGTERM or SIGHUP: settings, parts, serve."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from services.executor.errors import SetupError
from services.executor.run_errors import DatabaseError
from services.executor.server import ExecutorServer
from services.executor.settings import PREFIX, Settings, read_settings, taken_environment
from services.executor.workers import Workers, end_with
from services.front.foreground import READY_FD, leave, serve
from services.front.other_variables import ignored, names_of
from services.telemetry.logs.start import start_logging

logger = logging.getLogger(__name__)

FAILED = 1
WORKERS = "executor processes on the one port; more than one needs a PostgreSQL"
INTERRUPTED = 130


def main() -> int:
    """Run one executor; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m services.executor",
        description=f"Runs one executor. It is configured by {PREFIX}* variables.",
    )
    parser.add_argument("--ready-fd", type=int, metavar="FD", help=READY_FD)
    parser.add_argument("--workers", type=int, default=1, metavar="N", help=WORKERS)
    parser.add_argument("--worker-of", type=int, metavar="FD", help=argparse.SUPPRESS)
    given = parser.parse_args()
    ready_fd: int | None = given.ready_fd
    if given.worker_of is not None:
        end_with(given.worker_of)
    try:
        environment = taken_environment()
        settings = read_settings(environment)
        start_logging(settings.log_level, "executor", settings.log_format)
        secrets = {text.partition("@")[0] for text in settings.secrets}
        for warning in ignored(environment, names_of(Settings, PREFIX), secrets):
            logger.warning(warning)

        def build() -> ExecutorServer:
            shared = given.worker_of is not None
            return ExecutorServer(
                settings, environment=environment, ends_process=True, shared=shared
            )

        def build_many() -> Workers:
            return Workers(settings, environment, given.workers)

        asyncio.run(serve("executor", build if given.workers == 1 else build_many, ready_fd))
    except (SetupError, DatabaseError) as error:
        print(f"executor: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    leave(main())
