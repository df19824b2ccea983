"""Clients that create runs and watch them, whatever becomes of the executors."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.run_event_pb2 import InputRequired, RunEvent
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec, SessionPolicy
from services.cli.client.wire import refusal_of_error
from tests.survival.executors import ExecutorProcess
from tests.survival.world import Script

SOURCE = Path(__file__).with_name("counting.js").read_bytes()
CALL_S = 10.0
RETRY_S = 0.05
# What an executor answers that goes down, has no database, or has none of its runs' turns.
PASSING = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


@dataclass(eq=False)
class Progress:
    """Counts what all subscribers see, so that faults come at points of the runs' work."""

    events: int = 0
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def note(self) -> None:
        """Count an event."""
        self.events += 1
        async with self._more:
            self._more.notify_all()

    async def reach(self, events: int) -> None:
        """Wait until there are so many."""
        async with self._more:
            await self._more.wait_for(lambda: self.events >= events)


@dataclass(eq=False)
class Clients:
    """Calls executors, each time one of those that are up, until one answers."""

    executors: Sequence[ExecutorProcess]
    chance: random.Random
    counter_url: str
    progress: Progress = field(default_factory=Progress)
    refusals: list[str] = field(default_factory=list)
    resumed: dict[tuple[str, int], float] = field(default_factory=dict)

    async def create(self, script: Script, session: str = "", **more: Any) -> str:
        """Create a run, once, however often the request has to be sent; return its id.

        ``more`` are other fields of its spec.
        """
        spec = RunSpec(
            bundle=BundleSource(inline=SOURCE),
            agent="counter",
            message=script.message(),
            env={"COUNTER": self.counter_url},
            session_id=session,
            session_policy=SessionPolicy.SESSION_POLICY_QUEUE,
            **more,
        )
        request = pb.CreateRunRequest(spec=spec, request_id=f"request-{script.name}")
        while True:
            executor = await self._any()
            try:
                created = await executor.stub.CreateRun(request, timeout=CALL_S)
            except grpc.aio.AioRpcError as error:
                await self._retry(error)
            else:
                return str(created.run.run_id)

    async def watch(
        self, run_id: str, *, quiet: bool = False, slow_s: float = 0.0, longest_s: float = CALL_S
    ) -> list[RunEvent]:
        """Return the events of a run to its end, over reconnects.

        Args:
            run_id: the run.
            quiet: whether what is seen counts as no progress.
            slow_s: seconds after each event before the next is read.
            longest_s: how long a connection is kept at most.
        """
        seen: list[RunEvent] = []
        while not (seen and seen[-1].WhichOneof("event") == "run_ended"):
            executor = await self._any()
            after = seen[-1].sequence if seen else 0
            request = pb.SubscribeRunRequest(run_id=run_id, after_sequence=after)
            call = executor.stub.SubscribeRun(
                request, timeout=self.chance.uniform(longest_s / 10, longest_s)
            )
            try:
                async for item in call:
                    if item.WhichOneof("item") == "event":
                        seen.append(item.event)
                        if not quiet:
                            await self._note(item.event)
                        if slow_s:
                            await asyncio.sleep(slow_s)
            except grpc.aio.AioRpcError as error:
                await self._retry(error)
            finally:
                call.cancel()
        return seen

    async def run(self, run_id: str) -> pb.GetRunResponse:
        """Return what a run is now."""
        while True:
            executor = await self._any()
            try:
                got = await executor.stub.GetRun(pb.GetRunRequest(run_id=run_id), timeout=CALL_S)
            except grpc.aio.AioRpcError as error:
                await self._retry(error)
            else:
                assert isinstance(got, pb.GetRunResponse)
                return got

    async def inputs(self, run_id: str) -> Sequence[InputRequired]:
        """Return what a run waits for."""
        while True:
            executor = await self._any()
            asked = pb.ListInputsRequest(run_id=run_id)
            try:
                listed = await executor.stub.ListInputs(asked, timeout=CALL_S)
            except grpc.aio.AioRpcError as error:
                await self._retry(error)
            else:
                return [each.required for each in listed.inputs]

    async def approve(self, run_id: str, input_id: str, request_id: str) -> bool:
        """Approve a call, however often the request has to be sent; return whether it counts."""
        approve = pb.Approve()
        request = pb.AnswerInputRequest(
            run_id=run_id, input_id=input_id, request_id=request_id, approve=approve
        )
        while True:
            executor = await self._any()
            try:
                await executor.stub.AnswerInput(request, timeout=CALL_S)
            except grpc.aio.AioRpcError as error:
                if refusal_of_error(error).reason == "INPUT_CLOSED":
                    return False
                await self._retry(error)
            else:
                return True

    async def _note(self, event: RunEvent) -> None:
        if event.WhichOneof("event") == "run_resumed":  # no progress: it comes with each restart
            self.resumed.setdefault((event.run_id, event.sequence), time.monotonic())
        else:
            await self.progress.note()

    async def _any(self) -> ExecutorProcess:
        while True:
            up = [each for each in self.executors if each.channel is not None]
            if up:
                return self.chance.choice(up)
            await asyncio.sleep(RETRY_S)

    async def _retry(self, error: grpc.aio.AioRpcError) -> None:
        assert error.code() in PASSING, f"{error.code()}: {error.details()}"
        self.refusals.append(f"{error.code().name}: {error.details()}")
        await asyncio.sleep(RETRY_S)
