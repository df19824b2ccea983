"""The sandbox of a run, and how other agents of its bundle use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import Emit, ToolSession
from services.executor.egress.broker import RunBroker
from services.executor.egress.host_models import RunModels
from services.executor.egress.policy import Egress
from services.executor.events import Event, ToolConsole


@dataclass(frozen=True)
class Opened:
    """A run's sandbox, and the broker of its own agent; None where nothing of the bundle runs."""

    session: ToolSession
    broker: RunBroker | None = None

    @property
    def requests(self) -> int:
        """How many requests the run's tools have made."""
        return 0 if self.broker is None else self.broker.requests

    async def report(self, emit: Emit) -> None:
        """Wait for the bundle to load, and report its console output."""
        for line in await self.session.opened():
            await emit(ToolConsole("", line))

    @asynccontextmanager
    async def granted(
        self, egress: Egress, plan: RunPlan, emit: Emit, models: RunModels | None
    ) -> AsyncIterator[ToolSession]:
        """Yield the sandbox for another agent of the run: what it may do is what it is granted.

        Its grants are those of the deployment for that agent, narrowed by the run's own rules; its
        requests count as the run's, and ``models`` asks models for its tools. What the bundle reads
        of the environment while it loads is that of the run's own agent.
        """
        narrowed, client, key = plan.allow_fetch, plan.client, plan.agent.key
        within, run = self.broker, (plan.run_id,)
        opening = egress.open(
            *(key, client.organisation, narrowed, emit, client),
            env=plan.env,
            within=within,
            models=models,
            run=run,
        )
        async with opening as broker:
            yield self.session.granted(broker)


@dataclass(frozen=True)
class Early:
    """A sandbox that was opened before the run started, if it is still needed, and the events."""

    opened: Opened | None
    held: Sequence[Event]
