"""One conversation by two providers: each request is one that its provider takes."""

from __future__ import annotations

import itertools
from contextlib import aclosing

import pytest

from services.executor.adapters.litellm.model import LiteLLMModel
from services.executor.agent.assembler import StepAssembler
from services.executor.agent.deltas import Answering
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import (
    AssistantMessage,
    Message,
    ModelRoute,
    ToolMessage,
    UserMessage,
)
from tests.executor.builders import ADD_SCHEMA, tool
from tests.executor.fake_provider import fake_provider
from tests.executor.provider_forms import Call, Spoken
from tests.executor.strict_providers import STRICT, Strict

# Ids as Kimi writes them, as others do, of one text but for the mark, and too long for most.
IDS = ("functions.add:0", "functions:add.0", "call_" + "x" * 60)


def spoken(turn: int) -> Spoken:
    calls = [
        Call(f"{each}{turn}" if at else f"{each}", "add", ('{"a":1,"b":2}',))
        for at, each in enumerate(IDS)
    ]
    return Spoken(calls=calls, reasoning=("Hm, ", "add."))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(one, other, id=f"{one.form.name} then {other.form.name}")
        for one, other in itertools.product(STRICT, repeat=2)
    ],
)
async def test_each_request_is_valid_for_its_provider(
    one: Strict, other: Strict, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two turns with calls: the other goes on with a turn that one began, then takes the next.

    The first run ends with results of tools, as one whose budget is used up does.
    """
    said: list[Message] = [UserMessage("add")]
    for turn, strict in enumerate((one, other, one, other)):
        if turn == 2:
            said.append(UserMessage("go on"))
        async with fake_provider(strict.form.chunks(spoken(turn))) as provider:
            for name, value in strict.form.environment(provider.url).items():
                monkeypatch.setenv(name, value)
            settings = {"reasoning": "low"} if strict.form.name == "anthropic" else {}
            route, tools = ModelRoute(strict.form.model), (tool("add", ADD_SCHEMA),)
            answer = await read(model, ModelQuery(route, "s", tuple(said), tools, settings))
            (request,) = provider.requests
        assert list(strict.problems(request)) == []
        assert len(answer.calls) == len(IDS)
        said += [answer, *(ToolMessage(call.id, call.tool, "3") for call in answer.calls)]


async def read(model: LiteLLMModel, query: ModelQuery) -> AssistantMessage:
    numbers = itertools.count()
    step = StepAssembler(1, lambda given: given or f"call{next(numbers)}", tools=("add",))
    step.feed(Answering(query.model))
    async with aclosing(model.stream(query)) as deltas:
        async for delta in deltas:
            step.feed(delta)
    step.close()
    return step.answer().message
