"""Who a request is from, and how clients share what there is only so much of.

Until requests carry credentials, a client is what its connection tells: the host it comes from and
the connection itself. Everything that is counted or queued is shared first between hosts, then
between the connections of a host, so that opening more connections wins nothing from other hosts.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from services.executor.errors import OverloadedError
from services.front.peers import LOCAL_HOST, Peer, peer_of
from services.front.shares import PeerShares

DIGEST_CHARACTERS: Final = 16
HOST_TIMES: Final = 4
RETRY_AFTER_S: Final = 1.0


@dataclass(frozen=True)
class Client(Peer):
    """Who calls the executor."""

    @cached_property
    def host_digest(self) -> str:
        """The host as 16 hexadecimal digits: the same wherever it comes to, and no address."""
        return _digest(self.host)

    @cached_property
    def tenant(self) -> str:
        """What the toolrunner is told: digests of host and connection, with a slash between."""
        return f"{self.host_digest}/{_digest(self.connection)}"


OWN_PROCESS: Final = Client(LOCAL_HOST, "")
"""Who reads bundles inside a command's own process, where nobody else does."""


def client_of(peer: str) -> Client:
    """Return the client of a peer as gRPC writes it: ``ipv4:1.2.3.4:5``, ``ipv6:[::1]:5``."""
    found = peer_of(peer)
    return Client(found.host, found.connection)


@dataclass(eq=False)
class _Line:
    """The places of one connection or host, and how many use them or wait for one."""

    places: asyncio.Semaphore
    users: int = 0


class OwnPlaces:
    """So many places for each connection, and ``HOST_TIMES`` as many for each host; others wait.

    Args:
        count: how many for a connection.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lines: dict[str | Client, _Line] = {}

    def __repr__(self) -> str:
        return f"OwnPlaces({self._count} each, in_use={len(self._lines)})"

    @asynccontextmanager
    async def place(self, client: Client) -> AsyncIterator[None]:
        """Wait for a place of ``client``, and hold it inside."""
        async with (
            self._in_line(client, self._count),
            self._in_line(client.host, HOST_TIMES * self._count),
        ):
            yield

    @asynccontextmanager
    async def _in_line(self, key: str | Client, count: int) -> AsyncIterator[None]:
        line = self._lines.setdefault(key, _Line(asyncio.Semaphore(count)))
        line.users += 1
        try:
            async with line.places:
                yield
        finally:
            line.users -= 1
            if not line.users:
                del self._lines[key]


class Shares(PeerShares):
    """What clients share; who is given none is told so with an error."""

    @contextmanager
    def holding(self, client: Client, what: str, amount: int = 1) -> Iterator[Holding]:
        """Hold ``amount`` inside, or less when some is given back before the end.

        Args:
            client: for whom.
            what: of what, such as "places for runs".
            amount: how much.

        Raises:
            OverloadedError: nothing was given; it says whether all is taken or only this client's
                share.
        """
        if not self.take(client, amount):
            raise self.refusal(client, what, amount)
        held = Holding(self, client, amount)
        try:
            yield held
        finally:
            held.give_back(held.amount)

    def refusal(self, client: Client, what: str, amount: int = 1) -> OverloadedError:
        """Return why ``amount`` was not given."""
        return OverloadedError(self.reason(client, what, amount), retry_after_s=RETRY_AFTER_S)


@dataclass
class Holding:
    """What a client holds of ``shares`` just now."""

    shares: Shares
    client: Client
    amount: int

    def give_back(self, amount: int) -> None:
        """Give back a part before the end."""
        self.amount -= amount
        self.shares.give_back(self.client, amount)


class SharesOnce:
    """What several pieces of work of a client use together, which counts for it once.

    Args:
        shares: what it counts in.
        what: of what, such as "bytes for requests".
    """

    def __init__(self, shares: Shares, what: str) -> None:
        self._shares = shares
        self._what = what
        self._users: Counter[tuple[Client, str]] = Counter()

    def __repr__(self) -> str:
        return f"SharesOnce({self._shares!r}, keys={len(self._users)})"

    @contextmanager
    def holding(self, client: Client, key: str, amount: int) -> Iterator[None]:
        """Hold ``amount`` inside, unless the client holds ``key`` already.

        Raises:
            OverloadedError: see ``Shares.holding``.
        """
        used = client, key
        if used not in self._users and not self._shares.take(client, amount):
            raise self._shares.refusal(client, self._what, amount)
        self._users[used] += 1
        try:
            yield
        finally:
            self._users[used] -= 1
            if not self._users[used]:
                del self._users[used]
                self._shares.give_back(client, amount)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS]
