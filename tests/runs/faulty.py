"""A journal in memory behind a connection that fails, and executors that own runs of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from services.executor.agent.ports import Clock
from services.executor.agent.scripted import CountingIds
from services.executor.conversation import SessionKey, SessionPolicy
from services.executor.run_errors import DatabaseError
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.owner import Hands, RunOwner
from services.executor.runs.ports import Created
from services.executor.runs.rows import End, Entry, NewRun, RunRow, RunStatus, Written


def new_run(run_id: str, session: str = "", **more: object) -> NewRun:
    key = SessionKey("", session) if session else None
    policy = SessionPolicy.QUEUE
    return NewRun(run_id, "", "host", "connection", "", b"", "", "", "", key, policy, True)


class Connection(MemoryJournal):
    """What one executor sees of a journal that all share.

    ``cut``: calls fail before they reach it. ``deaf``: they reach it, and their answers are lost.
    ``frozen``: they hang, even when cancelled.
    """

    def __init__(self, shared: MemoryJournal, clock: Clock) -> None:
        super().__init__(clock)
        self.__dict__.update(shared.__dict__)
        self.cut = self.deaf = False
        self._thawed = asyncio.Event()
        self._thawed.set()

    def freeze(self) -> None:
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    async def _reach(self) -> None:
        while not self._thawed.is_set():
            try:
                await self._thawed.wait()
            except asyncio.CancelledError:
                continue
        if self.cut:
            raise DatabaseError("cannot connect")

    def _answer(self) -> None:
        if self.deaf:
            raise DatabaseError("the connection was cut")

    async def beat(self, owner: str) -> None:
        await self._reach()
        await super().beat(owner)
        self._answer()

    async def create(self, new: NewRun, owner: str) -> Created:
        await self._reach()
        created = await super().create(new, owner)
        self._answer()
        return created

    async def claim(self, owner: str, lease_s: float, most: int) -> Sequence[RunRow]:
        await self._reach()
        rows = await super().claim(owner, lease_s, most)
        self._answer()
        return rows

    async def take_turn(self, owner: str, run_id: str, epoch: int) -> int:
        await self._reach()
        ahead = await super().take_turn(owner, run_id, epoch)
        self._answer()
        return ahead

    async def write(self, owner: str, entries: Sequence[Entry]) -> Written:
        await self._reach()
        return await super().write(owner, entries)

    async def cancels(self, owner: str) -> Sequence[tuple[str, str]]:
        await self._reach()
        return await super().cancels(owner)

    async def owned(self, owner: str) -> Sequence[str]:
        await self._reach()
        return await super().owned(owner)

    async def leave(self, owner: str) -> None:
        await self._reach()
        await super().leave(owner)


@dataclass(eq=False)
class Executor:
    """An executor that runs nothing: it keeps what it was told, with the times."""

    connection: Connection
    clock: Clock
    ids: CountingIds
    lease_s: float = 3.0
    alone: bool = False
    most: int = 1000
    rows: dict[str, RunRow] = field(default_factory=dict)
    resumed: list[tuple[float, str]] = field(default_factory=list)
    stopped: list[tuple[str, str]] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        hands = Hands(
            self.resume,
            lambda run_id, cause: self.stopped.append((run_id, cause)),
            self.lose,
            self.rows.__contains__,
            lambda: self.most - len(self.rows),
        )
        parts = (self.connection, hands, self.clock, self.ids, self.lease_s)
        self.owner = RunOwner(*parts, alone=self.alone)

    def resume(self, row: RunRow) -> None:
        self.rows[row.new.run_id] = row
        self.resumed.append((self.clock.monotonic(), row.new.run_id))

    async def lose(self) -> None:
        self.lost.append(self.clock.monotonic())
        self.rows.clear()

    async def create(self, run_id: str, session: str = "") -> RunRow:
        created = await self.connection.create(new_run(run_id, session), self.owner.boot_id)
        assert created.row is not None
        self.rows[run_id] = created.row
        return created.row

    async def end(self, run_id: str) -> Written:
        row = self.rows.pop(run_id)
        end = End(RunStatus.COMPLETED, b"ended")
        entry = Entry(run_id, row.epoch, row.next_sequence, end=end)
        return await self.connection.write(row.owner, [entry])


@dataclass(eq=False)
class Cluster:
    """Executors of one journal; each has its connection."""

    clock: Clock
    ids: CountingIds = field(default_factory=CountingIds)

    def __post_init__(self) -> None:
        self.journal = MemoryJournal(self.clock)

    def executor(self, alone: bool = False, most: int = 1000) -> Executor:
        make = partial(Executor, Connection(self.journal, self.clock), self.clock, self.ids)
        return make(alone=alone, most=most)
