"""Loads the program of one stream: from the image that streams share, or into one of its own.

The shared image saw nobody's values. What a program reads while it loads is learnt from its loads;
if this stream grants some of it, the program is loaded again, for this stream alone, with these
values and host calls. That image is freed with the stream.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace

from services.toolrunner.domain import (
    ConsoleLevel,
    LoadGrant,
    LoadReads,
    Outcome,
    Program,
)
from services.toolrunner.errors import OverloadedError
from services.toolrunner.messages import LOAD, ConsoleText, HostCall, ProgramFailed, ProgramLoaded
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.shared_load import LoadReport, LoadTicket
from services.toolrunner.pool.work import PrivateImage, Work
from services.toolrunner.tenants import NOBODY, Tenant, TenantShares
from services.toolrunner.traces_wire import is_given

RETRY_AFTER_S = 1.0
FULL = (
    "This program reads values of its run while it loads, so it is loaded for each run alone. "
    "This runner, or this caller's share of it, is at the limit of such runs "
    "(CAISSON_TOOLRUNNER_PRIVATE_IMAGES); try again later."
)


class ProgramLoader:
    """Loads one stream's program, and knows its image.

    Args:
        pool: runs the loads.
        room: slots of images of one stream; one is held until ``close``.
    """

    def __init__(self, pool: WorkerPool, room: TenantShares) -> None:
        self._pool = pool
        self._room = room
        self._tenant = NOBODY
        self._ticket: LoadTicket | None = None
        self._work: Work | None = None
        self.own: PrivateImage | None = None
        self.program: Program | None = None

    def __repr__(self) -> str:
        return f"<ProgramLoader own={self.own!r}>"

    def load(
        self,
        program: Program,
        grant: LoadGrant,
        tenant: Tenant,
        on_host_call: Callable[[HostCall], None],
        on_end: Callable[[LoadReport], None],
        on_refused: Callable[[OverloadedError], None],
    ) -> None:
        """Load the program, and report how it ended; raises OverloadedError or reports it."""
        self._tenant = tenant
        self.program = program = program.loaded_within(grant.max_age_s, time.time())

        def met() -> LoadReads:
            return grant.met(self._pool.reads_of(program))

        def alone() -> None:
            self._load_alone(program, grant, met, on_host_call, on_end)

        def ended(report: LoadReport) -> None:
            self._ticket = None
            if not met():
                on_end(report)
                return
            try:
                alone()
            except OverloadedError as error:
                on_refused(error)

        if met() or grant.replay:
            alone()
        else:
            self._ticket = self._pool.load(program, ended, tenant)

    def _load_alone(
        self,
        program: Program,
        grant: LoadGrant,
        met: Callable[[], LoadReads],
        on_host_call: Callable[[HostCall], None],
        on_end: Callable[[LoadReport], None],
    ) -> None:
        if not self._room.take(self._tenant):
            raise OverloadedError(FULL, retry_after_s=RETRY_AFTER_S)
        given = {"env": dict(grant.env), "capabilities": list(grant.capabilities)}
        given_json = json.dumps(given).encode()
        if grant.replay and not is_given(grant.replay):
            given_json = b""  # it was a load for everybody, which is given nothing
        self.own = own = PrivateImage(program, given_json, grant.replay)
        sink = _OwnLoad(own, met, on_host_call, on_end)
        self._work = self._pool.load_alone(program, self.own, sink, self._tenant)

    def load_work(self) -> Work | None:
        """Return the load of the stream's own image, to answer its host calls."""
        return self._work

    def close(self) -> None:
        """Stop loading, and free the stream's own image. Idempotent."""
        if self._ticket is not None:
            self._pool.leave(self._ticket)
            self._ticket = None
        if self.own is not None:
            self._pool.retire(self.own)
            self._room.give_back(self._tenant)
            self.own = None
        if self._work is not None:
            self._pool.abandon(self._work)
            self._work = None


class _OwnLoad:
    """The sink of a load for one stream alone."""

    def __init__(
        self,
        own: PrivateImage,
        met: Callable[[], LoadReads],
        on_host_call: Callable[[HostCall], None],
        on_end: Callable[[LoadReport], None],
    ) -> None:
        self._own = own
        self._met = met
        self._on_host_call = on_host_call
        self._on_end = on_end
        self._lines: list[ConsoleText] = []

    def console(self, level: ConsoleLevel, text: str) -> None:
        """Keep the line for the report."""
        self._lines.append(ConsoleText(level, text, time.time_ns()))

    def host_call(self, host_call_id: int, capability: str, input_json: str) -> None:
        """Pass a request on."""
        self._on_host_call(HostCall(LOAD, host_call_id, capability, input_json))

    def began(self) -> None:
        """Do nothing: a load runs no tool."""

    def begins_anew(self) -> None:
        """Drop the lines that the lost worker had written."""
        self._lines.clear()

    def ended(self, outcome: Outcome) -> None:
        """Report the end."""
        lines, usage = tuple(self._lines), outcome.usage
        self._own.asks = usage.host_calls > 0
        if outcome.failure is None:
            met = self._met()
            asked = met.fetches or usage.host_calls > 0
            private = replace(met, fetches=asked)
            self._on_end(ProgramLoaded(False, usage, lines, outcome.incomplete, private))
        else:
            self._on_end(ProgramFailed(outcome.failure, lines, usage))
