"""A run of the journal in memory, and the rules on rows that listings and claims go by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.executor.runs.rows import InputRow, Record, RunFilter, RunRow, RunStatus


@dataclass(eq=False)
class KeptRun:
    """A run with all that belongs to it; ``closed`` are ids of inputs that are not waited for."""

    row: RunRow
    events: list[bytes] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    inputs: dict[str, InputRow] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def unanswered(self) -> list[InputRow]:
        """Return what the run waits for, expired or not."""
        if self.row.status.has_ended:
            return []
        inputs = self.inputs.values()
        return [row for row in inputs if row.answer is None and row.new.input_id not in self.closed]

    def set(self, status: RunStatus) -> None:
        """Give the run a status; nobody owns it where the status says so."""
        owned = status in {RunStatus.QUEUED, RunStatus.RUNNING}
        self.row = replace(self.row, status=status, owner=self.row.owner if owned else "")

    def settle(self) -> None:
        """Make a WAITING run READY that has all its answers, or is to be stopped."""
        if self.row.status is RunStatus.WAITING and (self.row.cancel or not self.unanswered()):
            self.set(RunStatus.READY)


def is_free(run: KeptRun, alive: set[str], now_ns: int) -> bool:
    """Tell whether a run may be claimed."""
    status = run.row.status
    if status is RunStatus.WAITING:
        return any(is_over(row, now_ns) for row in run.unanswered())
    owned = status in {RunStatus.QUEUED, RunStatus.RUNNING}
    return status is RunStatus.READY or (owned and run.row.owner not in alive)


def is_over(row: InputRow, now_ns: int) -> bool:
    """Tell whether an input is not waited for any longer."""
    return row.created_ns + row.new.wait_ns <= now_ns


def run_place(row: RunRow) -> tuple[int, str]:
    """Return where a run stands in a listing, whose latest run is the first."""
    return row.created_ns, row.new.run_id


def input_place(row: InputRow) -> tuple[int, str]:
    """Return where an input stands in a listing, whose oldest input is the first."""
    return row.created_ns, row.new.input_id


def fits(row: RunRow, wanted: RunFilter) -> bool:
    """Tell whether a run is asked for."""
    session_id = row.new.session.session_id if row.new.session is not None else ""
    return (
        row.new.tenant == wanted.tenant
        and wanted.session_id in {"", session_id}
        and wanted.resource_id in {None, row.new.owner_id}
        and (not wanted.statuses or row.status in wanted.statuses)
        and (wanted.from_ns is None or row.created_ns >= wanted.from_ns)
        and (wanted.before_ns is None or row.created_ns < wanted.before_ns)
        and (wanted.before is None or run_place(row) < wanted.before)
    )
