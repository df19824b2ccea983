"""What is recorded of runs, as data: nothing here knows a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from services.executor.clients import Client
from services.executor.conversation import Message, SessionKey, SessionPolicy
from services.executor.lifecycle_events import InputKind


class RunStatus(Enum):
    """Where a run is. The last three have ended.

    QUEUED and RUNNING runs are owned by the executor whose task they are. READY ones are to be
    claimed: they are new, were answered, or are to be stopped, and nobody has them. WAITING ones
    wait for an input, and nobody has them either.
    """

    READY = "ready"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"

    @property
    def has_ended(self) -> bool:
        """Whether nothing of the run will change any more."""
        return self in {RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.ABORTED}


@dataclass(frozen=True)
class NewRun:
    """A run as it was asked for.

    Attributes:
        tenant: whose run it is: the organisation; empty where nobody says who they are.
        host, connection: of the client, as ``Client`` has them.
        request_id: the client's own; empty for none.
        spec: serialized ``RunSpec``, whose bundle is named by its digest.
        spec_digest: hexadecimal SHA-256 of the spec as it was sent.
        program: digest of the bundle.
        agent: key of the agent, as far as it is known.
        continues: whether it goes on without its client.
        deployed: the deployed version that it is on, such as "weather@3"; empty for a bundle.
        resource_id: whose it is within the organisation, where it has no session.
    """

    run_id: str
    tenant: str
    host: str
    connection: str
    request_id: str
    spec: bytes
    spec_digest: str
    program: str
    agent: str
    session: SessionKey | None
    policy: SessionPolicy
    continues: bool
    deployed: str = ""
    resource_id: str = ""

    @property
    def owner_id(self) -> str:
        """The resource whose run it is."""
        return self.resource_id if self.session is None else self.session.resource_id

    @property
    def client(self) -> Client:
        """Who asked for it."""
        return Client(self.host, self.connection, self.tenant)


@dataclass(frozen=True)
class RunRow:
    """What is recorded of a run, without its events and records.

    Attributes:
        next_sequence: the sequence of its next event; 1 for none so far.
        next_record: the number of its next record, from 0.
        owner: boot id of the executor that has it; empty for none.
        epoch: counts its owners; a write of an earlier one is refused.
        cancel: why it is to be stopped, a value of ``AbortCause``; empty if it is not.
        ended: serialized ``RunEnded``, None while it goes on.
    """

    new: NewRun
    status: RunStatus
    next_sequence: int
    next_record: int
    owner: str
    epoch: int
    cancel: str
    created_ns: int
    ended_ns: int = 0
    ended: bytes | None = None


@dataclass(frozen=True)
class NewInput:
    """Something that a run begins to wait for.

    Attributes:
        program: digest of the bundle, and
        arguments: hexadecimal SHA-256 of the call's input as JSON text: the answer is for these
            alone.
        required: serialized ``InputRequired``.
        wait_ns: how long it is waited for, from the commit of its entry, by the database's clock.
    """

    input_id: str
    kind: InputKind
    call_id: str
    tool: str
    program: str
    arguments: str
    required: bytes
    wait_ns: int


@dataclass(frozen=True)
class InputRow:
    """An input that a run waits for, or waited for.

    ``answer`` is a serialized ``AnswerInputRequest``, None while there is none; ``is_expired``
    tells whether its time was over when it was read: only the database's clock counts.
    """

    run_id: str
    tenant: str
    resource_id: str
    new: NewInput
    created_ns: int
    answer: bytes | None = None
    request_id: str = ""
    is_expired: bool = False


@dataclass(frozen=True)
class SessionAppend:
    """What a run adds to its session at its end; see ``SessionStore.append``."""

    key: SessionKey
    messages: tuple[Message, ...]
    host_digest: str
    agent: str


@dataclass(frozen=True)
class End:
    """The end of a run: its last event is written with it.

    ``ended`` is a serialized ``RunEnded``.
    """

    status: RunStatus
    ended: bytes
    append: SessionAppend | None = None


CALL: Final = "call"
"""The kind of a record with the recording of a tool call, a serialized ``RecordedCall``."""


TRACE: Final = "trace"
"""The kind of a record with the W3C ``traceparent`` of the span in which a run began."""


@dataclass(frozen=True)
class Record:
    """A change of a run's state, as ``runs.changes`` writes it, or a host's answer for replays."""

    kind: str
    data: bytes


@dataclass(frozen=True)
class Entry:
    """What one run adds to the journal in one write: all of it, or nothing.

    Attributes:
        epoch: of the owner that writes.
        first: the sequence of the first event, the run's ``next_sequence``.
        events: serialized ``ExecuteAgentResponse`` messages, each with one event.
        first_record: the number of the first record, the run's ``next_record``.
        status: the run's new status; None leaves it as it is.
        inputs: what the run begins to wait for.
        closed: ids of the inputs that are not waited for any more.
        end: how it ends; then the session's turn is given on, too.
    """

    run_id: str
    epoch: int
    first: int
    events: Sequence[bytes] = ()
    first_record: int = 0
    records: Sequence[Record] = ()
    status: RunStatus | None = None
    inputs: Sequence[NewInput] = ()
    closed: Sequence[str] = ()
    end: End | None = None


@dataclass(frozen=True)
class Written:
    """What became of the entries of one write.

    ``lost`` are the runs that the writer does not own any more: nothing of theirs was written.
    ``refused`` are those whose session had no room, with the sentence that says so: nothing of
    theirs was written either.
    """

    lost: frozenset[str] = frozenset()
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFilter:
    """Which runs to list; what is None or empty is not asked.

    ``before`` is the place after which a page goes on: creation time and id of the last run of the
    page before.
    """

    tenant: str = ""
    session_id: str = ""
    resource_id: str | None = None
    statuses: tuple[RunStatus, ...] = ()
    from_ns: int | None = None
    before_ns: int | None = None
    before: tuple[int, str] | None = None


@dataclass(frozen=True)
class EventChunk:
    """Consecutive events of a run, serialized ``ExecuteAgentResponse``; ``first`` is a sequence."""

    first: int
    events: tuple[bytes, ...]
