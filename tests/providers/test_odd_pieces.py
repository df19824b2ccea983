"""Pieces of Anthropic's and Gemini's streams that are rare, and prices of long prompts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.executor.agent.usage_costs import with_cost
from services.executor.conversation import FinishReason, ReasoningBlock, TokenUsage
from services.executor.errors import ModelUnavailableError
from tests.executor.provider_forms import Call, Spoken
from tests.providers.asking import Asking
from tests.providers.facts import Stop
from tests.providers.own_forms import named
from tests.providers.stand_in import PROVIDERS, pieces_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANTHROPIC, GEMINI, BEDROCK = (PROVIDERS[name] for name in ("anthropic", "gemini", "bedrock"))


def gemini_event(**fields: Any) -> str:
    return f"data: {json.dumps(fields)}\n\n"


async def test_claude_may_call_without_any_input(ask: Asking) -> None:
    """A tool without inputs gets no pieces at all, or an empty one."""
    for pieces in ((), ("",)):
        spoken = Spoken(calls=(Call("", "add", pieces),))
        ask.server.says(ANTHROPIC, pieces_of(ANTHROPIC, spoken, Stop.CALLS))
        answer = await ask.read(ask.query(ANTHROPIC))
        assert [call.given_text for call in answer.message.calls] == ["{}"]


async def test_sealed_thoughts_of_claude_go_back_as_they_were(ask: Asking) -> None:
    spoken = Spoken(calls=(Call("", "add", ("{}",)),), reasoning=("Hm.",))
    ask.server.says(ANTHROPIC, pieces_of(ANTHROPIC, spoken, Stop.CALLS))
    answer = await ask.read(ask.query(ANTHROPIC))
    assert answer.message.reasoning == (
        ReasoningBlock("Hm.", "proof"),
        ReasoningBlock("", redacted="sealed"),
    )


async def test_turn_that_claude_pauses_is_not_told_as_its_end(ask: Asking) -> None:
    *begun, end, stop = pieces_of(ANTHROPIC, Spoken(words=("Hi",)), Stop.END)
    paused = str(end).replace("end_turn", "pause_turn")
    ask.server.says(ANTHROPIC, [*begun, paused, stop])
    assert (await ask.read(ask.query(ANTHROPIC))).finish_reason is FinishReason.OTHER


async def test_error_event_of_claude_may_come_first(ask: Asking) -> None:
    """With status 200, before any piece of the answer."""
    event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    ask.server.says(ANTHROPIC, named(iter([event])))
    with pytest.raises(ModelUnavailableError, match="Overloaded"):
        await ask.read(ask.query(ANTHROPIC))


async def test_events_that_are_not_coheres_are_an_error(ask: Asking) -> None:
    """From a base URL that is another provider's, they would be an empty answer."""
    openai = pieces_of(PROVIDERS["openai"], Spoken(words=("Hi",)), Stop.END)
    ask.server.says(PROVIDERS["cohere"], openai)
    with pytest.raises(ModelUnavailableError, match="unexpected shape"):
        await ask.read(ask.query(PROVIDERS["cohere"]))


@pytest.mark.parametrize("reason", ["SAFETY", "PROHIBITED_CONTENT", "OTHER"])
async def test_prompt_that_gemini_blocks_is_filtered(reason: str, ask: Asking) -> None:
    """It answers with no candidate at all."""
    event = gemini_event(
        promptFeedback={"blockReason": reason},
        usageMetadata={"promptTokenCount": 100, "totalTokenCount": 100},
    )
    ask.server.says(GEMINI, [event])
    answer = await ask.read(ask.query(GEMINI))
    assert (answer.finish_reason, answer.message.text) == (FinishReason.CONTENT_FILTER, "")
    assert answer.usage.input_tokens == 100


async def test_calls_of_gemini_may_share_a_part_list(ask: Asking) -> None:
    """Without ids, with one signature for all; each is a call of its own."""
    calls = [{"functionCall": {"name": "add", "args": {"a": n, "b": 2}}} for n in (1, 1)]
    parts = [{**calls[0], "thoughtSignature": "c2ln"}, calls[1]]
    content = {"parts": parts, "role": "model"}
    candidate = {"content": content, "index": 0, "finishReason": "STOP"}
    ask.server.says(GEMINI, [gemini_event(candidates=[candidate])])
    answer = await ask.read(ask.query(GEMINI))
    assert [json.loads(call.input_text) for call in answer.message.calls] == [{"a": 1, "b": 2}] * 2
    assert [call.signature for call in answer.message.calls] == ["c2ln", ""]
    assert len({call.id for call in answer.message.calls}) == 2


@pytest.mark.parametrize(
    ("model", "above"),
    [
        ("gemini/gemini-2.5-pro", 200_000),
        (BEDROCK.model, 200_000),
        ("dashscope/qwen3-vl-plus", 32_000),
    ],
)
async def test_long_prompts_have_their_own_price(model: str, above: int, ask: Asking) -> None:
    """Also cached tokens, those that are written to the cache, and the answer."""
    price = await ask.prices.price_of(model)
    assert price is not None
    assert price.tiers[0][0] == above
    long = price.tiers[0][1]
    assert long.input > price.input
    assert long.output > price.output
    for tokens, expected in ((above, price), (above + 1, long)):
        usage = TokenUsage(tokens, 10, 1000, cache_write_input_tokens=2000)
        cost = (
            (tokens - 3000) * expected.input
            + 1000 * expected.cached_input
            + 2000 * expected.cache_write_input
            + 10 * expected.output
        )
        assert with_cost(usage, price).cost_usd == pytest.approx(cost)
