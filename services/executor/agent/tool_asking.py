"""What the queries of a run's tools share: their rules, their room, and the run's budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.executor.agent.assembler import Spent
from services.executor.agent.budget import output_allowed
from services.executor.agent.embeddings import EmbeddingModel
from services.executor.agent.ledger import Ledger
from services.executor.agent.model_grant import QueryRules
from services.executor.agent.ports import Clock, IdSource, ModelPrices, RunModel
from services.executor.agent.progress import Progress
from services.executor.agent.spent import tool_queried
from services.executor.agent.state import priced
from services.executor.agent.usage_costs import costed, dearest, total
from services.executor.budgets import BudgetReached
from services.executor.conversation import ModelRoute, Price, TokenUsage
from services.executor.errors import LimitError
from services.executor.model_events import ToolModelQuery

CANCELLED: Final = "The query was cancelled."
PART_CHARACTERS: Final = 64
"""What a part of an answer counts besides its texts."""
MAX_PARTS_CHARACTERS: Final = 256 * 1024
"""The most characters of one answer to the sandbox, about."""
MAX_HELD_CHARACTERS: Final = 16 * 1024 * 1024
"""The most characters of answers that a run holds for its tools, those of nested runs included."""


@dataclass(eq=False)
class Asking:
    """What the queries of one run share; without ``embeddings`` it makes no vectors."""

    model: RunModel
    prices: ModelPrices
    ids: IdSource
    clock: Clock
    rules: QueryRules
    progress: Progress
    ledger: Ledger
    embeddings: EmbeddingModel | None = None

    def count(self) -> None:
        """Count one query; raises LimitError if the tree of runs has used up its own."""
        if self.ledger.room.made >= self.rules.most:
            raise LimitError(
                f"the run's tools made {self.rules.most} queries to models, the limit "
                "(CAISSON_EXECUTOR_TOOL_MODEL_QUERIES)"
            )
        self.ledger.room.made += 1

    def hold(self, characters: int) -> None:
        """Count characters that are held for a tool; raises LimitError if there are too many."""
        self.ledger.room.held += characters
        if self.ledger.room.held > MAX_HELD_CHARACTERS:
            raise LimitError(
                f"the answers that the run's tools keep have more than {MAX_HELD_CHARACTERS} "
                "characters, the limit"
            )

    def release(self, characters: int) -> None:
        """Count characters that are no longer held."""
        self.ledger.room.held -= characters

    async def price(self, model: str) -> Price | None:
        """Return the price of a model, which is looked up once; None if unknown."""
        if model not in self.progress.state.prices:
            price = await self.prices.price_of(model)
            await self.progress.move(priced(self.progress.state, model, price))
        return self.progress.state.prices[model]

    async def price_all(self, models: Iterable[str]) -> None:
        """Look up the prices that a limit of cost needs; raises LimitError if one is unknown."""
        if self.rules.budget.max_cost_usd is None:
            return
        for model in models:
            if await self.price(model) is None:
                raise LimitError(
                    f'the cost of the run is limited, but the price of "{model}" is unknown; set '
                    "it in CAISSON_EXECUTOR_MODEL_PRICES, or use another model"
                )

    def allowed(
        self, routes: Sequence[ModelRoute], prompt: int, spent: Sequence[Spent]
    ) -> BudgetReached | int | None:
        """Return the token limit of the next answer, None for none, or the budget that forbids it.

        Args:
            routes: the models that may be asked.
            prompt: tokens of the prompt, as estimated.
            spent: what earlier attempts at the answer have used.
        """
        state, used = self.progress.state, self.ledger.used()
        if spent:
            used = total(used, costed(spent, state.prices), first=not state.models)
        price = dearest((state.prices.get(route.model) for route in routes), prompt)
        return output_allowed(self.rules.budget, used, prompt, price)

    def check_input(self, route: ModelRoute, prompt: int) -> None:
        """Raise LimitError if the budget rules out a query that reads only.

        Args:
            route: the model.
            prompt: tokens of its input, as estimated.
        """
        budget = replace(self.rules.budget, max_output_tokens=None)
        price = self.progress.state.prices.get(route.model)
        reached = output_allowed(budget, self.ledger.used(), prompt, price)
        if isinstance(reached, BudgetReached):
            raise LimitError(reached.text)

    async def record(
        self, call_id: str, spent: Sequence[Spent], began: float, asked: str, error: str
    ) -> ToolModelQuery:
        """Add to the run what a query has used, and tell it.

        Args:
            call_id: the tool call that asked.
            spent: what each attempt at the answer has used.
            began: when the query was begun.
            asked: the name of the model, for a query that was not made.
            error: what it failed with.
        """
        model = spent[-1][0] if spent else asked
        usage = costed(spent, self.progress.state.prices) if spent else TokenUsage()
        seconds = self.clock.monotonic() - began
        event = ToolModelQuery(call_id, model, usage, seconds, error)
        await self.progress.move(tool_queried(self.progress.state, spent), event)
        return event
