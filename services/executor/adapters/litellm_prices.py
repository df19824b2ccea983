"""What models cost, by LiteLLM's list of prices."""

from __future__ import annotations

from typing import Any

from services.executor.adapters.litellm_model import LiteLLMModel
from services.executor.conversation import Price

MOST_KNOWN = 1000


class LiteLLMPrices:
    """The prices that came with the installed LiteLLM; nothing is asked of the network."""

    def __init__(self, model: LiteLLMModel) -> None:
        self._model = model
        self._known: dict[str, Price | None] = {}

    def __repr__(self) -> str:
        return f"LiteLLMPrices({self._model!r})"

    async def price_of(self, model: str) -> Price | None:
        """Return the price of a model by LiteLLM's name of it, None when it is not in the list."""
        litellm = await self._model.load()
        if model not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[model] = _price(model, litellm)
        return self._known[model]


def _price(model: str, litellm: Any) -> Price | None:
    try:
        info: dict[str, Any] = litellm.get_model_info(model)
    except Exception:  # noqa: BLE001 - LiteLLM raises a plain Exception for unknown models
        return None
    plain, output = info.get("input_cost_per_token"), info.get("output_cost_per_token")
    if plain is None or output is None:
        return None
    return Price(
        plain,
        output,
        info.get("cache_read_input_token_cost") or plain,
        info.get("cache_creation_input_token_cost") or plain,
    )
