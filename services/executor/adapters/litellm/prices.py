"""Model prices from LiteLLM's price list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from services.executor.adapters.litellm.abilities import listed
from services.executor.adapters.litellm.model import LiteLLMModel
from services.executor.conversation import Price
from services.executor.providers.names import ModelName, parse_model

ABOVE = re.compile(r"input_cost_per_token(_above_([0-9]+)k_tokens)")


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
    plain = _at(info, "")
    tiers = sorted(_tiers(info), key=lambda tier: tier[0])
    if plain is None and tiers and tiers[0][0] == 0:
        _, plain = tiers.pop(0)
    return None if plain is None else replace(plain, tiers=tuple(tiers))


def _tiers(info: Mapping[str, Any]) -> Iterator[tuple[int, Price]]:
    """Yield the known prices of long prompts, in either form in which LiteLLM lists them."""
    for name in info:
        if (found := ABOVE.fullmatch(name)) and (price := _at(info, found[1])):
            yield int(found[2]) * 1000, price
    for tier in info.get("tiered_pricing") or ():
        if price := _at(tier, ""):
            yield int(tier["range"][0]), price


def _at(info: Mapping[str, Any], suffix: str) -> Price | None:
    """Return the price in the fields with this suffix; None if they lack one."""
    plain = info.get(f"input_cost_per_token{suffix}")
    output = info.get(f"output_cost_per_token{suffix}", info.get("output_cost_per_token"))
    if output is None and info.get("mode") == "embedding":
        output = 0.0  # these write no tokens
    if plain is None or output is None:
        return None
    return Price(
        plain,
        output,
        info.get(f"cache_read_input_token_cost{suffix}") or plain,
        info.get(f"cache_creation_input_token_cost{suffix}") or plain,
    )
