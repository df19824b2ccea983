"""Lets runs of one process take turns in each session, one run at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from types import TracebackType

from services.executor.clients import Client, Shares
from services.executor.conversation import SessionKey, SessionPolicy
from services.executor.errors import SessionBusyError

MAX_WAITING = 21  # one connection may use 16 of them


class Turn:
    """A run's place in its session's queue: ``async with`` waits for the turn and releases it.

    ``ahead`` is how many runs must end first.
    """

    def __init__(self, queue: _Queue, interrupt: Callable[[], None], client: Client) -> None:
        self._queue = queue
        self.client = client
        self._mine = asyncio.Event()
        self.interrupt = interrupt

    def __repr__(self) -> str:
        return f"Turn(ahead={self.ahead})"

    @property
    def ahead(self) -> int:
        """How many runs must end before this one starts; 0 once it has ended."""
        return self._queue.index(self)

    def release(self) -> None:
        """Let the next run start; idempotent."""
        self._queue.remove(self)

    def grant(self) -> None:
        """Let this run start."""
        self._mine.set()

    async def __aenter__(self) -> None:
        try:
            await self._mine.wait()
        except asyncio.CancelledError:
            self.release()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class _Queue:
    """The runs of one session: the first has the turn, the others wait in order."""

    def __init__(self, max_waiting: int, forget: Callable[[], None]) -> None:
        self.turns: list[Turn] = []
        self.shares = Shares(max_waiting + 1)
        self._forget = forget

    def __len__(self) -> int:
        return len(self.turns)

    def index(self, turn: Turn) -> int:
        return self.turns.index(turn) if turn in self.turns else 0

    def add(self, turn: Turn) -> None:
        self.turns.append(turn)
        self.turns[0].grant()

    def add_next(self, turn: Turn) -> None:
        """Put ``turn`` before all waiting ones, and interrupt the active run."""
        self.turns.insert(1, turn)
        self.turns[0].interrupt()

    def remove(self, turn: Turn) -> None:
        if turn in self.turns:
            self.turns.remove(turn)
            self.shares.give_back(turn.client)
            if self.turns:
                self.turns[0].grant()
            else:
                self._forget()


class SessionTurns:
    """The queues of sessions with active runs."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._queues: dict[SessionKey, _Queue] = {}

    def __repr__(self) -> str:
        return f"SessionTurns({len(self._queues)} busy)"

    def busy(self, key: SessionKey) -> bool:
        """Tell whether the session has an active or waiting run."""
        return key in self._queues

    def waiting(self, key: SessionKey) -> tuple[Turn, ...]:
        """Return the runs of the session, the active one first."""
        queue = self._queues.get(key)
        return tuple(queue.turns) if queue is not None else ()

    def claim(
        self,
        key: SessionKey,
        policy: SessionPolicy,
        interrupt: Callable[[], None],
        client: Client,
    ) -> Turn:
        """Return a turn in the session; the caller enters or releases it.

        Args:
            key: the session.
            policy: what to do if another run of it is active.
            interrupt: stops the run that gets this turn.
            client: the run's client; no client may fill the whole queue.

        Raises:
            SessionBusyError: another run is active and ``policy`` is REJECT, or the queue is full.
        """
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(self._max_waiting, partial(self._forget, key))
            queue.shares.take(client)
            turn = Turn(queue, interrupt, client)
            queue.add(turn)
            return turn
        if policy is SessionPolicy.REJECT:
            raise SessionBusyError(
                "Another run of this session is going on. Send the request again once it has "
                "ended, or set `spec.session_policy` to QUEUE or INTERRUPT."
            )
        if not queue.shares.take(client):
            raise SessionBusyError(
                f"{len(queue) - 1} runs of this session are already waiting, the limit"
                f"{' for this client' if len(queue) <= self._max_waiting else ''}. Send the "
                "request again later.",
                retry_after_s=1.0,
            )
        turn = Turn(queue, interrupt, client)
        if policy is SessionPolicy.INTERRUPT:
            queue.add_next(turn)
        else:
            queue.add(turn)
        return turn

    def _forget(self, key: SessionKey) -> None:
        del self._queues[key]
