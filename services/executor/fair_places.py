"""Places that clients wait for: in fair turns, weighed by the time that each one takes.

Hosts take turns, and within a host its connections; the requests of a connection keep their order.
The turn is of whoever has had least time so far, so that one client's many or large pieces of work
delay another's by no more than what is being done just now. Spare places keep them from even that.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType

from services.executor.clients import Client

MOST_REMEMBERED = 1024


@dataclass(eq=False)
class _Line:
    """What one connection has had, in seconds, and its claims that wait or have a place."""

    had_s: float
    waiting: deque[Claim] = field(default_factory=deque)
    going: int = 0

    @property
    def is_idle(self) -> bool:
        return not self.waiting and not self.going


@dataclass(eq=False)
class _Host:
    """What the connections of one host have had together, and each of them.

    ``turn_s`` is what the one that had the last turn had had before it: who comes begins there, as
    if it had had its part until now.
    """

    had_s: float
    turn_s: float = 0.0
    lines: dict[str, _Line] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        return any(line.waiting for line in self.lines.values())

    @property
    def going(self) -> int:
        return sum(line.going for line in self.lines.values())

    @property
    def is_idle(self) -> bool:
        return all(line.is_idle for line in self.lines.values())


class Claim:
    """One piece of work for which clients wait together; ``async with`` waits for its place.

    It gets its place with the first turn of any of those who ``join``, and counts for that one. It
    may be entered again once it was left.
    """

    def __init__(self, places: FairPlaces, cost_s: float) -> None:
        self._places = places
        self._granted: asyncio.Future[Client] | None = None
        self._began_s = 0.0
        self.cost_s = cost_s
        self.clients: Counter[Client] = Counter()

    def __repr__(self) -> str:
        return f"Claim(clients={len(self.clients)}, waits={self.waits})"

    def join(self, client: Client) -> None:
        """Wait for it on behalf of ``client``, too."""
        self.clients[client] += 1
        if self.waits and self.clients[client] == 1:
            self._places.enter(self, client)

    def leave(self, client: Client) -> None:
        """Take back one ``join``."""
        self.clients[client] -= 1
        if not self.clients[client]:
            del self.clients[client]
            if self.waits:
                self._places.depart(self, client)

    def grant(self, client: Client) -> None:
        """Give it a place that counts for ``client``."""
        assert self._granted is not None
        self._granted.set_result(client)

    @property
    def waits(self) -> bool:
        """Whether it waits for a place; who was cancelled does not, even before it has noticed."""
        return self._granted is not None and not self._granted.done()

    async def __aenter__(self) -> None:
        granted = self._granted = asyncio.get_running_loop().create_future()
        for client in tuple(self.clients):
            if self.waits:
                self._places.enter(self, client)
        try:
            await granted
        except asyncio.CancelledError:
            if granted.cancelled():
                self._places.depart(self, *self.clients)
            else:
                self._places.free(granted.result(), 0.0)
            raise
        self._began_s = asyncio.get_running_loop().time()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._granted is not None
        took_s = asyncio.get_running_loop().time() - self._began_s
        self._places.free(self._granted.result(), max(0.0, took_s - self.cost_s))


class FairPlaces:
    """Places for ``count`` pieces of work at once, and spare ones; see above.

    Args:
        count: what one client can have at once.
        spare: places besides: the first is for clients of other hosts alone, the second for those
            and for other connections of the same host; 0, 1 or 2.
    """

    def __init__(self, count: int, spare: int = 2) -> None:
        self._count = count
        self._spare = spare
        self._hosts: dict[str, _Host] = {}
        self._turn_s = 0.0

    def __repr__(self) -> str:
        waiting = {claim for line in self._lines() for claim in line.waiting}
        return f"FairPlaces({self._going()} of {self._count}, waiting={len(waiting)})"

    def claim(self, cost_s: float) -> Claim:
        """Return a claim on a place for work that takes at least about ``cost_s`` seconds.

        When it took more, that is counted once it is done.
        """
        return Claim(self, cost_s)

    def enter(self, claim: Claim, client: Client) -> None:
        """Put a claim into the line of ``client``."""
        host = self._hosts.setdefault(client.host, _Host(self._turn_s))
        if host.is_idle:
            host.had_s = max(host.had_s, self._turn_s)
        line = host.lines.setdefault(client.connection, _Line(host.turn_s))
        if line.is_idle:
            line.had_s = max(line.had_s, host.turn_s)
        line.waiting.append(claim)
        self._serve()

    def depart(self, claim: Claim, *clients: Client) -> None:
        """Take a claim out of the lines of ``clients``."""
        for client in clients:
            host = self._hosts.get(client.host)
            line = host.lines.get(client.connection) if host is not None else None
            if line is not None and claim in line.waiting:
                line.waiting.remove(claim)
        self._forget()

    def free(self, client: Client, more_s: float) -> None:
        """Take back a place, and count ``more_s`` seconds besides what was foreseen."""
        host = self._hosts[client.host]
        line = host.lines[client.connection]
        line.going -= 1
        host.had_s += more_s
        line.had_s += more_s
        self._serve()

    def _serve(self) -> None:
        """Give free places to those whose turn it is."""
        while (client := self._next()) is not None:
            host = self._hosts[client.host]
            line = host.lines[client.connection]
            claim = line.waiting[0]
            self._turn_s, host.turn_s = host.had_s, line.had_s
            host.had_s += claim.cost_s
            line.had_s += claim.cost_s
            line.going += 1
            line.waiting.popleft()
            claim.grant(client)
            self.depart(claim, *claim.clients)
        self._forget()

    def _next(self) -> Client | None:
        """Return whose turn it is; None when nobody can have a place."""
        for line in self._lines():
            while line.waiting and not line.waiting[0].waits:
                line.waiting.popleft()
        free = self._count + self._spare - self._going()
        hosts = [(name, host) for name, host in self._hosts.items() if host.waits]
        for name, host in sorted(hosts, key=lambda each: each[1].had_s):
            lines = [(peer, line) for peer, line in host.lines.items() if line.waiting]
            for peer, line in sorted(lines, key=lambda each: each[1].had_s):
                left = 2 if line.going else 1 if host.going else 0
                if free > min(left, self._spare):
                    return Client(name, peer)
        return None

    def _going(self) -> int:
        return sum(line.going for line in self._lines())

    def _lines(self) -> Iterator[_Line]:
        return (line for host in self._hosts.values() for line in host.lines.values())

    def _forget(self) -> None:
        """Drop what is known of idle clients, but for those that had more than others so far."""
        waits = any(line.waiting for line in self._lines())
        keeps = MOST_REMEMBERED if waits else 0  # there is nothing to be fair about
        for name, host in list(self._hosts.items()):
            is_ahead = host.had_s > self._turn_s and len(self._hosts) <= keeps
            if host.is_idle and not is_ahead:
                del self._hosts[name]
                continue
            for peer, line in list(host.lines.items()):
                is_ahead = line.had_s > host.turn_s and len(host.lines) <= keeps
                if line.is_idle and not is_ahead:
                    del host.lines[peer]
        if not self._hosts:
            self._turn_s = 0.0
