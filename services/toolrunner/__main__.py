"""Runs one toolrunner until SIGINT or SIGTERM: settings, parts, serve."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from services.front.logs import start_logging
from services.toolrunner.errors import SetupError
from services.toolrunner.pool.wire import WorkerReady
from services.toolrunner.server import ToolRunnerServer, missing_parts
from services.toolrunner.settings import PREFIX, Settings, read_settings

FAILED = 1


async def serve(settings: Settings) -> None:
    """Serve until a signal asks to stop, then drain; a second signal stops at once.

    Raises SetupError when the port is taken or a worker cannot start.
    """
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signals.put_nowait, number)
    server = ToolRunnerServer(settings)
    starting = loop.create_task(server.start())
    received = loop.create_task(signals.get())
    await asyncio.wait([starting, received], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        return
    try:
        await starting
        say(start_line(server.address, server.pool.jail_report))
        number = await received
        say(f"toolrunner got {number.name} and stops")
        await stop(server, signals)
        say("toolrunner stopped")
    finally:
        received.cancel()


async def stop(server: ToolRunnerServer, signals: asyncio.Queue[signal.Signals]) -> None:
    """Drain the server; cut the drain short on another signal."""
    draining = asyncio.create_task(server.stop())
    again = asyncio.create_task(signals.get())
    await asyncio.wait([draining, again], return_when=asyncio.FIRST_COMPLETED)
    again.cancel()
    if not draining.done():
        await server.stop(drain_s=0.0)
    await draining


def start_line(address: str, reports: tuple[WorkerReady, ...]) -> str:
    """Return what is shown once the toolrunner serves."""
    held = set.intersection(*(set(report.jail) for report in reports)) if reports else set()
    missing = missing_parts(reports)
    lacks = f", missing {'; '.join(missing)}" if missing else ""
    jail = ", ".join(sorted(held)) or "none"
    return f"toolrunner listens on {address}: {len(reports)} workers, jail {jail}{lacks}"


def say(line: str) -> None:
    """Print a line for the person who started this."""
    print(line, flush=True)


def main() -> int:
    """Run one toolrunner; return the exit status."""
    argparse.ArgumentParser(
        prog="python -m services.toolrunner",
        description=f"Runs one toolrunner. It is configured by {PREFIX}* variables.",
    ).parse_args()
    try:
        settings = read_settings()
        start_logging(settings.log_level)
        asyncio.run(serve(settings))
    except SetupError as error:
        print(f"toolrunner: {error}", file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
