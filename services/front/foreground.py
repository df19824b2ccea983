"""Runs a server as a process: reports when it is ready, and drains it on a signal."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn, Protocol, TextIO

from services.front.discarding import discard

READY_FD: Final = "file descriptor to which the address is written once the service is ready"


class Server(Protocol):
    """A server that can be started once, and then stopped."""

    @property
    def address(self) -> str:
        """The address it listens on."""

    async def start(self) -> None:
        """Return once it serves; releases everything on failure or cancellation."""

    async def stop(self) -> None:
        """Let work in progress finish, within a time limit, and stop."""

    async def hurry(self) -> None:
        """Cut short a ``stop`` in progress."""

    def described(self) -> str:
        """Return the line to show once it serves."""


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that stop the process; ``nohup`` excludes SIGHUP."""
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return signal.SIGINT, signal.SIGTERM
    return signal.SIGINT, signal.SIGTERM, signal.SIGHUP


def say(line: str, stream: TextIO | None = None) -> None:
    """Print a line for the user, whose terminal may be gone; on standard output by default."""
    stream = stream or sys.stdout
    try:
        print(line, file=stream, flush=True)
    except OSError:
        discard(stream)


async def serve(name: str, build: Callable[[], Server], ready_fd: int | None = None) -> None:
    """Serve until a signal asks to stop, then drain; a second signal cuts that short.

    Args:
        name: what the service is called.
        build: returns the service.
        ready_fd: a file descriptor to write the address to once it serves.

    Raises what ``build`` and ``start`` raise.
    """
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in stop_signals():
        loop.add_signal_handler(number, signals.put_nowait, number)
    # The parent may have blocked signals until they are handled.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, stop_signals())
    received = asyncio.create_task(signals.get())
    server = build()
    starting = asyncio.create_task(server.start())
    try:
        await asyncio.wait([starting, received], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait([starting])
            say(f"{name} stopped before it was ready")
            return
        await starting
        say(f"{name} {server.described()}")
        tell_ready(ready_fd, server.address)
        number = await received
        say(f"{name} received {number.name} and is draining; a second signal stops it at once")
        await drain(server, signals)
        say(f"{name} stopped")
    finally:
        received.cancel()


async def drain(server: Server, signals: asyncio.Queue[signal.Signals]) -> None:
    """Stop a server; cut that short on another signal."""
    draining = asyncio.create_task(server.stop())
    again = asyncio.create_task(signals.get())
    await asyncio.wait([draining, again], return_when=asyncio.FIRST_COMPLETED)
    again.cancel()
    if not draining.done():
        await server.hurry()
    await draining


def leave(status: int) -> NoReturn:
    """End the process at once, with everything released.

    A regular shutdown of the interpreter, with LiteLLM loaded, takes another second, and is not
    safe while a thread still imports it.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # the terminal may be gone
            stream.flush()
    os._exit(status)


def tell_ready(descriptor: int | None, address: str) -> None:
    """Write the address to the process that waits for it, which may be gone."""
    if descriptor is None:
        return
    with suppress(OSError):
        os.write(descriptor, f"{address}\n".encode())
    with suppress(OSError):
        os.close(descriptor)
