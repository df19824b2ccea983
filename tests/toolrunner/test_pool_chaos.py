"""Whatever happens to calls and workers, each call ends exactly once and nothing is left."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from services.toolrunner.errors import OverloadedError
from services.toolrunner.messages import HostResult
from services.toolrunner.pool.pool import WorkerPool
from services.toolrunner.pool.work import Stage, Work
from services.toolrunner.pool.worker_bounds import WorkerBounds
from tests.toolrunner.pools import Recorder, call_of, program, scripted_pool, tenant, until
from tests.toolrunner.scripted_worker import ScriptedLauncher

TOOLS = ["echo", "talk", "run", "stuck", "suspend", "ask", "crash"]
ACTIONS = st.one_of(
    st.tuples(st.just("call"), st.sampled_from(TOOLS), st.integers(0, 2)),
    st.tuples(st.just("cancel"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("answer"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("kill"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("turn"), st.just(0), st.just(0)),
)


class Campaign:
    """Carries out actions and remembers all calls."""

    def __init__(self, pool: WorkerPool, launcher: ScriptedLauncher) -> None:
        self._pool = pool
        self._launcher = launcher
        self.calls: list[tuple[Work, Recorder]] = []

    async def act(self, action: tuple[str, object, int]) -> None:
        """Do one action."""
        kind, what, number = action
        if kind == "call":
            self._call(str(what), number)
        elif kind == "turn":
            await asyncio.sleep(0.001)
        elif isinstance(what, int):
            self._disturb(kind, what)

    def _call(self, tool: str, number: int) -> None:
        sink = Recorder()
        try:
            work = self._pool.call(
                program(str(number)), call_of(tool), sink, tenant=tenant(str(number))
            )
        except OverloadedError:
            return
        self.calls.append((work, sink))

    def _disturb(self, kind: str, index: int) -> None:
        if kind == "kill":
            self._launcher.started[index % len(self._launcher.started)].kill()
        elif self.calls:
            work, _ = self.calls[index % len(self.calls)]
            if kind == "cancel":
                self._pool.cancel(work)
            else:
                self._pool.deliver(work, HostResult("", 1, "1"))

    async def finish(self) -> None:
        """Cancel what is left until all has ended."""
        for work, _ in self.calls:
            self._pool.cancel(work)
        await until(lambda: all(sink.outcomes for _, sink in self.calls))


def any_dying(launcher: ScriptedLauncher) -> bool:
    """Return whether a worker has ended and the pool has not handled it yet."""
    return any(worker.dead and not worker.reaped for worker in launcher.started)


async def campaign(actions: list[tuple[str, object, int]]) -> None:
    bounds = WorkerBounds(kill_grace_s=0.02, images=2)
    async with scripted_pool(2, queued=5, worker=bounds) as (pool, launcher):
        running = Campaign(pool, launcher)
        for action in actions:
            await running.act(action)
        await running.finish()
        await until(lambda: len(pool.jail_report) == 2 and not any_dying(launcher))
        last = Recorder()
        pool.call(program(), call_of("echo"), last)
        assert (await last.outcome()).failure is None
        assert all(len(sink.outcomes) == 1 for _, sink in running.calls)
        assert all(work.stage is Stage.ENDED for work, _ in running.calls)
        assert all(work.timer is None for work, _ in running.calls)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, max_size=40))
def test_every_call_ends_once(actions: list[tuple[str, object, int]]) -> None:
    asyncio.run(campaign(actions))
