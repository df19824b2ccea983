"""What the queries of a run's tools share: their rules, their room, and the run's budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.executor.agent.assembler import Spent
from services.executor.agent.budget import output_allowed
from services.executor.agent.ledger import Ledger
from services.executor.agent.model_grant import QueryRules
from services.executor.agent.ports import Clock, IdSource, ModelPrices, RunModel
from services.executor.agent.progress import Progress
from services.executor.agent.state import priced
from services.executor.agent.usage_costs import costed, dearest, total
from services.executor.budgets import BudgetReached
from services.executor.conversation import ModelRoute, Price
from services.executor.errors import LimitError

MAX_HELD_CHARACTERS: Final = 16 * 1024 * 1024
"""The most characters of answers that a run holds for its tools, those of nested runs included."""


@dataclass(eq=False)
class Asking:
    """What the queries of one run share."""

    model: RunModel
    prices: ModelPrices
    ids: IdSource
    clock: Clock
    rules: QueryRules
    progress: Progress
    ledger: Ledger

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
