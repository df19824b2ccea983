"""Shared by tests of the pool: programs, calls, a recording sink, a pool of scripted workers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from services.toolrunner.domain import MIB, ConsoleLevel, Limits, Outcome, Program, ToolCall
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.shared_load import LoadReport
from services.toolrunner.pool.worker_bounds import PoolBounds, WorkerBounds
from services.toolrunner.tenants import Tenant
from tests.toolrunner.scripted_worker import ScriptedLauncher

WAIT_S = 60.0  # a bound for what hangs, on a machine that may be busy


def program(text: str = "export {}", *, is_module: bool = True) -> Program:
    source = text.encode()
    return Program(hashlib.sha256(source).hexdigest(), is_module, source)


def tenant(name: str, host: str = "") -> Tenant:
    """Return a tenant, by default on a host of its own."""
    return Tenant("peer", host or name, name)


def call_of(tool: str, input_json: str = "1", timeout_s: float = 30.0) -> ToolCall:
    return ToolCall("agent", tool, input_json, "{}", "id", (), Limits(timeout_s=timeout_s))


class Recorder:
    """A sink that records events."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.asked: list[tuple[int, str]] = []
        self.outcomes: list[Outcome] = []
        self.beginnings = 1
        self.begun = 0
        self._news = asyncio.Event()

    def console(self, level: ConsoleLevel, text: str) -> None:
        self.lines.append(text)
        self._news.set()

    def host_call(self, host_call_id: int, capability: str, input_json: str) -> None:
        self.asked.append((host_call_id, capability))
        self._news.set()

    def began(self) -> None:
        self.begun += 1

    def begins_anew(self) -> None:
        self.beginnings += 1

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._news.set()

    async def outcome(self) -> Outcome:
        """Return the outcome once there is one."""
        async with asyncio.timeout(WAIT_S):
            while not self.outcomes:
                self._news.clear()
                await self._news.wait()
        assert len(self.outcomes) == 1
        return self.outcomes[0]

    async def failure(self) -> str:
        """Return the name of the failure's kind once there is one."""
        outcome = await self.outcome()
        assert outcome.failure is not None, outcome
        return outcome.failure.kind.name


async def loaded(pool: WorkerPool, wanted: Program) -> LoadReport:
    """Load a program; return how it ended."""
    end: asyncio.Future[LoadReport] = asyncio.get_running_loop().create_future()
    pool.load(wanted, end.set_result)
    async with asyncio.timeout(WAIT_S):
        return await end


async def until(condition: Callable[[], object]) -> None:
    """Let the event loop turn until ``condition()`` is true."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.001)


@asynccontextmanager
async def scripted_pool(
    workers: int = 1,
    *,
    spares: int = 0,
    queued: int = 100,
    queued_bytes: int = 256 * MIB,
    worker: WorkerBounds | None = None,
    launcher: ScriptedLauncher | None = None,
) -> AsyncIterator[tuple[WorkerPool, ScriptedLauncher]]:
    """Yield a started pool and what launched its workers."""
    launcher = launcher or ScriptedLauncher()
    bounds = PoolBounds(
        workers=workers,
        spares=spares,
        queued=queued,
        queued_bytes=queued_bytes,
        start_timeout_s=5.0,
        worker=worker or WorkerBounds(),
    )
    pool = WorkerPool(launcher, bounds)
    await pool.start()
    try:
        yield pool, launcher
    finally:
        await pool.stop()
        assert all(each.dead and each.reaped for each in launcher.started)
