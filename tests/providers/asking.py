"""Asks a provider through the executor's own seam: LiteLLM, and ours below it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.prices import LiteLLMPrices
from services.executor.agent.assembler import Answer, StepAssembler
from services.executor.agent.deltas import Answering
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import Message, ModelRoute, UserMessage
from services.executor.domain import JsonObject, ToolSpec
from services.executor.providers.names import parse_model
from services.executor.providers.table import PROVIDERS as NAMED
from tests.executor.builders import ADD_SCHEMA, tool
from tests.providers.facts import KEY, Facts, Form
from tests.providers.stand_in import PROVIDERS, StandIn

ALIAS_KEY = "ALIAS_KEY"
HI = (UserMessage("hi"),)
ADD = (tool("add", ADD_SCHEMA),)


@dataclass(frozen=True)
class Asking:
    """The adapter of a deployment that can use every provider, each at the stand-in."""

    server: StandIn
    model: LiteLLMModel
    prices: LiteLLMPrices

    def query(
        self,
        facts: Facts,
        messages: Sequence[Message] = HI,
        tools: Sequence[ToolSpec] = ADD,
        schema: JsonObject | None = None,
    ) -> ModelQuery:
        """Return a query for a provider's model."""
        base = self.server.base(facts) if facts.alias else ""
        key = ALIAS_KEY if facts.alias and facts.header else ""
        settings: JsonObject = {}
        if facts.form is Form.ANTHROPIC:
            settings = {"reasoning": "low"}
        return ModelQuery(
            ModelRoute(facts.model, base, key),
            "s",
            tuple(messages),
            tuple(tools) if facts.tools else (),
            settings,
            output_schema=schema,
        )

    async def read(self, query: ModelQuery) -> Answer:
        """Return the answer; raises what the adapter raises."""
        numbers = itertools.count()
        step = StepAssembler(1, lambda given: given or f"call{next(numbers)}", tools=("add",))
        step.feed(Answering(query.model))
        async with aclosing(self.model.stream(query)) as deltas:
            async for delta in deltas:
                step.feed(delta)
        step.close()
        return step.answer()


def asking(server: StandIn) -> Asking:
    """Return the adapter in an environment that points every provider at the stand-in."""
    environment = {"AWS_REGION": "us-east-1", ALIAS_KEY: KEY}
    for facts in PROVIDERS.values():
        row = NAMED[parse_model(facts.model).provider.name]
        if facts.alias:
            continue
        environment[row.bases[0]] = server.base(facts)
        if facts.header:
            environment[row.keys[0]] = KEY
    # Two rows are of one provider: its chat and its Responses form.
    environment[NAMED["openai"].bases[0]] = server.base(PROVIDERS["openai"])
    model = LiteLLMModel(ModelTimeouts(5.0, 30.0), environment.get)
    return Asking(server, model, LiteLLMPrices(model))
