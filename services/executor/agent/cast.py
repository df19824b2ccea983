"""The agents of one run: their plans and their tools, made once, when they are first needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TypeAlias

from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import Emit, ToolSession
from services.executor.agent.unknown_parts import resolved
from services.executor.errors import McpServerError

# The plan of an agent with the tools of its MCP servers, and the session that calls those, too.
Served: TypeAlias = Callable[
    [RunPlan, ToolSession, Emit], AbstractAsyncContextManager[tuple[RunPlan, ToolSession]]
]
Connect: TypeAlias = Callable[[RunPlan], Awaitable[tuple[RunPlan, ToolSession]]]


class Cast:
    """Plans other agents of a run's bundle for the same request, with the run's budget.

    Args:
        root: the plan of the run's own agent.
        session: the tools of that agent.
        sandbox: the run's sandbox, which is asked what is unknown of an agent; by default the same.
        connect: connects the MCP servers of an agent; None where there are none.
    """

    def __init__(
        self,
        root: RunPlan,
        session: ToolSession,
        sandbox: ToolSession | None = None,
        connect: Connect | None = None,
    ) -> None:
        self.root = root
        self._sandbox = sandbox or session
        self._connect = connect
        self._plans = {root.agent.key: (root, session)}

    def __repr__(self) -> str:
        return f"Cast({', '.join(self._plans)})"

    async def plan_of(self, key: str) -> RunPlan:
        """Return the plan of an agent, by its key in the manifest.

        Raises:
            ExecutorError: what planning raises: the agent is disabled, has no model, and the like.
            AgentUnresolvedError: the bundle cannot tell what the agent is.
            RunnerUnavailableError, BundleLoadError: it cannot be asked.
            McpServerError: one of its servers cannot be used.
        """
        if key not in self._plans:
            assert self.root.plan_other is not None
            plan, session = await self.root.plan_other(key), self._sandbox
            if plan.unknown is not None:
                plan = await resolved(plan, plan.unknown, session)
            plan = replace(plan, budget=self.root.budget)
            if plan.served is not None:
                if self._connect is None:
                    raise McpServerError("No MCP servers are connected here.")
                plan, session = await self._connect(plan)
            self._plans[key] = plan, session
        return self._plans[key][0]

    def session_of(self, plan: RunPlan) -> ToolSession:
        """Return the tools of an agent that was planned here."""
        return self._plans[plan.agent.key][1]


@asynccontextmanager
async def connected(
    plan: RunPlan, session: ToolSession, sandbox: ToolSession, served: Served, emit: Emit
) -> AsyncIterator[Cast]:
    """Yield the cast of a run, with the MCP servers of its agents, connected when they are needed.

    Args:
        plan: the plan of its own agent.
        session: the tools of that agent but those of its servers.
        sandbox: the run's sandbox.
        served: connects the servers of an agent.
        emit: takes what is told of them.
    """
    async with AsyncExitStack() as stack:

        async def connect(
            other: RunPlan, own: ToolSession = sandbox
        ) -> tuple[RunPlan, ToolSession]:
            return await stack.enter_async_context(served(other, own, emit))

        plan, session = await connect(plan, session)
        yield Cast(plan, session, sandbox, connect)
