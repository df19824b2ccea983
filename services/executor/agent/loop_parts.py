"""What a loop works with, beside its plan and its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from services.executor.agent.cast import Cast
from services.executor.agent.compaction import HistoryBudget
from services.executor.agent.ledger import Ledger
from services.executor.agent.plan import RunPlan
from services.executor.agent.ports import (
    Clock,
    Emit,
    IdSource,
    Keep,
    ModelPrices,
    RunModel,
    ToolSession,
)
from services.executor.agent.progress import Progress
from services.executor.agent.tool_models import ToolModels
from services.executor.agent.waiting import InputAnswer
from services.executor.quota.ports import FREE, RunSpending


class Nests(Protocol):
    """Runs the tools that are agents; ``nested.Nesting`` does."""

    def session_of(
        self, plan: RunPlan, parts: LoopParts, progress: Progress, ledger: Ledger
    ) -> ToolSession:
        """Return the session of a loop's tools."""
        ...


@dataclass(frozen=True)
class LoopParts:
    """What the loop works with: model, tools, event sinks, prices.

    Attributes:
        emit: takes events without a new state, such as the pieces of an answer.
        keep: takes each state with its events.
        requests: returns how many requests the run's tools have made.
        cast: the agents of the run; by default those that the plan can plan.
        nesting: runs the tools that are agents; None where no agent is called.
        queries: asks models for tools, within the rules of the agent that speaks; None for none.
        ledger: the budget of the tree of runs that this one is nested in; None for the root.
        may_wait: whether the run may end for now, to wait for a person or a client.
        answers: the answers to what the run waited for, by the ids of the inputs.
        spending: what the run's organisation allows it.
    """

    model: RunModel
    session: ToolSession
    emit: Emit
    keep: Keep
    prices: ModelPrices
    ids: IdSource
    clock: Clock
    history: HistoryBudget = field(default_factory=HistoryBudget)
    requests: Callable[[], int] = lambda: 0
    cast: Cast | None = None
    nesting: Nests | None = None
    ledger: Ledger | None = None
    queries: ToolModels | None = None
    may_wait: bool = False
    answers: Mapping[str, InputAnswer] = field(default_factory=dict)
    spending: RunSpending = FREE
