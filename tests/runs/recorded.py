"""Runs as tests record them: a run's events are made up, and written by an owner."""

from __future__ import annotations

from collections.abc import Sequence

from services.executor.conversation import SessionKey, SessionPolicy
from services.executor.lifecycle_events import InputKind
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.rows import End, Entry, NewInput, NewRun, RunStatus, Written

OWNER = "boot_1"


def new_run(
    run_id: str,
    *,
    tenant: str = "",
    host: str = "10.0.0.1",
    connection: str = "1",
    request_id: str = "",
    spec_digest: str = "aa",
    session: SessionKey | None = None,
    policy: SessionPolicy = SessionPolicy.REJECT,
) -> NewRun:
    """Return a run as it was asked for."""
    return NewRun(
        run_id,
        tenant,
        host,
        connection,
        request_id,
        b"spec",
        spec_digest,
        "sha256:" + "0" * 64,
        "weather",
        session,
        policy,
        True,
    )


def new_input(
    input_id: str, kind: InputKind = InputKind.APPROVAL, wait_ns: int = 10**18
) -> NewInput:
    """Return something to wait for."""
    return NewInput(input_id, kind, "call_1", "weather", "p", "a", b"", wait_ns)


async def record(
    journal: MemoryJournal,
    run_id: str,
    events: Sequence[bytes] = (),
    *,
    owner: str = OWNER,
    end: RunStatus | None = None,
    status: RunStatus | None = None,
    inputs: Sequence[NewInput] = (),
) -> Written:
    """Write what comes next in a run."""
    row = await journal.run(run_id, "")
    assert row is not None
    entry = Entry(
        run_id,
        row.epoch,
        row.next_sequence,
        events,
        status=status,
        inputs=inputs,
        end=None if end is None else End(end, b"ended"),
    )
    return await journal.write(owner, [entry])
