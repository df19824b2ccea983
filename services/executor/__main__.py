"""Runs one executor until SIGINT or SIGTERM: settings, parts, serve."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Mapping

from services.executor.errors import SetupError
from services.executor.server import ExecutorServer
from services.executor.settings import PREFIX, Settings, read_settings, taken_environment
from services.front.logs import start_logging

FAILED = 1


async def serve(settings: Settings, environment: Mapping[str, str]) -> None:
    """Serve until a signal asks to stop, then drain; a second signal stops at once.

    Args:
        settings: how the executor works.
        environment: keys and secrets.

    Raises SetupError when the port is taken.
    """
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signals.put_nowait, number)
    server = ExecutorServer(settings, environment=environment)
    await server.start()
    say(f"executor listens on {server.address}, toolrunner at {settings.toolrunner}")
    number = await signals.get()
    say(f"executor got {number.name} and stops")
    await stop(server, signals)
    say("executor stopped")


async def stop(server: ExecutorServer, signals: asyncio.Queue[signal.Signals]) -> None:
    """Drain the server; cut the drain short on another signal."""
    draining = asyncio.create_task(server.stop())
    again = asyncio.create_task(signals.get())
    await asyncio.wait([draining, again], return_when=asyncio.FIRST_COMPLETED)
    again.cancel()
    if not draining.done():
        server.hurry()
    await draining


def say(line: str) -> None:
    """Print a line for the person who started this."""
    print(line, flush=True)


def main() -> int:
    """Run one executor; return the exit status."""
    argparse.ArgumentParser(
        prog="python -m services.executor",
        description=f"Runs one executor. It is configured by {PREFIX}* variables.",
    ).parse_args()
    try:
        environment = taken_environment()
        settings = read_settings(environment)
        start_logging(settings.log_level)
        asyncio.run(serve(settings, environment))
    except SetupError as error:
        print(f"executor: {error}", file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
