"""A run that this process has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.executor.agent.run import AgentRun
from services.executor.events import AbortCause
from services.executor.quota.ports import FREE, RunSpending
from services.executor.runs.recorder import RunRecorder
from services.executor.runs.rows import RunRow


class Joined(Exception):  # noqa: N818 - it is no error
    """The request has a run already."""

    def __init__(self, row: RunRow) -> None:
        super().__init__(row.new.run_id)
        self.row = row


@dataclass(eq=False)
class LiveRun:
    """A run that this process has.

    Attributes:
        run: what runs it; None until a claimed one is planned.
        cause: why it is to be stopped, if that is known before.
        created: the recorded run, once there is one.
        continues: whether it outlives this process.
        watched: whether the client that it belongs to watches it.
        recorder: what records it, once it is created or claimed.
        spending: what its organisation allows it.
        calls: whether a tool may be running, by what is recorded or about to be.
        leaves: whether it is left to another process as soon as none is.
        began_s: when this process began it, on the loop's clock.
    """

    run: AgentRun | None
    created: asyncio.Future[RunRow]
    continues: bool = False
    cause: AbortCause | None = None
    watched: bool = False
    recorder: RunRecorder | None = None
    spending: RunSpending = FREE
    calls: bool = False
    leaves: bool = False
    began_s: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def overview(self) -> Mapping[str, Any]:
        """What operators see of it: no content."""
        return {"state": "claimed"} if self.run is None else self.run.overview

    def abort(self, cause: AbortCause) -> None:
        """Stop it; it ends with an abort that tells its effects."""
        if self.run is None:
            self.cause = self.cause or cause
        else:
            self.run.abort(cause)
