"""Records calls through one toolrunner and makes them once more in another one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from caisson.executor.v1 import recorded_call_pb2 as recorded_pb
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.comparing_wire import Comparison, compared
from services.executor.adapters.toolrunner.tapes import RecordBounds
from services.executor.agent.ports import ToolInvocation
from services.executor.domain import ConsoleLine, Program, ToolResult
from services.executor.egress.broker import RunBroker
from services.executor.limits import ToolCallLimits
from tests.toolrunner.clients import runner_process

MIB = 1024 * 1024
BODIES = RecordBounds(call_bodies=4 * MIB, run_bodies=64 * MIB)


@dataclass
class KeptCalls:
    """Keeps recordings; see ``CallRecorder``."""

    data: list[bytes] = field(default_factory=list)

    async def record(self, call_id: str, data: bytes) -> None:
        """Keep a recording."""
        self.data.append(data)

    @property
    def calls(self) -> list[recorded_pb.RecordedCall]:
        """The recordings."""
        return [recorded_pb.RecordedCall.FromString(each) for each in self.data]


@dataclass
class TwoRunners:
    """Two toolrunners that know nothing of each other."""

    first: ToolRunnerClient
    second: ToolRunnerClient
    kept: KeptCalls = field(default_factory=KeptCalls)

    async def record(
        self,
        program: Program,
        broker: RunBroker,
        *invocations: ToolInvocation,
        limits: ToolCallLimits | None = None,
    ) -> list[ToolResult]:
        """Make calls in the first one, and keep them."""
        opening = ("run", program, limits or ToolCallLimits(), broker, "")
        async with self.first.open(*opening, recorder=self.kept) as session:
            return [await session.call(each, dropped, lambda: None) for each in invocations]

    async def replay(self, program: Program) -> list[Comparison]:
        """Make the calls that were kept once more in the second one; they are kept no more."""
        calls = self.kept.calls
        self.kept.data.clear()
        return [await compared(self.second, each, program) for each in calls]


async def dropped(_: ConsoleLine) -> None:
    """Drop a line."""


@contextmanager
def two_processes(**settings: str) -> Iterator[tuple[str, str]]:
    """Yield the addresses of two toolrunners, each with one worker."""
    with (
        runner_process(workers="1", **settings) as one,
        runner_process(workers="1", **settings) as other,
    ):
        yield one.address, other.address


@asynccontextmanager
async def two_runners(
    addresses: tuple[str, str], bounds: RecordBounds = BODIES
) -> AsyncIterator[TwoRunners]:
    """Yield the clients of two toolrunners."""
    first = ToolRunnerClient(addresses[0], bounds=bounds)
    second = ToolRunnerClient(addresses[1])
    try:
        yield TwoRunners(first, second)
    finally:
        await first.close()
        await second.close()
