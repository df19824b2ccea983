"""What clients ask of runs: to create, watch, list, stop, answer and forget them."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from services.executor.agent.ports import Clock
from services.executor.conversation import SessionKey
from services.executor.errors import (
    ExecutorError,
    FieldViolation,
    RequestError,
    RequestIdInUseError,
    SessionBusyError,
)
from services.executor.events import AbortCause
from services.executor.lifecycle_events import InputKind
from services.executor.run_errors import (
    InputClosedError,
    NotResumableError,
    RunActiveError,
    UnknownInputError,
)
from services.executor.runs.ports import Answered, Created, Creation, Journal
from services.executor.runs.rows import CALL, InputRow, NewRun, RunFilter, RunRow, RunStatus
from services.executor.runs.session_queue import MAX_WAITING
from services.executor.runs.tails import Tails
from services.executor.runs.unknown_run import unknown_run

logger = logging.getLogger(__name__)

NANO: Final = 1_000_000_000
EXPIRED_AT_ONCE: Final = 200
EXPIRE_EVERY_S: Final = 60.0
"""At most; as often as runs are kept where that is shorter, so that they are kept about so long."""
EXPIRE_AFTER_S: Final = 1.0
"""At least, between two deletions."""
QUEUE_RETRY_S: Final = 1.0


@dataclass(frozen=True)
class Answer:
    """An answer to an input.

    Attributes:
        kinds: the kinds of inputs that it can answer.
        data: serialized ``AnswerInputRequest``.
        name: ``approve``, ``deny`` or ``result``.
    """

    run_id: str
    input_id: str
    request_id: str
    kinds: frozenset[InputKind]
    data: bytes
    name: str = ""


class RunDesk:
    """Serves requests for runs, whichever process has them.

    Args:
        journal: where runs are recorded.
        tails: streams their events.
        clock: for the age of ended runs.
        stop: stops a run at once if this process has it, and does nothing else; takes the run's id
            and why.
        keep_s: seconds that ended runs are kept.
        check: raises RequestError for an answer, a serialized ``AnswerInputRequest``, that the
            input cannot have; by default none is refused so.
    """

    def __init__(
        self,
        journal: Journal,
        tails: Tails,
        clock: Clock,
        stop: Callable[[str, AbortCause], None],
        keep_s: float,
        check: Callable[[InputRow, bytes], Awaitable[None]] | None = None,
    ) -> None:
        self._journal = journal
        self._tails = tails
        self._clock = clock
        self._stop = stop
        self._keep_s = keep_s
        self._check = check

    def __repr__(self) -> str:
        return f"RunDesk({self._journal!r}, {self._tails!r})"

    async def create(self, new: NewRun, owner: str) -> Created:
        """Create a run, NEW, or return the one that the request has already, JOINED.

        Raises:
            RequestIdInUseError: another request has its ``request_id``.
            SessionBusyError: its session has a run that goes on, or too many that wait.
        """
        created = await self._journal.create(new, owner)
        if created.creation is Creation.OTHER_REQUEST:
            raise RequestIdInUseError(
                f'Another request had the request_id "{new.request_id}". Send the same request to '
                "join its run, or use another id for another run."
            )
        if created.creation is Creation.SESSION_BUSY:
            raise SessionBusyError(
                "Another run of this session is going on. Send the request again once it has "
                "ended, or set `spec.session_policy` to QUEUE or INTERRUPT."
            )
        if created.creation is Creation.QUEUE_FULL:
            raise SessionBusyError(
                f"Too many runs of this session are already waiting: at most {MAX_WAITING}, and "
                "fewer of one client. Send the request again later.",
                retry_after_s=QUEUE_RETRY_S,
            )
        return created

    async def get(self, run_id: str, tenant: str) -> RunRow:
        """Return a run; raises UnknownRunError."""
        row = await self._journal.run(run_id, tenant)
        if row is None:
            raise unknown_run(run_id)
        return row

    async def is_busy(self, key: SessionKey) -> bool:
        """Return whether a session has a run that goes on or waits."""
        active = tuple(status for status in RunStatus if not status.has_ended)
        wanted = RunFilter(key.organisation, key.session_id, key.resource_id, active)
        return bool(await self._journal.runs(wanted, 1))

    async def calls(self, run_id: str, tenant: str) -> Sequence[bytes]:
        """Return the recordings of a run's tool calls, serialized; raises UnknownRunError."""
        row = await self.get(run_id, tenant)
        return [each.data for each in await self._journal.records(row.new.run_id, CALL)]

    async def bundle(self, run_id: str, tenant: str) -> bytes:
        """Return a run's bundle as it was sent; raises UnknownRunError, NotResumableError."""
        row = await self.get(run_id, tenant)
        source = await self._journal.program(row.new.program)
        if source is None:
            raise NotResumableError(f"The bundle of the run {run_id} is not recorded any more.")
        return source

    async def runs(self, wanted: RunFilter, most: int) -> Sequence[RunRow]:
        """Return up to ``most`` runs, the latest first."""
        return await self._journal.runs(wanted, most)

    async def subscribe(self, run_id: str, tenant: str, after: int) -> AsyncGenerator[bytes, None]:
        """Yield serialized responses: events after a sequence, up to the last one, and heartbeats.

        Raises:
            UnknownRunError: there is no such run, or it was deleted meanwhile.
            RequestError: the run has no event of that sequence yet.
            EventsGoneError: the next event is not recorded any more.
            ShuttingDownError: this process is being stopped.
        """
        row = await self.get(run_id, tenant)
        if after >= row.next_sequence:
            last = row.next_sequence - 1
            raise RequestError(
                f"The run {run_id} has {last} events so far, so none can come after {after}.",
                violations=(FieldViolation("after_sequence", f"It is more than {last}."),),
            )
        async with aclosing(self._tails.follow(run_id, tenant, after)) as events:
            async for data in events:
                yield data

    async def cancel(self, run_id: str, tenant: str) -> RunRow:
        """Stop a run, whichever process has it; return it as it is now.

        Raises UnknownRunError.
        """
        row = await self.stop(run_id, tenant, AbortCause.CANCELLED)
        if row is None:
            raise unknown_run(run_id)
        return row

    async def stop(self, run_id: str, tenant: str, cause: AbortCause) -> RunRow | None:
        """Stop a run for a cause; return it as it is now, None if there is none."""
        row = await self._journal.request_cancel(run_id, tenant, cause.value)
        if row is not None and row.cancel and not row.status.has_ended:
            self._stop(run_id, AbortCause(row.cancel))
        return row

    async def delete(self, run_id: str, tenant: str) -> None:
        """Delete a run that has ended; raises UnknownRunError, RunActiveError."""
        if await self._journal.delete(run_id, tenant):
            return
        await self.get(run_id, tenant)
        raise RunActiveError(
            f"The run {run_id} is going on. Delete it once it has ended; CancelRun (`caisson runs "
            "cancel`) stops it."
        )

    async def inputs(
        self, tenant: str, run_id: str, resource_id: str | None, after: str, most: int
    ) -> Sequence[InputRow]:
        """Return what runs, or one run, wait for; raises UnknownRunError."""
        if run_id:
            await self.get(run_id, tenant)
        return await self._journal.inputs(tenant, run_id, resource_id, after, most)

    async def answer(self, answer: Answer, tenant: str) -> InputRow:
        """Answer an input, once, or again in the same way; return it.

        Raises:
            UnknownRunError: there is no such run.
            UnknownInputError: the run does not wait for it.
            RequestError: an input of its kind cannot be answered so.
            InputClosedError: it has another answer, or has expired.
        """
        run_id, input_id = answer.run_id, answer.input_id
        await self.get(run_id, tenant)
        of_run = await self._journal.answers(run_id)
        row = next((row for row in of_run if row.new.input_id == input_id), None)
        if row is None:
            raise _unknown_input(answer)
        if row.new.kind not in answer.kinds:
            raise RequestError(
                f"The input {input_id} is an approval: answer it with `approve` or `deny`."
                if row.new.kind is InputKind.APPROVAL
                else f"The input {input_id} is a tool's result: answer it with `result` or `deny`.",
                violations=(FieldViolation("answer", "The input is of another kind."),),
            )
        if self._check is not None:
            await self._check(row, answer.data)
        became = await self._journal.answer(
            run_id, tenant, input_id, answer.request_id, answer.data
        )
        if became is Answered.UNKNOWN:
            raise _unknown_input(answer)
        if became is Answered.ANSWERED:
            raise InputClosedError(
                f"The input {input_id} has another answer already, and the first one counts."
            )
        if became is Answered.EXPIRED:
            raise InputClosedError(f"The input {input_id} was not answered in time.")
        return row

    async def expire(self) -> int:
        """Delete the runs that ended too long ago, and return how many."""
        before_ns = self._clock.now_ns() - int(self._keep_s * NANO)
        deleted = 0
        while found := await self._journal.expire(before_ns, EXPIRED_AT_ONCE):
            deleted += found
        return deleted

    async def keep_expiring(self) -> None:
        """Delete old runs for ever; every process of a database may do so."""
        every_s = min(EXPIRE_EVERY_S, max(EXPIRE_AFTER_S, self._keep_s))
        while True:
            try:
                deleted = await self.expire()
            except ExecutorError as error:
                logger.warning("old runs could not be deleted: %s", error)
            else:
                if deleted:
                    logger.info("deleted %d runs that ended too long ago", deleted)
            await self._clock.sleep(every_s)


def _unknown_input(answer: Answer) -> UnknownInputError:
    return UnknownInputError(
        f'The run {answer.run_id} waits for no input "{answer.input_id[:128]}". ListInputs lists '
        "what runs wait for."
    )
