"""The journal of runs in a database; see ``Journal``."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from services.executor.adapters.database import fenced, inputs, owners, reading, turns
from services.executor.adapters.database.hints import Hints
from services.executor.adapters.database.lanes import Lanes
from services.executor.adapters.database.sessions import Append
from services.executor.runs.ports import Answered, Created, Creation
from services.executor.runs.rows import (
    Entry,
    EventChunk,
    InputRow,
    NewRun,
    Record,
    RunFilter,
    RunRow,
    Written,
)


class DatabaseJournal:
    """Runs in a SQLite file or a PostgreSQL, beside the sessions.

    Args:
        lanes: of the database.
        hints: tells who watches.
        append: adds what a run has said to its session, at its end.
    """

    def __init__(self, lanes: Lanes, hints: Hints, append: Append) -> None:
        self._lanes = lanes
        self._hints = hints
        self._append = append
        self._unsure: set[str] = set()

    def __repr__(self) -> str:
        return f"DatabaseJournal({self._lanes!r})"

    async def create(self, new: NewRun, owner: str) -> Created:
        """Record a run that begins; see ``Journal.create``."""
        created = await self._lanes.writer.run(
            lambda connection: turns.create(connection, new, owner)
        )
        if created.creation is Creation.NEW:
            self._hints.tell([new.run_id])
        return created

    async def take_turn(self, owner: str, run_id: str, epoch: int) -> int:
        """Return how many runs are ahead of one; see ``Journal.take_turn``."""
        turn = await self._lanes.writer.run(
            lambda connection: turns.take_turn(connection, owner, run_id, epoch)
        )
        if turn.ahead == 0 or turn.stopped:
            self._hints.tell([turn.stopped or run_id])
        return turn.ahead

    async def write(self, owner: str, entries: Sequence[Entry]) -> Written:
        """Add entries of several runs, all in one commit; see ``Journal.write``."""

        def work(connection: Connection) -> Written:
            return fenced.write(connection, owner, entries, self._append)

        stores = any(entry.end is not None and entry.end.append is not None for entry in entries)
        written = await self._lanes.writer.run(work, tidy=stores)
        self._hints.tell({entry.run_id for entry in entries} - written.lost)
        return written

    async def run(self, run_id: str, tenant: str) -> RunRow | None:
        """Return a run."""
        return await self._lanes.reader.run(
            lambda connection: reading.run(connection, run_id, tenant)
        )

    async def runs(self, wanted: RunFilter, most: int) -> Sequence[RunRow]:
        """Return runs, the latest first; see ``Journal.runs``."""
        return await self._lanes.reader.run(
            lambda connection: reading.runs(connection, wanted, most)
        )

    async def events(self, run_id: str, after: int, most_bytes: int) -> Sequence[EventChunk]:
        """Return recorded events; see ``Journal.events``."""
        return await self._lanes.reader.run(
            lambda connection: reading.events(connection, run_id, after, most_bytes)
        )

    async def records(self, run_id: str, kind: str = "") -> Sequence[Record]:
        """Return the records of a run in their order."""
        return await self._lanes.reader.run(
            lambda connection: reading.records(connection, run_id, kind)
        )

    async def request_cancel(self, run_id: str, tenant: str, cause: str) -> RunRow | None:
        """Note that a run is to be stopped; see ``Journal.request_cancel``."""
        row = await self._lanes.writer.run(
            lambda connection: turns.request_cancel(connection, run_id, tenant, cause)
        )
        if row is not None:
            self._hints.tell([run_id])
        return row

    async def delete(self, run_id: str, tenant: str) -> bool:
        """Delete a run that has ended; see ``Journal.delete``."""
        return await self._lanes.beside.run(
            lambda connection: reading.remove(connection, run_id, tenant), tidy=True
        )

    async def expire(self, before_ns: int, most: int) -> int:
        """Delete runs that ended before a time; see ``Journal.expire``."""
        return await self._lanes.beside.run(
            lambda connection: reading.expire(connection, before_ns, most), tidy=True
        )

    async def inputs(
        self, tenant: str, run_id: str, resource_id: str | None, after: str, most: int
    ) -> Sequence[InputRow]:
        """Return inputs that are waited for; see ``Journal.inputs``."""
        return await self._lanes.reader.run(
            lambda connection: inputs.waited_for(
                connection, tenant, run_id, resource_id, after, most
            )
        )

    async def answers(self, run_id: str) -> Sequence[InputRow]:
        """Return all inputs of a run, answered or not."""
        return await self._lanes.reader.run(lambda connection: inputs.of_run(connection, run_id))

    async def answer(
        self, run_id: str, tenant: str, input_id: str, request_id: str, answer: bytes
    ) -> Answered:
        """Answer an input once; see ``Journal.answer``."""
        answered = await self._lanes.writer.run(
            lambda connection: inputs.answer(
                connection, (run_id, tenant, input_id), request_id, answer
            )
        )
        if answered is Answered.ACCEPTED:
            self._hints.tell([run_id])
        return answered

    async def keep_program(self, digest: str, source: bytes) -> None:
        """Keep a bundle by its digest."""
        await self._lanes.beside.run(
            lambda connection: reading.keep_program(connection, digest, source)
        )

    async def program(self, digest: str) -> bytes | None:
        """Return a bundle."""
        return await self._lanes.reader.run(lambda connection: reading.program(connection, digest))

    async def program_of(self, organisation: str, digest: str) -> bytes | None:
        """Return a bundle if a run of that tenant has it."""
        return await self._lanes.reader.run(
            lambda connection: reading.program_of(connection, organisation, digest)
        )

    async def beat(self, owner: str) -> None:
        """Note that an executor is alive."""
        await self._lanes.heart.run(lambda connection: owners.beat(connection, owner))

    async def claim(self, owner: str, lease_s: float, most: int) -> Sequence[RunRow]:
        """Take over runs; see ``Journal.claim``.

        Where a commit's outcome is not known, the next call returns what it took over.
        """
        call = secrets.token_hex(8)
        unsure = tuple(self._unsure)

        def work(connection: Connection) -> list[RunRow]:
            before = [row for each in unsure for row in owners.claimed(connection, owner, each)]
            return before + owners.claim(connection, owner, lease_s, most, call)

        self._unsure.add(call)  # until its end is known, also if this task is cancelled
        rows = await self._lanes.heart.run(work)
        self._unsure.difference_update({call, *unsure})
        self._hints.tell(row.new.run_id for row in rows)
        return rows

    async def leave(self, owner: str) -> None:
        """Note that an executor has ended."""
        await self._lanes.heart.run(lambda connection: owners.leave(connection, owner))

    async def owned(self, owner: str) -> Sequence[str]:
        """Return the runs that an executor has."""
        return await self._lanes.reader.run(lambda connection: owners.owned(connection, owner))

    async def free(self, owner: str, run_ids: Sequence[str]) -> None:
        """Take runs from an executor."""
        await self._lanes.writer.run(lambda connection: owners.free(connection, owner, run_ids))
        self._hints.tell(run_ids)

    async def cancels(self, owner: str) -> Sequence[tuple[str, str]]:
        """Return the owned runs that are to be stopped, and why."""
        return await self._lanes.reader.run(lambda connection: owners.cancels(connection, owner))

    def watch(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call ``changed`` with runs that others may have changed; see ``Journal.watch``."""
        return self._hints.watch(changed)

    async def close(self) -> None:
        """Close the database, which is the sessions', too; idempotent."""
        self._hints.close()
        await self._lanes.close()
