"""Several executor processes on one port: starts them, replaces those that end, stops them all.

Each is a whole executor; the kernel spreads connections over them. They know of each other as
replicas do, by their PostgreSQL alone.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import combinations
from typing import Final

from services.executor.errors import SetupError
from services.executor.settings import PREFIX, Settings
from services.front.listening import UNIX, AddressError, check_free, literal_address
from services.front.not_listening import cannot_listen

logger = logging.getLogger(__name__)

MOST: Final = 64
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
WELL_S: Final = 60.0
"""A worker that ran for so long is replaced without a pause that grew."""
STOP_S: Final = 15.0
KEY_BYTES: Final = 48
ADMIN_PORTS: Final = ("admin_address", "admin_grpc_address")
PORTS: Final = ("address", "mtls_address", *ADMIN_PORTS)
MOST_PORT: Final = 65_535


def check_workers(settings: Settings, workers: int) -> None:
    """Check whether so many processes can be one service; raises SetupError."""
    many = f"--workers {workers} starts {workers} executors"
    if not 1 <= workers <= MOST:
        raise SetupError(f"--workers is {workers}; it must be between 1 and {MOST}.")
    if not settings.database_url:
        raise SetupError(
            f"{many}, and only one process can have a directory of runs. Set {PREFIX}DATABASE_URL "
            "to a PostgreSQL that they share."
        )
    if settings.quotas and not settings.quota_url:
        raise SetupError(
            f"{many}, each of which would count the quotas for itself. Set {PREFIX}QUOTA_URL to a "
            "Valkey or Redis that they share."
        )
    if settings.address.startswith(UNIX):
        raise SetupError(
            f"{many}, and a Unix socket has one listener. Set {PREFIX}ADDRESS to HOST:PORT."
        )
    if settings.mtls_address.endswith(":0"):
        raise SetupError(f"{many} on one port each; {PREFIX}MTLS_ADDRESS must name that port.")
    places = [each for name in PORTS for each in _places_of(settings, name, workers)]
    meet = any(_meet(one, other) for one, other in combinations(places, 2))
    if meet or any(port > MOST_PORT for _, port in places):
        raise SetupError(
            f"{many}, each with admin ports of its own, counted up from those that are set: they "
            f"meet each other, or another port of this executor, or end above {MOST_PORT}. Leave "
            f"{workers} ports free from {PREFIX}ADMIN_ADDRESS on, and as many from "
            f"{PREFIX}ADMIN_GRPC_ADDRESS on."
        )


def _places_of(settings: Settings, name: str, workers: int) -> list[tuple[str, int]]:
    """Return the hosts and TCP ports that so many workers have of one setting; 0 is any port."""
    text: str = getattr(settings, name)
    if not text or text.startswith(UNIX):
        return []
    host, _, port = text.rpartition(":")
    count = workers if name in ADMIN_PORTS else 1
    return [(host.strip("[]"), int(port) + number) for number in range(count) if int(port)]


def _meet(one: tuple[str, int], other: tuple[str, int]) -> bool:
    """Return whether two listeners meet: on one port, of hosts that are not told apart.

    Two addresses differ if they are literal; a name may resolve to any of them.
    """
    (host, port), (second, second_port) = one, other
    if port != second_port:
        return False
    try:
        addresses = {literal_address(each) for each in (host, second)}
    except ValueError:
        return True
    return len(addresses) == 1 or any(each.is_unspecified for each in addresses)


def environment_of(
    environment: Mapping[str, str], settings: Settings, address: str, number: int
) -> dict[str, str]:
    """Return the variables of one worker: the shared port, and admin ports of its own."""
    own = {**environment, f"{PREFIX}ADDRESS": address}
    for name in ADMIN_PORTS:
        text: str = getattr(settings, name)
        host, _, port = text.rpartition(":")
        if text.startswith(UNIX):
            own[f"{PREFIX}{name.upper()}"] = f"{text}.{number}" if number else text
        elif text and int(port):
            own[f"{PREFIX}{name.upper()}"] = f"{host}:{int(port) + number}"
    return own


class Workers:
    """The processes of one service; see ``foreground.Server``.

    Args:
        settings: the settings of all.
        environment: the variables that they come from.
        workers: how many processes.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str], workers: int) -> None:
        check_workers(settings, workers)
        self._settings = settings
        self._environment = dict(environment)
        # A page of one worker is asked of another one next.
        self._environment.setdefault(f"{PREFIX}PAGE_TOKEN_KEY", secrets.token_urlsafe(KEY_BYTES))
        self._count = workers
        self._held: list[socket.socket] = []
        self._life = -1
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._keeping: list[asyncio.Task[None]] = []
        self.address = settings.address

    def __repr__(self) -> str:
        return f"Workers({self.address}, {len(self._processes)} of {self._count})"

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that run."""
        return [each.pid for each in self._processes.values()]

    async def start(self) -> None:
        """Start all; return once they serve. Raises SetupError if one does not."""
        alive, self._life = os.pipe()  # ends with this process, and so do its workers
        try:
            self._hold()
            started = [self._start(number, alive) for number in range(self._count)]
            served = await asyncio.gather(*started)
            if not all(served):
                raise SetupError("a worker did not start; its message is above.")
        except BaseException:
            os.close(alive)
            await self._end(signal.SIGKILL)
            raise
        keeping = (self._keep(number, alive) for number in range(self._count))
        self._keeping = [asyncio.create_task(each) for each in keeping]

    async def stop(self) -> None:
        """Drain all workers at once, and wait until they have ended."""
        for task in self._keeping:
            task.cancel()
        await self._end(signal.SIGTERM, self._settings.drain_s + STOP_S)

    async def hurry(self) -> None:
        """Cut their drain short."""
        self._send(signal.SIGTERM)

    def described(self) -> str:
        """Return the line to show once all serve."""
        return f"listening on {self.address}: {self._count} workers"

    def _hold(self) -> None:
        """Keep the port for the workers: a socket that is bound, and takes no connection."""
        host, _, port = self._settings.address.rpartition(":")
        try:
            check_free(host.strip("[]"), int(port))
            found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
            family, kind, protocol, _, target = found[0]
            held = socket.socket(family, kind, protocol)
            self._held.append(held)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind(target)
        except AddressError as error:
            raise SetupError(cannot_listen(self._settings.address, error, "executor")) from None
        except OSError as error:
            why = AddressError(error.strerror or "no reason is known")
            raise SetupError(cannot_listen(self._settings.address, why, "executor")) from None
        self.address = f"{host}:{held.getsockname()[1]}"

    async def _start(self, number: int, alive: int) -> bool:
        """Start one; return whether it serves."""
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "services.executor", "--worker-of", str(alive)),
                *("--ready-fd", str(writing)),
                env=environment_of(self._environment, self._settings, self.address, number),
                pass_fds=(alive, writing),
                process_group=0,  # a terminal's Ctrl-C is for the parent, which tells them
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._processes[number] = process
        ready = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(ready), os.fdopen(reading, "rb")
        )
        try:
            return bool((await ready.readline()).strip())
        finally:
            transport.close()

    async def _keep(self, number: int, alive: int) -> None:
        """Replace a worker whenever it ends."""
        pause_s, began = FIRST_PAUSE_S, time.monotonic()
        while True:
            status = await self._processes[number].wait()
            if time.monotonic() - began > WELL_S:
                pause_s = FIRST_PAUSE_S
            logger.error("worker %d ended (%d); another starts in %g s", number, status, pause_s)
            await asyncio.sleep(pause_s)
            pause_s, began = min(2 * pause_s, LONGEST_PAUSE_S), time.monotonic()
            if await self._start(number, alive):
                logger.warning("worker %d serves again", number)

    async def _end(self, number: signal.Signals, within_s: float = STOP_S) -> None:
        self._send(number)
        waits = [asyncio.ensure_future(each.wait()) for each in self._processes.values()]
        if waits:
            _, late = await asyncio.wait(waits, timeout=within_s)
            if late:
                self._send(signal.SIGKILL)
                await asyncio.wait(waits)
        os.close(self._life)
        for held in self._held:
            held.close()

    def _send(self, number: signal.Signals) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.send_signal(number)


def end_with(parent: int) -> None:
    """Drain this process when its parent's end of the pipe ``parent`` closes."""

    def wait() -> None:
        os.read(parent, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
