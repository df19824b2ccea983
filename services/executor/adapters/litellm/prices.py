"""Model prices from LiteLLM's price list."""

from __future__ import annotations

from typing import Any

from services.executor.adapters.litellm.abilities import listed
from services.executor.adapters.litellm.model import LiteLLMModel
from services.executor.conversation import Price
from services.executor.providers.names import ModelName, parse_model


class LiteLLMPrices:
    """The prices shipped with the installed LiteLLM; the network is not used."""

    def __init__(self, model: LiteLLMModel) -> None:
        self._model = model

    def __repr__(self) -> str:
        return f"LiteLLMPrices({self._model!r})"

    async def price_of(self, model: str) -> Price | None:
        """Return the price of a model by its LiteLLM name, None if it is not listed."""
        litellm = await self._model.load()
        return _price(parse_model(model), litellm)


def _price(model: ModelName, litellm: Any) -> Price | None:
    info = listed(model, litellm)
    plain, output = info.get("input_cost_per_token"), info.get("output_cost_per_token")
    if plain is None or output is None:
        return None
    return Price(
        plain,
        output,
        info.get("cache_read_input_token_cost") or plain,
        info.get("cache_creation_input_token_cost") or plain,
    )
