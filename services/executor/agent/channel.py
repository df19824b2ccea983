"""A bounded queue from the tasks of a run to the one reader of its events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.executor.agent.ports import Clock, Saving
from services.executor.agent.recorded_calls import RecordedCalls
from services.executor.agent.state import RunState
from services.executor.agent.waiting import Suspended
from services.executor.events import (
    Abort,
    Error,
    Event,
    Finish,
    ReasoningDelta,
    RunEvent,
    Terminal,
    TextDelta,
    ToolConsole,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolOutputAvailable,
    ToolOutputError,
)
from services.executor.lifecycle_events import InputRequired
from services.executor.quota.ports import FREE

CAPACITY = 256
CAPACITY_CHARACTERS = 128 * 1024
MERGED_CHARACTERS = 16 * 1024


@dataclass(frozen=True)
class Batch:
    """What a run has made since the batch before: events, and the newest of its states.

    What the run waits for goes on once it is told that the batch is ``written``. ``saving`` comes
    with the last event, if the session is to keep what was said. With ``suspended`` this is the
    last batch for now: the run waits for somebody, and its next start goes on from its last state.
    ``calls`` are serialized recordings of tool calls that have ended.
    """

    events: tuple[RunEvent, ...]
    state: RunState | None
    saving: Saving | None
    _waiting: tuple[asyncio.Future[None], ...] = field(repr=False)
    suspended: Suspended | None = None
    calls: tuple[bytes, ...] = ()

    @property
    def terminal(self) -> Terminal | None:
        """The event that ends the run, if it is in this batch."""
        last = self.events[-1].event if self.events else None
        return last if isinstance(last, Finish | Abort | Error) else None

    def written(self) -> None:
        """Let those go on that wait until this is recorded."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)


class RunChannel:
    """A bounded queue of events: any task of the run writes, one task reads.

    A slow reader makes the writers wait, and so the model and the tools. Consecutive queued pieces
    of one part are merged, so that a slow reader can catch up. Sequence numbers are assigned on
    reading, so that they have no gaps whatever the writers do.

    Args:
        run_id: put on every event.
        clock: for timestamps.
        sequence: that of the last event that was sent before, by a run that goes on.
        calls: recordings of tool calls, which batches take along.
        saw: is shown every event.
    """

    def __init__(
        self,
        run_id: str,
        clock: Clock,
        sequence: int = 0,
        calls: RecordedCalls | None = None,
        saw: Callable[[Event], None] = FREE.saw,
    ) -> None:
        self._calls = calls or RecordedCalls()
        self._saw = saw
        self._run_id = run_id
        self._clock = clock
        self._waiting: deque[tuple[int, Event, int, str]] = deque()
        self._characters = 0
        self._something = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._sequence = sequence
        self._state: RunState | None = None
        self._saving: Saving | None = None
        self._kept: list[asyncio.Future[None]] = []
        self._unrecorded: set[asyncio.Future[None]] = set()
        self._closed = False
        self._suspended: Suspended | None = None

    def __repr__(self) -> str:
        return f"RunChannel({self._run_id}, read={self._sequence}, waiting={len(self._waiting)})"

    async def emit(self, event: Event, scope_id: str = "") -> None:
        """Queue an event of a scope for the reader; wait while the queue is full."""
        while not self._closed and not self._room.is_set():
            await self._room.wait()
        if not self._closed:
            self._put(event, scope_id)

    def tell(self, event: Event, scope_id: str = "") -> None:
        """Queue an event at once, however full the queue is: a stopped nested run waits for none.

        There are few of these: one for each nested run.
        """
        if not self._closed:
            self._put(event, scope_id)

    async def keep(self, state: RunState, events: Sequence[Event], *, waits: bool) -> None:
        """Queue a state with its events, to be recorded together.

        With ``waits`` this returns once they are; it is cancelled where they never will be.
        """
        while not self._closed and not self._room.is_set():
            await self._room.wait()
        if self._closed:
            if waits:
                raise asyncio.CancelledError
            return
        for event in events:
            self._put(event)
        self._state = state
        self._something.set()
        if waits:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._kept.append(future)
            self._unrecorded.add(future)
            future.add_done_callback(self._unrecorded.discard)
            await future

    def finish(self, terminal: Terminal | Suspended, saving: Saving | None = None) -> None:
        """Queue the last event; never waits, so that nothing can come between.

        A run that waits has none: what was queued before is its last batch.
        """
        if isinstance(terminal, Suspended):
            self._suspended = terminal
            self._something.set()
        else:
            self._saving = saving
            self._put(terminal)
            self._closed = True  # nothing comes after it

    def close(self) -> None:
        """Drop later events: the reader is gone, and what it has not recorded never will be."""
        self._closed = True
        self._room.set()
        for future in tuple(self._unrecorded):
            future.cancel()

    async def take(self) -> Batch:
        """Wait for something, and return all that waits."""
        while not self._waiting and self._state is None and self._suspended is None:
            self._something.clear()
            await self._something.wait()
        events: list[RunEvent] = []
        for time_ns, event, _, scope_id in self._waiting:
            self._sequence += 1
            events.append(RunEvent(self._run_id, self._sequence, time_ns, event, scope_id))
        self._waiting.clear()
        self._characters = 0
        self._room.set()
        state, kept, self._state, self._kept = self._state, self._kept, None, []
        made, calls = tuple(events), self._calls.take()
        return Batch(made, state, self._saving, tuple(kept), self._suspended, calls)

    def _put(self, event: Event, scope_id: str = "") -> None:
        self._saw(event)
        if not self._merged(event, scope_id):
            size = event_size(event)
            self._characters += size
            self._waiting.append((self._clock.now_ns(), event, size, scope_id))
        if not self._has_room():
            self._room.clear()
        self._something.set()

    def _merged(self, event: Event, scope_id: str) -> bool:
        """Merge a piece into the last queued event, if that is of the same part."""
        if not self._waiting or not isinstance(event, TextDelta | ReasoningDelta | ToolInputDelta):
            return False
        time_ns, last, size, last_scope = self._waiting[-1]
        is_small = size < MERGED_CHARACTERS and scope_id == last_scope
        both = merged(last, event) if is_small else None
        if both is None:
            return False
        self._waiting[-1] = (time_ns, both, size + len(event.delta), scope_id)
        self._characters += len(event.delta)
        return True

    def _has_room(self) -> bool:
        return len(self._waiting) < CAPACITY and self._characters < CAPACITY_CHARACTERS


def merged(first: Event, second: Event) -> Event | None:
    """Return both as one event, None if they are not pieces of the same part."""
    if isinstance(second, TextDelta) and isinstance(first, TextDelta):
        return TextDelta(first.id, first.delta + second.delta) if first.id == second.id else None
    if isinstance(second, ReasoningDelta) and isinstance(first, ReasoningDelta):
        both = first.delta + second.delta
        return ReasoningDelta(first.id, both) if first.id == second.id else None
    if isinstance(second, ToolInputDelta) and isinstance(first, ToolInputDelta):
        both = first.delta + second.delta
        return ToolInputDelta(first.call_id, both) if first.call_id == second.call_id else None
    return None


def event_size(event: Event) -> int:
    """Return about how many characters an event holds."""
    if isinstance(event, TextDelta | ReasoningDelta | ToolInputDelta):
        return len(event.delta)
    if isinstance(event, ToolOutputAvailable | ToolInputAvailable | InputRequired):
        return event.size
    if isinstance(event, ToolConsole):
        return len(event.line.text)
    if isinstance(event, ToolInputError):
        return len(event.input_text) + len(event.error_text)
    if isinstance(event, ToolOutputError):
        failure = event.failure
        return len(event.error_text) + len(failure.message) + len(failure.stack)
    return 0
