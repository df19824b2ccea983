"""A journal whose database sees no messages: what users, models and tools say is sealed.

Sealed are the spec of a run, its events, records and end, and what it waited for, with the
answers. Who runs what, when and in which session is not, nor are bundles, digests and the names of
tools that wait for an answer: the database orders and finds rows by them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from services.executor.run_errors import SealedError
from services.executor.runs.ports import Answered, Created, Journal
from services.executor.runs.rows import (
    Entry,
    EventChunk,
    InputRow,
    NewInput,
    NewRun,
    Record,
    RunFilter,
    RunRow,
    Written,
)
from services.executor.runs.sealing import Sealer

logger = logging.getLogger(__name__)


class SealedJournal:
    """See ``Journal``. Raises SealedError, a DatabaseError, where bytes cannot be opened."""

    def __init__(self, inner: Journal, sealer: Sealer) -> None:
        self._inner = inner
        self._sealer = sealer

    def __repr__(self) -> str:
        return f"SealedJournal({self._inner!r}, {self._sealer!r})"

    async def create(self, new: NewRun, owner: str) -> Created:
        """Record a run, with a sealed spec."""
        spec = self._sealer.seal(new.run_id, ("spec",), new.spec)
        created = await self._inner.create(replace(new, spec=spec), owner)
        return replace(created, row=self._row(created.row))

    async def take_turn(self, owner: str, run_id: str, epoch: int) -> int:
        """See ``Journal``."""
        return await self._inner.take_turn(owner, run_id, epoch)

    async def write(self, owner: str, entries: Sequence[Entry]) -> Written:
        """Add entries, sealed."""
        return await self._inner.write(owner, [self._entry(entry) for entry in entries])

    async def run(self, run_id: str, tenant: str) -> RunRow | None:
        """Return a run."""
        return self._row(await self._inner.run(run_id, tenant))

    async def runs(self, wanted: RunFilter, most: int) -> Sequence[RunRow]:
        """Return runs."""
        return [self._opened_row(row) for row in await self._inner.runs(wanted, most)]

    async def events(self, run_id: str, after: int, most_bytes: int) -> Sequence[EventChunk]:
        """Return events, opened; sealed ones are a little larger than ``most_bytes`` counts."""
        chunks = await self._inner.events(run_id, after, most_bytes)
        return [self._chunk(run_id, chunk) for chunk in chunks]

    async def records(self, run_id: str, kind: str = "") -> Sequence[Record]:
        """Return records, opened: each is bound to its number, so that all of them are read."""
        records = enumerate(await self._inner.records(run_id))
        return [
            replace(each, data=self._sealer.opened(run_id, _record(each, number), each.data))
            for number, each in records
            if kind in {"", each.kind}
        ]

    async def request_cancel(self, run_id: str, tenant: str, cause: str) -> RunRow | None:
        """See ``Journal``."""
        return self._row(await self._inner.request_cancel(run_id, tenant, cause))

    async def delete(self, run_id: str, tenant: str) -> bool:
        """See ``Journal``."""
        return await self._inner.delete(run_id, tenant)

    async def expire(self, before_ns: int, most: int) -> int:
        """See ``Journal``."""
        return await self._inner.expire(before_ns, most)

    async def inputs(
        self, tenant: str, run_id: str, resource_id: str | None, after: str, most: int
    ) -> Sequence[InputRow]:
        """Return inputs, opened."""
        rows = await self._inner.inputs(tenant, run_id, resource_id, after, most)
        return [self._input(row) for row in rows]

    async def answers(self, run_id: str) -> Sequence[InputRow]:
        """Return inputs with their answers, opened."""
        return [self._input(row) for row in await self._inner.answers(run_id)]

    async def answer(
        self, run_id: str, tenant: str, input_id: str, request_id: str, answer: bytes
    ) -> Answered:
        """Answer an input; sealed answers are never equal, so equal ones are told apart here."""
        sealed = self._sealer.seal(run_id, ("answer", input_id), answer)
        result = await self._inner.answer(run_id, tenant, input_id, request_id, sealed)
        if result is not Answered.ANSWERED or not request_id:
            return result
        known = (request_id, answer)
        same = any(
            (row.request_id, row.answer) == known
            for row in await self.answers(run_id)
            if row.new.input_id == input_id
        )
        return Answered.AGAIN if same else result

    async def keep_program(self, digest: str, source: bytes) -> None:
        """Keep a bundle, which is not sealed."""
        await self._inner.keep_program(digest, source)

    async def program(self, digest: str) -> bytes | None:
        """Return a bundle."""
        return await self._inner.program(digest)

    async def program_of(self, organisation: str, digest: str) -> bytes | None:
        """Return a bundle if a run of that tenant has it."""
        return await self._inner.program_of(organisation, digest)

    async def beat(self, owner: str) -> None:
        """See ``Journal``."""
        await self._inner.beat(owner)

    async def claim(self, owner: str, lease_s: float, most: int) -> Sequence[RunRow]:
        """Take over runs; one that cannot be opened keeps its sealed spec, which is no message.

        It is claimed already, and whoever claimed it ends it: it must not hold up the others.
        """
        rows = []
        for row in await self._inner.claim(owner, lease_s, most):
            try:
                rows.append(self._opened_row(row))
            except SealedError as error:
                logger.error("run %s: %s", row.new.run_id, error.message)
                rows.append(row)
        return rows

    async def leave(self, owner: str) -> None:
        """See ``Journal``."""
        await self._inner.leave(owner)

    async def owned(self, owner: str) -> Sequence[str]:
        """See ``Journal``."""
        return await self._inner.owned(owner)

    async def free(self, owner: str, run_ids: Sequence[str]) -> None:
        """See ``Journal``."""
        await self._inner.free(owner, run_ids)

    async def cancels(self, owner: str) -> Sequence[tuple[str, str]]:
        """See ``Journal``."""
        return await self._inner.cancels(owner)

    def watch(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """See ``Journal``."""
        return self._inner.watch(changed)

    async def close(self) -> None:
        """Close the inner journal."""
        await self._inner.close()

    def _entry(self, entry: Entry) -> Entry:
        seal, run_id, end = self._sealer.seal, entry.run_id, entry.end
        if end is not None:
            end = replace(end, ended=seal(run_id, ("ended",), end.ended))
        return replace(
            entry,
            events=[
                seal(run_id, ("event", number), each)
                for number, each in enumerate(entry.events, entry.first)
            ],
            records=[
                replace(each, data=seal(run_id, _record(each, number), each.data))
                for number, each in enumerate(entry.records, entry.first_record)
            ],
            inputs=[
                replace(each, required=seal(run_id, _required(each), each.required))
                for each in entry.inputs
            ],
            end=end,
        )

    def _chunk(self, run_id: str, chunk: EventChunk) -> EventChunk:
        events = (
            self._sealer.opened(run_id, ("event", number), each)
            for number, each in enumerate(chunk.events, chunk.first)
        )
        return replace(chunk, events=tuple(events))

    def _row(self, row: RunRow | None) -> RunRow | None:
        return None if row is None else self._opened_row(row)

    def _opened_row(self, row: RunRow) -> RunRow:
        run_id, ended, opened = row.new.run_id, row.ended, self._sealer.opened
        new = replace(row.new, spec=opened(run_id, ("spec",), row.new.spec))
        if ended is not None:
            ended = opened(run_id, ("ended",), ended)
        return replace(row, new=new, ended=ended)

    def _input(self, row: InputRow) -> InputRow:
        run_id, new, answer, opened = row.run_id, row.new, row.answer, self._sealer.opened
        if answer is not None:
            answer = opened(run_id, ("answer", new.input_id), answer)
        required = opened(run_id, _required(new), new.required)
        return replace(row, new=replace(new, required=required), answer=answer)


def _record(record: Record, number: int) -> tuple[str, str, int]:
    return "record", record.kind, number


def _required(new: NewInput) -> tuple[str, str]:
    return "input", new.input_id
