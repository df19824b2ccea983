"""Against llmock, which speaks the HTTP of real providers, breaks it, and judges the client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from llmock.pytest_plugin import LLMock

from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.system import SystemClock
from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.conversation import UsageSource
from services.executor.errors import ModelRefusedError, ModelUnavailableError
from services.executor.events import (
    Error,
    Finish,
    TextDelta,
    ToolInputError,
    ToolOutputAvailable,
)
from services.executor.settings import keep_litellm_quiet
from tests.executor.builders import ADD_SCHEMA, Stage, add, agent, bundle, of_kind, tool

MODELS = ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-pro"]


@pytest.fixture(params=MODELS)
async def scene(
    request: pytest.FixtureRequest, llmock: LLMock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    for name, value in llmock.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GEMINI_API_KEY", "llmock-test-key")
    monkeypatch.setenv("GEMINI_API_BASE", f"{llmock.url}/gemini/v1beta")
    keep_litellm_quiet()
    model = LiteLLMModel(ModelTimeouts(connect_s=5.0, silence_s=2.0))
    spec = agent(tool("add", ADD_SCHEMA), model=request.param)
    yield Stage(
        model=model,
        bundles=FixedBundles(bundle(spec)),
        runner=ScriptedRunner({"add": add}),
        clock=SystemClock(),
    )
    await model.close()


async def test_tool_call_is_followed_by_answer(scene: Stage, llmock: LLMock) -> None:
    llmock.call_tool("add", {"a": 2, "b": 3}).reply("It is five.")
    events = await scene.run("add 2 and 3", session_id="s")
    assert of_kind(events, ToolOutputAvailable)[0].output == {"sum": 5}
    assert "".join(item.delta for item in of_kind(events, TextDelta)) == "It is five."
    spent = of_kind(events, Finish)[0].usage
    assert spent.source is UsageSource.PROVIDER
    assert spent.input_tokens > 0
    llmock.reply("Still five.")
    again = await scene.run("sure?", session_id="s")
    assert isinstance(again[-1].event, Finish)
    llmock.assert_resilient()


@pytest.mark.parametrize("kind", ["malformed_arguments", "unknown_tool"])
async def test_broken_call_is_replayed_in_an_accepted_form(
    kind: str, scene: Stage, llmock: LLMock
) -> None:
    llmock.break_tool_call(kind)
    events = await scene.run("add 2 and 3")
    assert of_kind(events, ToolInputError)
    assert isinstance(events[-1].event, Finish)
    llmock.assert_resilient()


async def test_rate_limit_is_waited_out(scene: Stage, llmock: LLMock) -> None:
    llmock.rate_limit(retry_after=0.3).reply("Hello.")
    events = await scene.run()
    assert isinstance(events[-1].event, Finish)
    llmock.assert_resilient()


async def test_outage_is_an_error_after_last_retry(scene: Stage, llmock: LLMock) -> None:
    llmock.outage()
    events = await scene.run()
    assert isinstance(of_kind(events, Error)[0].error, ModelUnavailableError)
    assert len(llmock.requests) == 3


@pytest.mark.parametrize("fault", ["disconnect", "truncate", "stall"])
async def test_broken_stream_is_never_an_answer(fault: str, scene: Stage, llmock: LLMock) -> None:
    llmock.tool_mode("off").reply("one two three four five six", times=None)
    getattr(llmock, fault)(after_chunks=4, times=None)
    events = await scene.run("Tell me a long story about the sea.", session_id="s")
    assert isinstance(of_kind(events, Error)[0].error, ModelUnavailableError)
    assert not of_kind(events, Finish)
    assert not scene.sessions.kept


async def test_overlong_prompt_is_refused(scene: Stage, llmock: LLMock) -> None:
    llmock.context_overflow()
    error = of_kind(await scene.run(), Error)[0].error
    assert isinstance(error, ModelRefusedError)
    assert "maximum context length" in str(error)
