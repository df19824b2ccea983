"""Tasks that wait for one thread; clients take fair turns."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from typing import Any

from services.executor.clients import Client

MOST_REMEMBERED = 1024


@dataclass(eq=False)
class _Line:
    """The seconds used by one connection, and its waiting tasks, the shortest first."""

    had_s: float
    waiting: list[tuple[int, int, Any]] = field(default_factory=list)


@dataclass(eq=False)
class _Host:
    """The seconds used by one host, and its connections; see ``SideTurns`` for ``turn_s``."""

    had_s: float
    turn_s: float = 0.0
    lines: dict[str, _Line] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        return any(line.waiting for line in self.lines.values())


@dataclass(frozen=True)
class Turn:
    """The task whose turn it is, and the client that its time counts for."""

    task: Any
    host: _Host
    line: _Line


class SideTurns:
    """Tasks by client: the host with the least time goes next, then its connection with the least.

    A client that arrives while others wait starts at the time used by the last one served, before
    its turn (``turn_s``), as if it had used its share until now. Not thread-safe.
    """

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        self._turn_s = 0.0
        self._order = itertools.count()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def add(self, client: Client, size: int, task: Any) -> None:
        """Add a task of ``client``, before its own larger ones."""
        host = self._hosts.setdefault(client.host, _Host(self._turn_s))
        if not host.waits:
            host.had_s = max(host.had_s, self._turn_s)
        line = host.lines.setdefault(client.connection, _Line(host.turn_s))
        if not line.waiting:
            line.had_s = max(line.had_s, host.turn_s)
        heapq.heappush(line.waiting, (size, next(self._order), task))
        self._waiting += 1

    def take(self) -> Turn:
        """Remove the task whose turn it is; there must be one."""
        host = min((h for h in self._hosts.values() if h.waits), key=lambda each: each.had_s)
        line = min((x for x in host.lines.values() if x.waiting), key=lambda each: each.had_s)
        self._turn_s, host.turn_s = host.had_s, line.had_s
        self._waiting -= 1
        return Turn(heapq.heappop(line.waiting)[2], host, line)

    def ended(self, turn: Turn, took_s: float) -> None:
        """Count the time of a task, and forget clients that do not wait and are not ahead."""
        turn.host.had_s += took_s
        turn.line.had_s += took_s
        if not self._waiting:  # then fairness needs no history
            self._hosts.clear()
            self._turn_s = 0.0
            return
        for name, host in list(self._hosts.items()):
            is_ahead = host.had_s > self._turn_s and len(self._hosts) <= MOST_REMEMBERED
            if not host.waits and not is_ahead:
                del self._hosts[name]
                continue
            for peer, line in list(host.lines.items()):
                is_ahead = line.had_s > host.turn_s and len(host.lines) <= MOST_REMEMBERED
                if not line.waiting and not is_ahead:
                    del host.lines[peer]
