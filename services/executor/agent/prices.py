"""Model prices: the deployment's own, else from another source."""

from __future__ import annotations

from collections.abc import Mapping

from services.executor.agent.ports import ModelPrices
from services.executor.conversation import Price
from services.executor.providers.names import one_form


class ConfiguredPrices:
    """Prices by model name; ``otherwise`` knows those not listed."""

    def __init__(self, prices: Mapping[str, Price], otherwise: ModelPrices | None = None) -> None:
        self._prices = {one_form(name): price for name, price in prices.items()}
        self._otherwise = otherwise

    def __repr__(self) -> str:
        return f"ConfiguredPrices({len(self._prices)}, {self._otherwise!r})"

    async def price_of(self, model: str) -> Price | None:
        """Return the price of a model; see ``ModelPrices.price_of``."""
        if model in self._prices or self._otherwise is None:
            return self._prices.get(model)
        return await self._otherwise.price_of(model)
