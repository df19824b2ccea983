"""Who a request is from, and how clients share what there is only so much of.

Until requests carry credentials, a client is what its connection tells: the host it comes from and
the connection itself. Everything that is counted or queued is shared first between hosts, then
between the connections of a host, so that opening more connections wins nothing from other hosts.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from services.executor.errors import OverloadedError
from services.front.peers import LOCAL_HOST, Peer, peer_of

HOST_SHARE: Final = 16
CONNECTION_SHARE: Final = 4
DIGEST_CHARACTERS: Final = 16
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


class Shares:
    """Places, or bytes, of which no client gets the last.

    A client is given more while what it holds is less than a multiple of what is still free, as
    switches share the memory of their ports (dynamic thresholds, Choudhury and Hahne 1998): who is
    alone may take most of it, several take about the same, and newcomers always find some. Each
    host may hold ``HOST_SHARE`` times what is free, each connection ``CONNECTION_SHARE`` times; who
    holds nothing is given the last place too.

    Args:
        total: how many there are.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._held = 0
        self._by_host: Counter[str] = Counter()
        self._by_connection: Counter[str] = Counter()

    def __repr__(self) -> str:
        return f"Shares({self._held} of {self._total}, hosts={len(self._by_host)})"

    @property
    def held(self) -> int:
        """What all clients hold together."""
        return self._held

    @contextmanager
    def holding(self, client: Client, what: str, amount: int = 1) -> Iterator[None]:
        """Hold ``amount`` inside; ``what`` says of what, such as "places for runs".

        Raises:
            OverloadedError: nothing was given; it says whether all is taken or only this client's
                share.
        """
        if not self.take(client, amount):
            raise self.refusal(client, what, amount)
        try:
            yield
        finally:
            self.give_back(client, amount)

    def refusal(self, client: Client, what: str, amount: int = 1) -> OverloadedError:
        """Return why ``amount`` was not given."""
        free = self._total - self._held
        if free < amount:
            taken = "All are" if amount == 1 else f"All but {free:,} are"
            message = f"The executor has {self._total:,} {what}. {taken} taken. Try again later."
        else:
            mine = self._by_connection.get(client.connection, 0)
            host = self._by_host.get(client.host, 0)
            message = (
                f"The executor has {self._total:,} {what}. This connection holds {mine:,} "
                f"of them and its host {host:,}, the largest share while others "
                "need some. Wait for what is under way, then try again."
            )
        return OverloadedError(message, retry_after_s=RETRY_AFTER_S)

    def take(self, client: Client, amount: int = 1) -> bool:
        """Give ``amount`` to a client, and return True, or give nothing and return False."""
        if not amount:
            return True
        free = self._total - self._held - amount
        if free < 0:
            return False
        host = self._by_host.get(client.host, 0)
        connection = self._by_connection.get(client.connection, 0)
        if host and host + amount > HOST_SHARE * free:
            return False
        if connection and connection + amount > CONNECTION_SHARE * free:
            return False
        self._held += amount
        self._by_host[client.host] += amount
        self._by_connection[client.connection] += amount
        return True

    def give_back(self, client: Client, amount: int = 1) -> None:
        """Take back what ``take`` gave."""
        self._held -= amount
        for held, key in (
            (self._by_host, client.host),
            (self._by_connection, client.connection),
        ):
            held[key] -= amount
            if not held[key]:
                del held[key]


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
