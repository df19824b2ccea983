"""The agents of one run: their plans, each made once, when it is first needed."""

from __future__ import annotations

from dataclasses import replace

from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import ToolSession
from services.executor.agent.unknown_parts import resolved


class Cast:
    """Plans other agents of a run's bundle for the same request, with the run's budget.

    Args:
        root: the plan of the run's own agent.
        session: the run's sandbox, which is asked what is unknown of an agent.
    """

    def __init__(self, root: RunPlan, session: ToolSession) -> None:
        self._root = root
        self._session = session
        self._plans = {root.agent.key: root}

    def __repr__(self) -> str:
        return f"Cast({', '.join(self._plans)})"

    async def plan_of(self, key: str) -> RunPlan:
        """Return the plan of an agent, by its key in the manifest.

        Raises:
            ExecutorError: what planning raises: the agent is disabled, has no model, and the like.
            AgentUnresolvedError: the bundle cannot tell what the agent is.
            RunnerUnavailableError, BundleLoadError: it cannot be asked.
        """
        if key not in self._plans:
            assert self._root.plan_other is not None
            plan = await self._root.plan_other(key)
            if plan.unknown is not None:
                plan = await resolved(plan, plan.unknown, self._session)
            self._plans[key] = replace(plan, budget=self._root.budget)
        return self._plans[key]
