"""Resolves host names, on threads of its own that clients share fairly.

The system's lookup blocks its thread for as long as the name servers take, and cannot be cancelled.
On the event loop's own few threads, slow names of one client would make all others wait. So each
lookup has a thread of its own, and a connection may use only so many at once; clients take turns. A
waiter gets an error when its time is up; the slot is freed once the lookup ends.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
from typing import Final, TypeAlias

from services.executor.clients import Client, ClientSlots
from services.executor.egress.addresses import Address, parse_address
from services.executor.egress.web_url import WebUrl
from services.executor.errors import FetchFailedError
from services.executor.fair_slots import FairSlots

THREADS: Final = 32
SPARE_THREADS: Final = 2
CONNECTION_THREADS: Final = 4
LOOK_UP_S: Final = 10.0
EXPECTED_S: Final = 0.01
MAX_ADDRESSES: Final = 16

LookUp: TypeAlias = Callable[[str, int], list[str]]
Resolve: TypeAlias = Callable[[WebUrl], Awaitable[list[Address]]]


def system_look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host from the system; raises OSError, UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class NameService:
    """Resolves host names; see above.

    Args:
        look_up: returns the addresses, blocking.
        timeout_s: seconds for one lookup, waiting for a turn included.
        threads: the most lookups at once, over all clients.
    """

    def __init__(
        self,
        look_up: LookUp = system_look_up,
        timeout_s: float = LOOK_UP_S,
        threads: int = THREADS,
    ) -> None:
        self._look_up = look_up
        self._timeout_s = timeout_s
        self._turns = FairSlots(threads - SPARE_THREADS, SPARE_THREADS)
        self._own = ClientSlots(CONNECTION_THREADS)
        self._begun: set[asyncio.Task[list[str]]] = set()

    def __repr__(self) -> str:
        return f"NameService(looking_up={len(self._begun)}, {self._turns!r})"

    def resolver(self, client: Client) -> Resolve:
        """Return a resolver for ``client``."""
        return partial(self.addresses, client)

    async def addresses(self, client: Client, url: WebUrl) -> list[Address]:
        """Return the addresses of a URL's host.

        Raises:
            FetchFailedError: there is none, or the lookup took too long.
        """
        looking = asyncio.create_task(self._in_turn(client, url))
        looking.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await asyncio.shield(looking)
        except TimeoutError:
            raise FetchFailedError(
                f"the host {url.host} was not resolved within {self._timeout_s:g} s",
                code="EAI_AGAIN",
            ) from None
        except (OSError, UnicodeError):
            raise FetchFailedError(
                f"the host {url.host} does not resolve; check its spelling, or the network",
                code="ENOTFOUND",
            ) from None
        finally:
            if looking not in self._begun:
                looking.cancel()
        addresses = [parse_address(text) for text in found]
        known = list(dict.fromkeys(address for address in addresses if address is not None))
        if not known or len(known) != len(dict.fromkeys(addresses)) or len(known) > MAX_ADDRESSES:
            raise FetchFailedError(f"the host {url.host} has no usable address", code="ENOTFOUND")
        return known

    async def _in_turn(self, client: Client, url: WebUrl) -> list[str]:
        """Look up a host on this client's turn; from then on it cannot be cancelled."""
        task = asyncio.current_task()
        assert task is not None
        claim = self._turns.claim(EXPECTED_S)
        claim.join(client)
        async with self._own.slot(client), claim:
            self._begun.add(task)
            found: Future[list[str]] = Future()
            work = partial(_settle, found, partial(self._look_up, url.host, url.port))
            threading.Thread(target=work, name="names", daemon=True).start()
            return await asyncio.wrap_future(found)

    def _ended(self, looking: asyncio.Task[list[str]]) -> None:
        self._begun.discard(looking)
        if not looking.cancelled():
            looking.exception()  # the waiter may be gone: do not report it as never retrieved


def _settle(found: Future[list[str]], look_up: Callable[[], list[str]]) -> None:
    if not found.set_running_or_notify_cancel():
        return
    try:
        addresses = look_up()
    except BaseException as error:  # noqa: BLE001 - the waiter gets it
        found.set_exception(error)
    else:
        found.set_result(addresses)
