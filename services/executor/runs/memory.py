"""A journal in memory: that of one process without a file, and the reference of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from services.executor.agent.ports import Clock
from services.executor.conversation import SessionKey
from services.executor.errors import LimitError
from services.executor.events import AbortCause
from services.executor.runs.kept_run import (
    KeptRun,
    fits,
    input_place,
    is_free,
    is_over,
    run_place,
)
from services.executor.runs.ports import Answered, Created, Creation
from services.executor.runs.rows import (
    Entry,
    EventChunk,
    InputRow,
    NewRun,
    Record,
    RunFilter,
    RunRow,
    RunStatus,
    SessionAppend,
    Written,
)
from services.executor.runs.session_queue import Place, place_of

MOST_ENDED: Final = 10_000
NANO: Final = 1_000_000_000
REFUSALS: Final = {Place.BUSY: Creation.SESSION_BUSY, Place.FULL: Creation.QUEUE_FULL}
HELD: Final = {RunStatus.QUEUED, RunStatus.RUNNING}
_QueueKey = tuple[str, SessionKey]


class MemoryJournal:
    """See ``Journal``. No method waits for anything, so that each is one step of the event loop.

    The latest ended runs are retained; those that go on are bounded by who lets them begin.

    Args:
        clock: the clock of times, leases and expiries.
        append: adds what a run has said to its session; raises LimitError if there is no room.
        most_ended: the most ended runs to retain.
    """

    def __init__(
        self,
        clock: Clock,
        append: Callable[[SessionAppend], None] = lambda _: None,
        most_ended: int = MOST_ENDED,
    ) -> None:
        self._clock = clock
        self._append = append
        self._most_ended = most_ended
        self._runs: dict[str, KeptRun] = {}
        self._ended: dict[str, None] = {}  # in the order of their ends
        self._requests: dict[tuple[str, str, str], str] = {}
        self._queues: dict[_QueueKey, list[str]] = {}
        self._beats: dict[str, int] = {}
        self._programs: dict[str, bytes] = {}
        self._watchers: dict[object, Callable[[str], None]] = {}

    def __repr__(self) -> str:
        return f"MemoryJournal({len(self._runs)} runs, {len(self._ended)} of them ended)"

    async def create(self, new: NewRun, owner: str) -> Created:
        """Record a new run, or say which it joins or why it is refused."""
        known = self._runs.get(self._requests.get(_request(new), ""))
        if known is not None:
            same = known.row.new.spec_digest == new.spec_digest
            return Created(Creation.JOINED if same else Creation.OTHER_REQUEST, known.row)
        place, queue = Place.TURN, self._queue(new)
        if queue is not None:
            others = [self._runs[run_id].row.new.client for run_id in queue]
            place = place_of(others, new.client, new.policy)
            if place in REFUSALS:
                self._forget_queue(new)
                return Created(REFUSALS[place])
            queue.insert(1 if place is Place.NEXT else len(queue), new.run_id)
            if place is Place.NEXT:
                self._cancel(self._runs[queue[0]], AbortCause.INTERRUPTED.value)
        status = RunStatus.RUNNING if place is Place.TURN else RunStatus.QUEUED
        row = RunRow(new, status, 1, 0, owner, 1, "", self._clock.now_ns())
        self._runs[new.run_id] = KeptRun(row)
        if new.request_id:
            self._requests[_request(new)] = new.run_id
        self._tell(new.run_id)
        return Created(Creation.NEW, row)

    async def take_turn(self, owner: str, run_id: str, epoch: int) -> int:
        """Return how many runs must end before this one; 0 makes it RUNNING."""
        run = self._owned(owner, run_id, epoch)
        if run is None:
            return -1
        ahead = self._ahead(run)
        if not ahead and run.row.status is RunStatus.QUEUED:
            run.set(RunStatus.RUNNING)
            self._tell(run_id)
        return ahead

    async def write(self, owner: str, entries: Sequence[Entry]) -> Written:
        """Add entries, each of them whole or not at all."""
        lost: set[str] = set()
        refused: dict[str, str] = {}
        for entry in entries:
            run = self._owned(owner, entry.run_id, entry.epoch)
            expected = (entry.first, entry.first_record)
            if run is None or expected != (run.row.next_sequence, run.row.next_record):
                lost.add(entry.run_id)
                continue
            try:
                if entry.end is not None and entry.end.append is not None:
                    self._append(entry.end.append)
            except LimitError as error:
                refused[entry.run_id] = str(error)
                continue
            self._add(run, entry)
        return Written(frozenset(lost), refused)

    def _add(self, run: KeptRun, entry: Entry) -> None:
        """Add an entry to a run."""
        row, now = run.row, self._clock.now_ns()
        run.events += entry.events
        run.records += entry.records
        run.row = replace(row, next_sequence=len(run.events) + 1, next_record=len(run.records))
        for new in entry.inputs:
            of = row.new
            run.inputs[new.input_id] = InputRow(of.run_id, of.tenant, of.owner_id, new, now)
        run.closed.update(entry.closed)
        if entry.end is not None:
            run.row = replace(run.row, ended=entry.end.ended, ended_ns=now)
            run.set(entry.end.status)
            self._ended[entry.run_id] = None
            self._give_turn_on(run)
            self._retain()
        elif entry.status is not None:
            run.set(entry.status)
            run.settle()
        self._tell(entry.run_id)

    async def run(self, run_id: str, tenant: str) -> RunRow | None:
        """Return a run."""
        run = self._of(run_id, tenant)
        return run.row if run is not None else None

    async def runs(self, wanted: RunFilter, most: int) -> Sequence[RunRow]:
        """Return runs, the latest first."""
        rows = [run.row for run in self._runs.values() if fits(run.row, wanted)]
        return sorted(rows, key=run_place, reverse=True)[:most]

    async def events(self, run_id: str, after: int, most_bytes: int) -> Sequence[EventChunk]:
        """Return events after a sequence, at least one if there is any."""
        run, size, found = self._runs.get(run_id), 0, list[bytes]()
        for data in islice(run.events, after, None) if run is not None else ():
            if found and size + len(data) > most_bytes:
                break
            size += len(data)
            found.append(data)
        return [EventChunk(after + 1, tuple(found))] if found else []

    async def records(self, run_id: str, kind: str = "") -> Sequence[Record]:
        """Return the records of a run, those of one kind if it is given."""
        run = self._runs.get(run_id)
        records = run.records if run is not None else []
        return [record for record in records if kind in {"", record.kind}]

    async def request_cancel(self, run_id: str, tenant: str, cause: str) -> RunRow | None:
        """Note that a run is to be stopped."""
        run = self._of(run_id, tenant)
        if run is None:
            return None
        self._cancel(run, cause)
        return run.row

    async def delete(self, run_id: str, tenant: str) -> bool:
        """Delete a run that has ended."""
        run = self._of(run_id, tenant)
        if run is None or not run.row.status.has_ended:
            return False
        self._forget(run_id)
        return True

    async def expire(self, before_ns: int, most: int) -> int:
        """Delete runs that ended before a time."""
        old = [run for run in self._ended if self._runs[run].row.ended_ns < before_ns][:most]
        for run_id in old:
            self._forget(run_id)
        return len(old)

    async def inputs(
        self, tenant: str, run_id: str, resource_id: str | None, after: str, most: int
    ) -> Sequence[InputRow]:
        """Return what runs wait for, the oldest first."""
        found = [row for run in self._runs.values() for row in run.unanswered()]
        start = self._input_place(after)
        fitting = [
            row
            for row in sorted(found, key=input_place)
            if row.tenant == tenant
            and run_id in {"", row.run_id}
            and resource_id in {None, row.resource_id}
            and not is_over(row, self._clock.now_ns())
            and input_place(row) > start
        ]
        return fitting[:most]

    async def answers(self, run_id: str) -> Sequence[InputRow]:
        """Return all inputs of a run."""
        run = self._runs.get(run_id)
        rows = run.inputs.values() if run is not None else ()
        now = self._clock.now_ns()
        return [replace(row, is_expired=is_over(row, now)) for row in rows]

    async def answer(
        self, run_id: str, tenant: str, input_id: str, request_id: str, answer: bytes
    ) -> Answered:
        """Answer an input, once."""
        run = self._of(run_id, tenant)
        row = run.inputs.get(input_id) if run is not None else None
        if run is None or row is None:
            return Answered.UNKNOWN
        if row.answer is not None:
            same = request_id and (row.request_id, row.answer) == (request_id, answer)
            return Answered.AGAIN if same else Answered.ANSWERED
        if run.row.status.has_ended:
            return Answered.UNKNOWN
        if input_id in run.closed or is_over(row, self._clock.now_ns()):
            return Answered.EXPIRED
        run.inputs[input_id] = replace(row, answer=answer, request_id=request_id)
        run.settle()
        self._tell(run_id)
        return Answered.ACCEPTED

    async def keep_program(self, digest: str, source: bytes) -> None:
        """Keep a bundle, as long as a run has it."""
        self._programs[digest] = source

    async def program(self, digest: str) -> bytes | None:
        """Return a bundle."""
        return self._programs.get(digest)

    async def program_of(self, organisation: str, digest: str) -> bytes | None:
        """Return a bundle if a run of that tenant has it."""
        news = (run.row.new for run in self._runs.values())
        own = any((new.tenant, new.program) == (organisation, digest) for new in news)
        return self._programs.get(digest) if own else None

    async def beat(self, owner: str) -> None:
        """Note that an executor is alive."""
        self._beats[owner] = self._clock.now_ns()

    async def claim(self, owner: str, lease_s: float, most: int) -> Sequence[RunRow]:
        """Take over runs that nobody has, or whose owner is not alive."""
        now = self._clock.now_ns()
        alive = {name for name, beat in self._beats.items() if beat + lease_s * NANO >= now}
        alive.add(owner)
        taken: list[RunRow] = []
        for run in self._runs.values():
            if len(taken) < most and is_free(run, alive, now):
                row = run.row
                queued = row.status is RunStatus.QUEUED
                status = row.status if queued else RunStatus.RUNNING
                run.row = replace(row, status=status, owner=owner, epoch=row.epoch + 1)
                taken.append(run.row)
                self._tell(row.new.run_id)
        return taken

    async def leave(self, owner: str) -> None:
        """Note that an executor has ended."""
        self._beats.pop(owner, None)

    async def owned(self, owner: str) -> Sequence[str]:
        """Return the ids of the runs that an executor has."""
        rows = [run.row for run in self._runs.values()]
        return [row.new.run_id for row in rows if row.owner == owner and row.status in HELD]

    async def free(self, owner: str, run_ids: Sequence[str]) -> None:
        """Take runs from an executor."""
        for run_id in set(run_ids).intersection(await self.owned(owner)):
            run = self._runs[run_id]
            run.row = replace(run.row, owner="")
            self._tell(run_id)

    async def cancels(self, owner: str) -> Sequence[tuple[str, str]]:
        """Return the owned runs that are to be stopped, and why."""
        rows = [run.row for run in self._runs.values()]
        return [(row.new.run_id, row.cancel) for row in rows if row.owner == owner and row.cancel]

    def watch(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call ``changed`` with the id of each run that changes."""
        key = object()
        self._watchers[key] = changed

        def end() -> None:
            self._watchers.pop(key, None)

        return end

    async def close(self) -> None:
        """Forget everything."""
        self._runs.clear()

    def _tell(self, run_id: str) -> None:
        for changed in list(self._watchers.values()):
            changed(run_id)

    def _of(self, run_id: str, tenant: str) -> KeptRun | None:
        run = self._runs.get(run_id)
        return run if run is not None and run.row.new.tenant == tenant else None

    def _owned(self, owner: str, run_id: str, epoch: int) -> KeptRun | None:
        run = self._runs.get(run_id)
        owned = run is not None and (run.row.owner, run.row.epoch) == (owner, epoch)
        return run if owned else None

    def _cancel(self, run: KeptRun, cause: str) -> None:
        if run.row.status.has_ended or run.row.cancel:
            return
        run.row = replace(run.row, cancel=cause)
        run.settle()
        self._tell(run.row.new.run_id)

    def _queue(self, new: NewRun) -> list[str] | None:
        if new.session is None:
            return None
        return self._queues.setdefault((new.tenant, new.session), [])

    def _ahead(self, run: KeptRun) -> int:
        queue = self._queue(run.row.new)
        return queue.index(run.row.new.run_id) if queue is not None else 0

    def _give_turn_on(self, run: KeptRun) -> None:
        queue = self._queue(run.row.new)
        if queue is None:
            return
        queue.remove(run.row.new.run_id)
        if queue:
            self._tell(queue[0])
        self._forget_queue(run.row.new)

    def _forget_queue(self, new: NewRun) -> None:
        if new.session is not None and not self._queues[new.tenant, new.session]:
            del self._queues[new.tenant, new.session]

    def _retain(self) -> None:
        while len(self._ended) > self._most_ended:
            self._forget(next(iter(self._ended)))

    def _forget(self, run_id: str) -> None:
        """Forget a run that has ended, and its bundle if no other has it."""
        del self._ended[run_id]
        new = self._runs.pop(run_id).row.new
        self._requests.pop(_request(new), None)
        if all(run.row.new.program != new.program for run in self._runs.values()):
            self._programs.pop(new.program, None)
        self._tell(run_id)

    def _input_place(self, input_id: str) -> tuple[int, str]:
        rows: Iterable[InputRow | None] = (run.inputs.get(input_id) for run in self._runs.values())
        return next((input_place(row) for row in rows if row is not None), (-1, ""))


def _request(new: NewRun) -> tuple[str, str, str]:
    """Return whose request it is: an id belongs to the host, which may connect again."""
    return new.tenant, new.host, new.request_id
