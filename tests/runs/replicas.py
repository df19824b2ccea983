"""Executors on loopback that have the RPCs of recorded runs, over one journal in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.executor import events
from services.executor.adapters.rpc_methods import RequestBytes, add_methods
from services.executor.adapters.system import SystemClock
from services.executor.admission import Admission
from services.executor.audit.memory import MemoryTrail
from services.executor.conversation import FinishReason, TokenUsage
from services.executor.events import AbortCause, Effects
from services.executor.run_service import RunService
from services.executor.runs.desk import RunDesk
from services.executor.runs.memory import MemoryJournal
from services.executor.runs.rows import End, Entry, RunStatus
from services.executor.runs.tails import Tails
from services.executor.runs.wire import to_run
from services.executor.wire.events import to_response
from services.executor.wire.page_tokens import PageTokens
from tests.runs.recorded import OWNER, new_run

MIB = 1024 * 1024
DESCRIBED = pb.DESCRIPTOR.services_by_name["ExecutorService"]
SECOND = 10**9
USAGE = TokenUsage(12, 3)
FINISH = events.Finish(FinishReason.STOP, USAGE, 1, effects=Effects(1, USAGE))
ENDS: dict[type, RunStatus] = {
    events.Finish: RunStatus.COMPLETED,
    events.Abort: RunStatus.ABORTED,
    events.Error: RunStatus.FAILED,
}
ABORT = events.Abort(AbortCause.CANCELLED, "Somebody asked for it.", Effects())


class Replica(RunService):
    """The service of one replica, whose runs only a test makes."""

    def __init__(self, journal: MemoryJournal, heartbeat_s: float, stall_s: float) -> None:
        self.journal = journal
        self.heartbeat_s = heartbeat_s
        self.stopped: list[str] = []
        self.admission = Admission(1, 64 * MIB, stall_s)
        self.stall_s = stall_s
        self.reopen()

    def reopen(self) -> None:
        """Be as another executor of the same journal is, at the same address."""
        self.tails = Tails(self.journal, self.heartbeat_s, 0.05)
        desk = RunDesk(
            self.journal,
            self.tails,
            SystemClock(),
            lambda run_id, _: self.stopped.append(run_id),
            60.0,
        )
        super().__init__(desk, self.admission, PageTokens("key"), self.stall_s, MemoryTrail())

    async def CreateRun(self, request: RequestBytes, context: Any) -> None:  # noqa: N802
        """Create a run that says what it was asked, and ends."""
        await self.admission.answer(context, self._made(request), self.admission.quick)

    async def _made(self, request: RequestBytes) -> pb.CreateRunResponse:
        asked = pb.CreateRunRequest.FromString(request.data)
        run = Made(self.journal, "run_made", self.tails)
        await run.create()
        await run.say(events.TextDelta("t", asked.spec.message), FINISH)
        row = await self.journal.run("run_made", "")
        assert row is not None
        return pb.CreateRunResponse(run=to_run(row))

    async def _refuse(self, request: Any, context: Any) -> None:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not in this test")

    ExecuteAgent = InspectBundle = GetServerInfo = _refuse


@dataclass
class Made:
    """A run whose events a test makes up."""

    journal: MemoryJournal
    run_id: str = "run_1"
    tails: Tails | None = None
    log: list[bytes] = field(default_factory=list)

    async def create(self, **new: Any) -> None:
        """Create it, here if it has tails."""
        await self.journal.create(new_run(self.run_id, **new), OWNER)
        if self.tails is not None:
            self.tails.begin(self.run_id, 1)

    async def say(self, *said: events.Event) -> None:
        """Record events, then show them."""
        first = len(self.log) + 1
        data = [
            to_response(events.RunEvent(self.run_id, first + at, SECOND, event)).SerializeToString()
            for at, event in enumerate(said)
        ]
        status = ENDS.get(type(said[-1]))
        end = None
        if status is not None:
            ended = pb.ExecuteAgentResponse.FromString(data[-1]).event.run_ended
            end = End(status, ended.SerializeToString())
        entry = Entry(self.run_id, 1, first, data, end=end)
        assert not (await self.journal.write(OWNER, [entry])).lost
        self.log += data
        if self.tails is not None:
            self.tails.publish(self.run_id, first, data)
            if end is not None:
                self.tails.end(self.run_id)


@dataclass
class Served:
    """A replica, with a client of it."""

    replica: Replica
    stub: Any
    address: str

    async def watched(self, run_id: str, after: int = 0) -> list[bytes]:
        """Return all events of a run, as they came."""
        call = self.stub.SubscribeRun(pb.SubscribeRunRequest(run_id=run_id, after_sequence=after))
        return [each.SerializeToString() async for each in call if each.HasField("event")]


@asynccontextmanager
async def replica_of(
    journal: MemoryJournal, heartbeat_s: float = 30.0, stall_s: float = 30.0
) -> AsyncIterator[Served]:
    """Serve the runs of a journal."""
    replica = Replica(journal, heartbeat_s, stall_s)
    server = grpc.aio.server()
    add_methods(DESCRIBED, replica, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            yield Served(replica, ExecutorServiceStub(channel), address)
    finally:
        await asyncio.shield(server.stop(None))
