"""The budget of a run and of all runs nested in it: each asks before it spends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Final

from services.executor.agent.budget import Budget, calls_allowed
from services.executor.agent.effects import spending_of, used_by
from services.executor.agent.state import RunState
from services.executor.agent.usage_costs import costed, total
from services.executor.budgets import BudgetKind, BudgetReached
from services.executor.conversation import TokenUsage
from services.executor.quota.ports import FREE, RunSpending

QUERIES_AT_ONCE: Final = 8


@dataclass(eq=False)
class QueryRoom:
    """What the queries of tools share in a tree of runs.

    ``made`` is how many there were, ``held`` how many characters of answers are kept for tools.
    """

    made: int = 0
    held: int = 0
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(QUERIES_AT_ONCE))


class Ledger:
    """What a tree of runs has used of the budget of its root.

    Queries and calls are counted when they are allowed, so that runs side by side cannot both take
    the last one. What a query will cost is not known before: where tokens or cost are limited, the
    tree queries models one at a time.

    Args:
        budget: the root's.
        root: returns the root's state, in which the use of nested runs is counted.
        spending: what the tree's organisation allows it.
    """

    def __init__(
        self, budget: Budget, root: Callable[[], RunState], spending: RunSpending = FREE
    ) -> None:
        self._budget = budget
        self._root = root
        self._spending = spending
        self.room: Final = QueryRoom()
        before = spending_of(root())
        self._steps = before.steps
        self._calls = before.tool_calls
        limits = (budget.max_input_tokens, budget.max_output_tokens, budget.max_cost_usd)
        self._turn = None if limits == (None, None, None) else asyncio.Lock()

    def __repr__(self) -> str:
        return f"Ledger(steps={self._steps}, calls={self._calls})"

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until this run may query its model; raises QuotaError if nothing is left for it."""
        async with self._turn or nullcontext():
            await self._spending.before_query(self.used())
            yield

    def used(self, nested: RunState | None = None) -> TokenUsage:
        """Return the tree's usage; that of the active query of a nested run, if one asks."""
        whole = used_by(self._root())
        asking = None if nested is None else nested.asking
        if nested is None or asking is None or not asking.spent:
            return whole
        return total(whole, costed(asking.spent, nested.prices))

    def take_step(self) -> BudgetReached | None:
        """Count a query; return the budget that rules it out instead, if one does."""
        most = self._budget.tree_steps
        if most is not None and self._steps >= most:
            return BudgetReached(BudgetKind.STEPS, most, self._steps)
        self._steps += 1
        return None

    def give_back_step(self) -> None:
        """Count a query no more that was not made."""
        self._steps -= 1

    def take_calls(self, more: int) -> BudgetReached | None:
        """Count tool calls; return the budget that rules them out instead, if one does."""
        reached = calls_allowed(self._budget, self._calls, more)
        if reached is None:
            self._calls += more
        return reached

    def give_back_calls(self, count: int) -> None:
        """Count calls no more that were not started."""
        self._calls -= count
