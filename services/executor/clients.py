"""Identifies clients, and shares limited resources between them.

With a credential, a client is the key, user or service of its organisation, which stands in place
of a host. Without any, it is identified by its connection: its host and the connection itself.
Everything counted or queued is shared first between hosts, then between the connections of a host,
so that opening more connections, or making more keys, gains nothing over other hosts.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from services.executor.errors import OverloadedError
from services.front.peers import LOCAL_HOST, Peer, peer_of
from services.front.shares import PeerShares

DIGEST_CHARACTERS: Final = 16
HOST_TIMES: Final = 4
RETRY_AFTER_S: Final = 1.0
ORGANISATION: Final = "organisation:"
"""What the host of a client with a credential begins with; no address does."""


@dataclass(frozen=True)
class Client(Peer):
    """A caller of the executor.

    ``organisation`` is whose everything is that it makes; empty where nobody says who they are.
    """

    organisation: str = ""

    @cached_property
    def host_digest(self) -> str:
        """The host as 16 hexadecimal digits, stable across connections, without its address."""
        return _digest(self.host)

    @cached_property
    def tenant(self) -> str:
        """The name for the toolrunner: organisation or digest of the host, then of the member."""
        return f"{self.organisation or self.host_digest}/{_digest(self.connection)}"


OWN_PROCESS: Final = Client(LOCAL_HOST, "")
"""The only client when a command reads bundles in its own process."""

CALLER: Final[ContextVar[Client]] = ContextVar("caller", default=OWN_PROCESS)
"""The client whose request is being worked on; tasks inherit it."""


def client_of(peer: str) -> Client:
    """Return the client for a gRPC peer: ``ipv4:1.2.3.4:5``, ``ipv6:[::1]:5``."""
    found = peer_of(peer)
    return Client(found.host, found.connection)


def member_of(organisation: str, member: str) -> Client:
    """Return the client for a key, user or service of an organisation."""
    return Client(f"{ORGANISATION}{organisation}", member, organisation)


@dataclass(eq=False)
class _Line:
    """The slots of one connection or host, and how many tasks use or await them."""

    slots: asyncio.Semaphore
    users: int = 0


class ClientSlots:
    """A number of slots for each connection, and ``HOST_TIMES`` as many for each host; others wait.

    Args:
        count: slots of one connection.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lines: dict[str | Client, _Line] = {}

    def __repr__(self) -> str:
        return f"ClientSlots({self._count} each, in_use={len(self._lines)})"

    @asynccontextmanager
    async def slot(self, client: Client) -> AsyncIterator[None]:
        """Wait for a slot of ``client``, and hold it inside."""
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
            async with line.slots:
                yield
        finally:
            line.users -= 1
            if not line.users:
                del self._lines[key]


class Shares(PeerShares):
    """A quota shared by clients; a client that gets nothing gets an error."""

    @contextmanager
    def holding(self, client: Client, what: str, amount: int = 1) -> Iterator[Holding]:
        """Hold ``amount`` inside, less what is returned early.

        Args:
            client: the holder.
            what: what is held, such as "slots for runs".
            amount: how much.

        Raises:
            OverloadedError: nothing is left, in total or of this client's share.
        """
        if not self.take(client, amount):
            raise self.refusal(client, what, amount)
        held = Holding(self, client, amount)
        try:
            yield held
        finally:
            held.give_back(held.amount)

    def refusal(self, client: Client, what: str, amount: int = 1) -> OverloadedError:
        """Return the error for a refused ``amount``."""
        return OverloadedError(self.reason(client, what, amount), retry_after_s=RETRY_AFTER_S)


@dataclass
class Holding:
    """What a client currently holds of ``shares``."""

    shares: Shares
    client: Client
    amount: int

    def take(self, what: str, amount: int) -> None:
        """Hold more; raises OverloadedError as ``Shares.holding``."""
        if not self.shares.take(self.client, amount):
            raise self.shares.refusal(self.client, what, amount)
        self.amount += amount

    def give_back(self, amount: int) -> None:
        """Return a part early."""
        self.amount -= amount
        self.shares.give_back(self.client, amount)


class SharesOnce:
    """A resource that several tasks of a client share and that counts once for it.

    Args:
        shares: the quota it counts against.
        what: what is held, such as "bytes for requests".
    """

    def __init__(self, shares: Shares, what: str) -> None:
        self._shares = shares
        self._what = what
        self._users: Counter[tuple[Client, str]] = Counter()

    def __repr__(self) -> str:
        return f"SharesOnce({self._shares!r}, keys={len(self._users)})"

    @contextmanager
    def holding(self, client: Client, key: str, amount: int) -> Iterator[None]:
        """Hold ``amount`` inside, unless the client already holds ``key``.

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
