"""Slots that clients get in fair turns, weighted by the time that each has used.

Hosts take turns, and within a host its connections; the requests of a connection keep their order.
The next turn goes to whoever has used the least time, so that one client's many or large tasks
delay another's only by the tasks already running. Spare slots avoid even that.
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
    """The seconds used by one connection, and its claims that wait for or hold a slot."""

    had_s: float
    waiting: deque[Claim] = field(default_factory=deque)
    going: int = 0

    @property
    def is_idle(self) -> bool:
        return not self.waiting and not self.going


@dataclass(eq=False)
class _Host:
    """The seconds used by one host, and its connections.

    ``turn_s`` is what the connection with the last turn had used before it: new ones start there,
    as if they had used their share until now.
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
    """One task that clients may wait for together; ``async with`` waits for its slot.

    It gets a slot on the first turn of any client that joined, and counts for that client. It may
    be entered again after it was left.
    """

    def __init__(self, slots: FairSlots, cost_s: float) -> None:
        self._slots = slots
        self._granted: asyncio.Future[Client] | None = None
        self._began_s = 0.0
        self.cost_s = cost_s
        self.clients: Counter[Client] = Counter()

    def __repr__(self) -> str:
        return f"Claim(clients={len(self.clients)}, waits={self.waits})"

    def join(self, client: Client) -> None:
        """Wait on behalf of ``client``, too."""
        self.clients[client] += 1
        if self.waits and self.clients[client] == 1:
            self._slots.enter(self, client)

    def leave(self, client: Client) -> None:
        """Undo one ``join``."""
        self.clients[client] -= 1
        if not self.clients[client]:
            del self.clients[client]
            if self.waits:
                self._slots.depart(self, client)

    def grant(self, client: Client) -> None:
        """Grant a slot that counts for ``client``."""
        assert self._granted is not None
        self._granted.set_result(client)

    @property
    def waits(self) -> bool:
        """Whether it waits for a slot; a cancelled one does not, even before it has noticed."""
        return self._granted is not None and not self._granted.done()

    async def __aenter__(self) -> None:
        granted = self._granted = asyncio.get_running_loop().create_future()
        for client in tuple(self.clients):
            if self.waits:
                self._slots.enter(self, client)
        try:
            await granted
        except asyncio.CancelledError:
            if granted.cancelled():
                self._slots.depart(self, *self.clients)
            else:
                self._slots.free(granted.result(), 0.0)
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
        self._slots.free(self._granted.result(), max(0.0, took_s - self.cost_s))


class FairSlots:
    """Slots for ``count`` tasks at once, and spare ones; see above.

    Args:
        count: the most slots of one client.
        spare: extra slots: the first is only for other hosts, the second also for other connections
            of the same host; 0, 1 or 2.
    """

    def __init__(self, count: int, spare: int = 2) -> None:
        self._count = count
        self._spare = spare
        self._hosts: dict[str, _Host] = {}
        self._turn_s = 0.0

    def __repr__(self) -> str:
        waiting = {claim for line in self._lines() for claim in line.waiting}
        return f"FairSlots({self._going()} of {self._count}, waiting={len(waiting)})"

    def claim(self, cost_s: float) -> Claim:
        """Return a claim on a slot for a task of about ``cost_s`` seconds or more.

        If it takes longer, the difference is counted once it is done.
        """
        return Claim(self, cost_s)

    def enter(self, claim: Claim, client: Client) -> None:
        """Add a claim to the queue of ``client``."""
        host = self._hosts.setdefault(client.host, _Host(self._turn_s))
        if host.is_idle:
            host.had_s = max(host.had_s, self._turn_s)
        line = host.lines.setdefault(client.connection, _Line(host.turn_s))
        if line.is_idle:
            line.had_s = max(line.had_s, host.turn_s)
        line.waiting.append(claim)
        self._serve()

    def depart(self, claim: Claim, *clients: Client) -> None:
        """Remove a claim from the queues of ``clients``."""
        for client in clients:
            host = self._hosts.get(client.host)
            line = host.lines.get(client.connection) if host is not None else None
            if line is not None and claim in line.waiting:
                line.waiting.remove(claim)
        self._forget()

    def free(self, client: Client, more_s: float) -> None:
        """Free a slot, and count ``more_s`` seconds beyond the estimate."""
        host = self._hosts[client.host]
        line = host.lines[client.connection]
        line.going -= 1
        host.had_s += more_s
        line.had_s += more_s
        self._serve()

    def _serve(self) -> None:
        """Grant free slots in turn."""
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
        """Return whose turn it is; None if no waiting client may have a slot."""
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
        """Forget idle clients, except those that have used more than others."""
        waits = any(line.waiting for line in self._lines())
        keeps = MOST_REMEMBERED if waits else 0  # without waiters, fairness needs no history
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
