"""Records one run while it goes on: what it makes is written first, and then shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.executor.agent.channel import Batch
from services.executor.agent.concluding import unsaved
from services.executor.agent.effects import effects_of
from services.executor.agent.endings import shown_error
from services.executor.agent.ports import Saving
from services.executor.agent.state import RunState
from services.executor.agent.state_changes import change, first_change
from services.executor.conversation import TokenUsage
from services.executor.errors import LimitError
from services.executor.events import (
    Abort,
    Effects,
    Error,
    Finish,
    FinishStep,
    RunEvent,
    Terminal,
)
from services.executor.runs.claims import CLAIMED, WENT_ON, place_of
from services.executor.runs.inputs import closed_inputs, new_inputs
from services.executor.runs.responses import ResponseWriter, UnsendableError
from services.executor.runs.rows import (
    CALL,
    TRACE,
    End,
    Entry,
    Record,
    RunRow,
    RunStatus,
    SessionAppend,
)
from services.executor.runs.tails import Tails
from services.executor.runs.writer import JournalWriter
from services.executor.side_thread import dumps_json
from services.executor.wire.recorded_events import ended_of
from services.telemetry.current import current_span
from services.telemetry.traces.names import EVENTS

STATE: Final = "state"
ENDINGS: Final = {
    Finish: RunStatus.COMPLETED,
    Error: RunStatus.FAILED,
    Abort: RunStatus.ABORTED,
}


@dataclass(frozen=True)
class Recording:
    """What records runs: the writer of their journal, and the tails that show them."""

    writer: JournalWriter
    tails: Tails


class RunRecorder:
    """Records one run of this process.

    Args:
        recording: what records it.
        row: the run as it was created or claimed.
        state: its last recorded state, None for none.
        went_on: is called when a claimed run first gets further; None for one that is new.
    """

    def __init__(
        self,
        recording: Recording,
        row: RunRow,
        state: RunState | None = None,
        went_on: Callable[[], None] | None = None,
    ) -> None:
        self._writer = recording.writer
        self._tails = recording.tails
        self._new = row.new
        self._owner = row.owner
        self._epoch = row.epoch
        self._next = row.next_sequence
        self._next_record = row.next_record
        self._state = state
        self._went_on = went_on
        self._waits_in_queue = row.status is RunStatus.QUEUED
        self._begun: tuple[asyncio.Future[None], Entry] | None = None
        self._responses = ResponseWriter()
        self._trace = current_span().traceparent if went_on is None else ""

    def __repr__(self) -> str:
        return f"RunRecorder({self._new.run_id}, next={self._next})"

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self._new.run_id

    async def record(self, batch: Batch) -> None:
        """Record and show a batch.

        Raises:
            OwnershipLostError: the run is not this process's any more; nothing is shown.
            DatabaseError: the batch could not be recorded, and is not shown.
        """
        if current_span().recording and is_end_of_step(batch):
            with current_span().child("journal_commit") as span:
                span.set(EVENTS, len(batch.events))
                await self._record(batch)
        else:
            await self._record(batch)

    async def _record(self, batch: Batch) -> None:
        data, terminal = await self._written(batch)
        saving = batch.saving if terminal is batch.terminal else None
        records = [Record(CALL, each) for each in batch.calls]
        records += await self._records(batch.state)
        if self._trace:
            records.append(Record(TRACE, self._trace.encode()))
            self._trace = ""
        if self._went_on is not None and self._is_further(batch):
            records.append(WENT_ON)
            self._went_on()
            self._went_on = None
        try:
            await self._write(data, records, terminal, saving, batch)
        except LimitError as error:  # the session has no room
            assert terminal is not None
            terminal = unsaved(terminal, error, self._new.run_id)
            data[-1] = await self._responses.written(replace(batch.events[-1], event=terminal))
            await self._write(data, records, terminal, None, batch)
        if batch.state is not None:
            self._state = batch.state

    async def claimed(self) -> None:
        """Record that the run was claimed; raises as ``record``."""
        await self._write((), (CLAIMED,), None, None)

    async def left(self) -> None:
        """Record that its owner ended in an orderly way, not by the run; raises as ``record``."""
        if self._went_on is not None:
            self._went_on = None
            await self._end_write()  # of a task that was cancelled meanwhile
            await self._write((), (WENT_ON,), None, None)

    async def end(self, terminal: Terminal, time_ns: int) -> None:
        """Record and show the end of a run that does not go on; raises as ``record``."""
        event = RunEvent(self._new.run_id, self._next, time_ns, terminal)
        await self._write([await self._responses.written(event)], (), terminal, None)

    async def _write(
        self,
        data: Sequence[bytes],
        records: Sequence[Record],
        terminal: Terminal | None,
        saving: Saving | None,
        batch: Batch | None = None,
    ) -> None:
        end = None
        if terminal is not None:
            append = None if saving is None else _append(saving)
            end = End(ENDINGS[type(terminal)], ended_of(data[-1]), append)
        first = self._next
        waits = batch is not None and batch.suspended is not None
        events = () if batch is None else batch.events
        state = self._state if batch is None or batch.state is None else batch.state
        entry = Entry(
            *(self._new.run_id, self._epoch, first, data, self._next_record, records),
            status=RunStatus.WAITING if waits else None,
            inputs=new_inputs(events, state, self._new.program),
            closed=closed_inputs(events),
            end=end,
        )
        self._begun = self._writer.begin(self._owner, self._new.tenant, entry), entry
        await self._end_write()
        self._tails.publish(self._new.run_id, first, data)

    async def _end_write(self) -> None:
        """Wait for the write that was begun, if there is one; it goes on if this is cancelled."""
        if self._begun is None:
            return
        written, entry = self._begun
        try:
            await asyncio.shield(written)
        except Exception:  # not where this is cancelled: ``left`` waits for it then
            self._begun = None
            raise
        self._begun = None
        self._next += len(entry.events)
        self._next_record += len(entry.records)

    def _is_further(self, batch: Batch) -> bool:
        """Tell whether a claimed run has got further with a batch, or need not for now."""
        if batch.suspended is not None or (self._waits_in_queue and batch.events):
            return True
        return batch.state is not None and place_of(batch.state) != place_of(self._state)

    async def _records(self, state: RunState | None) -> Sequence[Record]:
        """Return what is different in a state, and before which event it became so."""
        if state is None:
            return ()
        changed = first_change(state) if self._state is None else change(self._state, state)
        text = await dumps_json({**changed, "sequence": self._next}, compact=True)
        return (Record(STATE, text.encode(errors="surrogatepass")),)

    async def _written(self, batch: Batch) -> tuple[list[bytes], Terminal | None]:
        """Return a batch's events as bytes, up to the last one, and that if it ends the run.

        An event that cannot be a message ends the run with an error in its place, with the effects
        of the state after them.
        """
        data: list[bytes] = []
        state = batch.state or self._state
        for event in batch.events:
            try:
                data.append(await self._responses.written(event))
            except UnsendableError as error:
                effects = Effects() if state is None else effects_of(state)
                # Of effects only counts of tokens can be impossible in a message.
                effects = replace(effects, usage=TokenUsage(), models=())
                terminal = Error(shown_error(error, event.run_id), effects)
                data.append(await self._responses.written(replace(event, event=terminal)))
                return data, terminal
        return data, batch.terminal


def is_end_of_step(batch: Batch) -> bool:
    """Tell whether a batch ends a step, or the run, or begins to wait."""
    if batch.suspended is not None or batch.terminal is not None:
        return True
    return any(isinstance(each.event, FinishStep) for each in batch.events)


def _append(saving: Saving) -> SessionAppend:
    host = saving.client.host_digest
    return SessionAppend(saving.key, saving.messages, host, saving.agent)
