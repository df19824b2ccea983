"""Mangled answers of every form: the same calls, text and tokens, or a typed error.

Each case comes from its number: ``make test`` tries the first ones, ``make soak`` 100,000.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from services.executor.adapters.litellm.errors import to_model_error
from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.stream_bounds import StreamBounds, StreamMeter
from services.executor.adapters.litellm.streams import RESPONSES_ITERATOR, ProviderStream
from services.executor.adapters.litellm.transport import QueryGuard
from services.executor.agent.assembler import Answer, StepAssembler
from services.executor.conversation import ModelRoute
from services.executor.errors import ExecutorError, ModelError
from services.executor.providers.access import ProviderAccess
from services.executor.settings import keep_litellm_quiet
from tests.executor.answer_fuzz import FORMS, Case, case_of
from tests.executor.answers_said import TOOLS
from tests.repeats import soaking

# The iterators of LiteLLM below which answers are read, by form, and what they are made with.
ITERATORS = {
    "openai": "litellm.llms.openai.chat.gpt_transformation.OpenAIChatCompletionStreamingHandler",
    "anthropic": "litellm.llms.anthropic.chat.handler.ModelResponseIterator",
    "gemini": "litellm.llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini"
    ".ModelResponseIterator",
    "responses": "litellm.completion_extras.litellm_responses_transformation.transformation"
    ".OpenAiResponsesToChatCompletionStreamIterator",
    "converse": "litellm.llms.bedrock.chat.invoke_handler.AWSEventStreamDecoder",
    "cohere": "litellm.llms.cohere.common_utils.CohereV2ModelResponseIterator",
}
BLOCK = 500


class Body(httpx.AsyncByteStream):
    """The body of an answer, which may break off."""

    def __init__(self, case: Case) -> None:
        self._case = case

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._case.pieces:
            yield piece
        if self._case.breaks:
            raise httpx.ReadError("broken")


@pytest.fixture
async def litellm() -> AsyncIterator[Any]:
    keep_litellm_quiet()
    made = LiteLLMModel(ModelTimeouts())
    yield await made.load()
    await made.close()


def iterator_of(form: str) -> Callable[[], Any]:
    """Return what makes LiteLLM's iterator over an answer."""
    made, tools = named(ITERATORS[form.partition(",")[0]]), [{"name": tool} for tool in TOOLS]
    logging = SimpleNamespace(
        optional_params={"tools": [{"type": "function", "function": tool} for tool in tools]},
        model_call_details={},
    )
    if form == "gemini":
        return lambda: made(None, False, logging_obj=logging)
    if form == "converse":
        return lambda: made(model="m").aiter_bytes(None)
    if form.startswith("responses"):
        source = named(RESPONSES_ITERATOR)(httpx.Response(200), "m", None, logging)
        return lambda: made(source, False)
    return lambda: made(None, False)


def named(name: str) -> Any:
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


async def read(case: Case, iterator: Any, query_guard: QueryGuard) -> Answer:
    """Read an answer below LiteLLM, as a query does."""
    headers = {"content-type": case.media_type}
    response = httpx.Response(200, headers=headers, stream=Body(case))

    async def nothing() -> None:
        return None

    async def acompletion() -> Any:
        query_guard.responses.append(response)
        return SimpleNamespace(completion_stream=iterator, fetch_stream=nothing, aclose=nothing)

    meter = StreamMeter("m", StreamBounds())
    made = SimpleNamespace(acompletion=acompletion)
    stream = ProviderStream(made, {}, 30.0, query_guard, meter)
    numbers = iter(range(10_000))
    step = StepAssembler(1, lambda _: f"call{next(numbers)}", tools=TOOLS)
    try:
        await stream.open({})
        async with aclosing(stream.deltas()) as deltas:
            async for delta in deltas:
                step.feed(delta)
    finally:
        await stream.close()
    return step.answer()


async def problem_of(case: Case, iterator: Any, litellm: Any, query_guard: QueryGuard) -> str:
    """Return what is wrong with what comes of a case, empty if nothing is."""
    try:
        answer = await read(case, iterator, query_guard)
    except Exception as error:  # noqa: BLE001 - each is to have a type of ours
        if not isinstance(error, ExecutorError):
            error = to_model_error(error, "openai/m", "openai", litellm)
        right = case.may_fail and isinstance(error, ModelError)
        return "" if right else f"it failed: {type(error).__name__}: {error}"
    if case.must_fail:
        return "it did not fail"
    said, message = case.answer, answer.message
    calls = [(call.tool, _value(call.input_text)) for call in message.calls]
    if calls != list(said.calls):
        return f"its calls are {calls}"
    if message.text != said.text:
        return f"its text is {message.text!r}"
    if "".join(block.text for block in message.reasoning) != said.reasoning:
        return f"its reasoning is {message.reasoning!r}"
    counts = (answer.usage.input_tokens, answer.usage.output_tokens)
    if case.counts and not case.may_fail and counts != (said.prompt, said.output):
        return f"its tokens are {counts}"
    return ""


def _value(text: str) -> Any:
    """Return the value of an input; the text if it is not JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.mark.parametrize("block", range(50) if soaking() else [0])
@pytest.mark.parametrize("form", FORMS)
async def test_mangled_answer_is_the_same_or_an_error(
    form: str, block: int, litellm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call is invented, lost, joined with another or torn."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-123456789")
    endpoint = ProviderAccess({"OPENAI_API_KEY": "k"}.get).endpoint(ModelRoute("openai/m"))
    make, query_guard = iterator_of(form), QueryGuard(endpoint)
    many = BLOCK if soaking() else 75
    for seed in range(block * BLOCK, block * BLOCK + many):
        case = case_of(form, seed)
        problem = await problem_of(case, make(), litellm, query_guard)
        assert not problem, f"seed {seed} of {form}: {problem}\n{case.answer}\n{case.pieces}"
