"""A queue of requests that are still arriving: bounds on count, time and memory.

gRPC reports a request as soon as its headers arrive; its message may come much later or never.
While a message is being read, gRPC allocates its full declared length; otherwise only one
flow-control window. So each request waits for a slot to be read, and all unfinished messages
together take at most the number of slots times the largest message.

Slow clients cannot starve others. Slots go to the host, then the connection, with the fewest, and
among those to the one served least recently. When all slots are taken and a client with fewer is
waiting, the oldest request of the client with the most is ended, once it has been read for
``grace_s``. A request that is sent without delay is read within that time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeVar

from services.front.peers import Peer

T = TypeVar("T")


class Reason(Enum):
    """Why a request was not received."""

    INCOMPLETE = auto()
    """It was not complete in time."""
    WAITED = auto()
    """It got no slot in time."""
    TOO_MANY = auto()
    """Too many requests are unfinished, and this client has the most."""
    GAVE_WAY = auto()
    """It was slow while others waited."""
    STOPPING = auto()
    """The service is stopping."""
    EMPTY = auto()
    """It ended without a message."""
    MALFORMED = auto()
    """It is not a message of its method."""


class NotReceivedError(Exception):
    """A request was not received; ``why``, and the limit in numbers where one applies."""

    def __init__(self, why: Reason, limit: float = 0) -> None:
        super().__init__(why.name)
        self.why = why
        self.limit = limit


@dataclass(frozen=True)
class ReceiveLimits:
    """Limits of unfinished requests.

    Attributes:
        requests: unfinished requests at once.
        reading: messages being read at once.
        timeout_s: seconds from the headers to the end of the message.
        grace_s: seconds a message is read before it may be ended to make room.
    """

    requests: int
    reading: int
    timeout_s: float
    grace_s: float = 0.1


@dataclass(eq=False)
class _Arrival:
    """One unfinished request; ``refusal`` says why it was ended, if it was."""

    client: Peer
    scope: asyncio.Timeout
    turn: asyncio.Future[None]
    began_s: float = 0.0
    refusal: NotReceivedError | None = None

    def end(self, refusal: NotReceivedError, now_s: float) -> None:
        """End it with a refusal, unless it has ended."""
        if self.refusal is None:
            self.refusal = refusal
            self.scope.reschedule(now_s)


@dataclass(eq=False)
class _Line:
    """The unfinished requests of one connection, oldest first."""

    waiting: dict[_Arrival, None] = field(default_factory=dict)
    reading: dict[_Arrival, None] = field(default_factory=dict)


class ReceiveQueue:
    """Receives requests within ``bounds``; see the module."""

    def __init__(self, bounds: ReceiveLimits) -> None:
        self._bounds = bounds
        self._lines: dict[Peer, _Line] = {}
        self._hosts: Counter[str] = Counter()
        self._reading_hosts: Counter[str] = Counter()
        self._last_turns: dict[str, int] = {}
        self._unfinished = self._reading = self._turns = 0
        self._look_again: asyncio.TimerHandle | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"ReceiveQueue({self._unfinished} unfinished, {self._reading} read)"

    @property
    def unfinished(self) -> int:
        """Requests that are not complete yet."""
        return self._unfinished

    async def receive(self, client: Peer, read: Callable[[], Awaitable[T]]) -> T:
        """Wait for a slot, then return what ``read`` returns.

        Raises:
            NotReceivedError: it was incomplete in time, too many requests are unfinished, it was
                slow while others waited, or the service is stopping.
        """
        arrival = self._enter(client)
        try:
            async with arrival.scope:
                if not arrival.turn.done():
                    await arrival.turn
                return await read()
        except TimeoutError:
            if not arrival.scope.expired():
                raise
            raise arrival.refusal or self._late(arrival) from None
        finally:
            self._leave(arrival)

    def close(self) -> None:
        """End all unfinished requests and refuse new ones."""
        self._closed = True
        now_s = asyncio.get_running_loop().time()
        for line in self._lines.values():
            for arrival in (*line.waiting, *line.reading):
                arrival.end(NotReceivedError(Reason.STOPPING), now_s)

    def _enter(self, client: Peer) -> _Arrival:
        """Count a request in, and give it a slot if one is free; raises NotReceivedError."""
        if self._closed:
            raise NotReceivedError(Reason.STOPPING)
        if self._unfinished >= self._bounds.requests:
            self._displace(client)
        loop = asyncio.get_running_loop()
        scope = asyncio.timeout_at(loop.time() + self._bounds.timeout_s)
        arrival = _Arrival(client, scope, loop.create_future())
        self._lines.setdefault(client, _Line()).waiting[arrival] = None
        self._hosts[client.host] += 1
        self._unfinished += 1
        self._give_turns()
        return arrival

    def _leave(self, arrival: _Arrival) -> None:
        client = arrival.client
        line = self._lines[client]
        if arrival in line.reading:
            del line.reading[arrival]
            self._reading -= 1
            _count_out(self._reading_hosts, client.host)
        else:
            del line.waiting[arrival]
        if not line.waiting and not line.reading:
            del self._lines[client]
        self._unfinished -= 1
        _count_out(self._hosts, client.host)
        if client.host not in self._hosts:
            self._last_turns.pop(client.host, None)
        self._give_turns()

    def _displace(self, newcomer: Peer) -> None:
        """End the newest request of the largest client; raises NotReceivedError for the largest."""
        greediest = max(self._lines, key=self._unfinished_of)
        waiting = [each for each in self._lines[greediest].waiting if each.refusal is None]
        refusal = NotReceivedError(Reason.TOO_MANY, self._bounds.requests)
        if not waiting or not self._may_displace(newcomer, greediest, self._unfinished_of):
            raise refusal
        waiting[-1].end(refusal, asyncio.get_running_loop().time())

    def _give_turns(self) -> None:
        """Start reading requests in turn, and look for room for the next one."""
        while self._reading < self._unfinished:
            waiting = [client for client, line in self._lines.items() if line.waiting]
            if not waiting:
                return
            client = min(waiting, key=self._turn_of)
            if self._reading >= self._bounds.reading:
                self._make_room(client)
                return
            # To the end of the line, behind clients with as few slots that are still waiting for
            # one.
            line = self._lines[client] = self._lines.pop(client)
            self._turns += 1
            self._last_turns[client.host] = self._turns
            arrival = next(iter(line.waiting))
            del line.waiting[arrival]
            line.reading[arrival] = None
            self._reading += 1
            self._reading_hosts[client.host] += 1
            arrival.began_s = asyncio.get_running_loop().time()
            if not arrival.turn.done():
                arrival.turn.set_result(None)

    def _make_room(self, newcomer: Peer) -> None:
        """End the oldest read of the largest client as soon as its grace time is over."""
        readers = [client for client, line in self._lines.items() if line.reading]
        most = max(map(self._reading_of, readers))
        tied = [client for client in readers if self._reading_of(client) == most]
        oldest = min(
            (next(iter(self._lines[client].reading)) for client in tied),
            key=lambda each: each.began_s,
        )
        if not self._may_displace(newcomer, oldest.client, self._reading_of):
            return
        loop = asyncio.get_running_loop()
        due_s = oldest.began_s + self._bounds.grace_s
        if due_s <= loop.time():
            oldest.end(NotReceivedError(Reason.GAVE_WAY, self._bounds.grace_s), loop.time())
        elif self._look_again is None:
            self._look_again = loop.call_at(due_s, self._later)

    def _later(self) -> None:
        self._look_again = None
        self._give_turns()

    def _unfinished_of(self, client: Peer) -> tuple[int, int]:
        line = self._lines.get(client)
        mine = len(line.waiting) + len(line.reading) if line else 0
        return self._hosts.get(client.host, 0), mine

    def _turn_of(self, client: Peer) -> tuple[int, int, int]:
        """Return the sort key of turns: hosts with few slots, then those served least recently."""
        by_host, by_connection = self._reading_of(client)
        return by_host, self._last_turns.get(client.host, 0), by_connection

    def _reading_of(self, client: Peer) -> tuple[int, int]:
        line = self._lines.get(client)
        return self._reading_hosts.get(client.host, 0), len(line.reading) if line else 0

    @staticmethod
    def _may_displace(
        newcomer: Peer, holder: Peer, held: Callable[[Peer], tuple[int, int]]
    ) -> bool:
        """Return whether ``newcomer`` has so much less than ``holder`` that it may take a slot.

        Hosts are compared first, or connections within one host. Two clients with about the same
        would otherwise take the slot from each other forever.
        """
        level = 1 if newcomer.host == holder.host else 0
        mine, theirs = held(newcomer)[level], held(holder)[level]
        return newcomer != holder and (mine == 0 or mine + 1 < theirs)

    def _late(self, arrival: _Arrival) -> NotReceivedError:
        why = Reason.INCOMPLETE if arrival.turn.done() else Reason.WAITED
        return NotReceivedError(why, self._bounds.timeout_s)


def _count_out(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
