"""Looks up the addresses of hosts, on threads that nothing else uses, shared by clients.

The system's look-up blocks its thread, for as long as the name servers take, and cannot be ended.
On the event loop's own threads, of which there are few, slow names of one client would keep
everybody waiting. So each look-up has a thread of its own, of which a connection has only so many
at once; clients take turns. Who waits is told when its time is up; the thread's place is free once
the look-up ends.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from typing import Final, TypeAlias

from services.executor.clients import Client, OwnPlaces
from services.executor.egress.addresses import Address, parse_address
from services.executor.egress.web_url import WebUrl
from services.executor.errors import FetchFailedError
from services.executor.fair_places import FairPlaces

THREADS: Final = 32
SPARE_THREADS: Final = 2
CONNECTION_THREADS: Final = 4
LOOK_UP_S: Final = 10.0
EXPECTED_S: Final = 0.01
MAX_ADDRESSES: Final = 16

LookUp: TypeAlias = Callable[[str, int], list[str]]
Resolve: TypeAlias = Callable[[WebUrl], Awaitable[list[Address]]]


def system_look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system knows them; raises OSError, UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class NameService:
    """Finds the addresses of hosts; see above.

    Args:
        look_up: blocks until it knows the addresses.
        timeout_s: seconds that one may take, waiting for a turn included.
        threads: look-ups of all clients at once.
    """

    def __init__(
        self,
        look_up: LookUp = system_look_up,
        timeout_s: float = LOOK_UP_S,
        threads: int = THREADS,
    ) -> None:
        self._look_up = look_up
        self._timeout_s = timeout_s
        self._places = FairPlaces(threads - SPARE_THREADS, SPARE_THREADS)
        self._own = OwnPlaces(CONNECTION_THREADS)
        self._begun: set[asyncio.Task[list[str]]] = set()

    def __repr__(self) -> str:
        return f"NameService(looking_up={len(self._begun)}, {self._places!r})"

    def resolver(self, client: Client) -> Resolve:
        """Return what looks names up for ``client``."""
        return partial(self.addresses, client)

    async def addresses(self, client: Client, url: WebUrl) -> list[Address]:
        """Return the addresses of a URL's host.

        Raises:
            FetchFailedError: there is none, or it took too long to tell.
        """
        looking = asyncio.create_task(self._in_turn(client, url))
        looking.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await asyncio.shield(looking)
        except TimeoutError:
            raise FetchFailedError(
                f"the host {url.host} was not resolved within {self._timeout_s:g} s"
            ) from None
        except (OSError, UnicodeError):
            raise FetchFailedError(
                f"the host {url.host} does not resolve; check its spelling"
            ) from None
        finally:
            if looking not in self._begun:
                looking.cancel()
        addresses = [parse_address(text) for text in found]
        known = list(dict.fromkeys(address for address in addresses if address is not None))
        if not known or len(known) != len(dict.fromkeys(addresses)) or len(known) > MAX_ADDRESSES:
            raise FetchFailedError(f"the host {url.host} resolves to nothing that can be used")
        return known

    async def _in_turn(self, client: Client, url: WebUrl) -> list[str]:
        """Look up a host once it is this client's turn; from then on it is not to be cancelled."""
        task = asyncio.current_task()
        assert task is not None
        claim = self._places.claim(EXPECTED_S)
        claim.join(client)
        async with self._own.place(client), claim:
            self._begun.add(task)
            found: Future[list[str]] = Future()
            work = partial(_settle, found, partial(self._look_up, url.host, url.port))
            threading.Thread(target=work, name="names", daemon=True).start()
            return await asyncio.wrap_future(found)

    def _ended(self, looking: asyncio.Task[list[str]]) -> None:
        self._begun.discard(looking)
        if not looking.cancelled():
            looking.exception()  # whoever waited may be gone: it is not to be reported as unseen


def _settle(found: Future[list[str]], look_up: Callable[[], list[str]]) -> None:
    if not found.set_running_or_notify_cancel():
        return
    try:
        addresses = look_up()
    except BaseException as error:  # noqa: BLE001 - whoever waits is told
        found.set_exception(error)
    else:
        found.set_result(addresses)
