"""Settings that a model refuses: told, and left out of the run, unless they restrict."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from services.executor.adapters.litellm.model import LiteLLMModel
from services.executor.adapters.system import SystemClock
from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.deltas import AnswerDelta, Refused, Retrying
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import ModelRoute, UserMessage
from services.executor.domain import JsonObject, ToolChoice, ToolChoiceMode
from services.executor.errors import ModelError, ModelRefusedError
from tests.executor.builders import ADD_SCHEMA, tool
from tests.executor.fake_provider import FakeProvider, Refusal, answer, fake_provider

OUTPUT: JsonObject = {"type": "object", "properties": {"a": {"type": "number"}}}


def query_of(settings: dict[str, Any], name: str = "openai/m", **changes: Any) -> ModelQuery:
    tools = (tool("add", ADD_SCHEMA),)
    return replace(
        ModelQuery(ModelRoute(name), "s", (UserMessage("hi"),), tools, settings), **changes
    )


async def ask(model: LiteLLMModel, query: ModelQuery) -> list[AnswerDelta]:
    asking = AttemptingModel(model, SystemClock(), RetryPolicy(retries=0))
    async with aclosing(asking.stream(query, lambda: None)) as deltas:
        return [delta async for delta in deltas]


def use(monkeypatch: pytest.MonkeyPatch, provider: FakeProvider, stem: str = "OPENAI") -> None:
    monkeypatch.setenv(f"{stem}_API_KEY", "sk-test-123456789")
    for name in (f"{stem}_BASE_URL", f"{stem}_API_BASE"):
        monkeypatch.setenv(name, provider.url)


def openai(message: str, param: str | None = None, code: str = "") -> dict[str, Any]:
    said = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return {"error": said}


# The setting, its value in the query, what the provider says, and what its requests hold of it.
REFUSALS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "openai, o-series": (
        "temperature",
        {"temperature": 0.2},
        openai(
            "Unsupported value: 'temperature' does not support 0.2 with this model. Only the "
            "default (1) value is supported.",
            "temperature",
            "unsupported_value",
        ),
    ),
    "openai, penalty": (
        "presence_penalty",
        {"presencePenalty": 0.5},
        openai("Unsupported parameter: 'presence_penalty' is not supported with this model."),
    ),
    "openai, unknown": (
        "top_k",
        {"topK": 5},
        openai("Unrecognized request argument supplied: top_k"),
    ),
    "mistral, extra": (
        "seed",
        {"seed": 1},
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "seed"],
                    "msg": "Extra inputs are not permitted",
                }
            ]
        },
    ),
    "pydantic": ("top_p", {"topP": 0.5}, {"detail": "top_p: Extra inputs are not permitted"}),
    "gateway": (
        "parallel_tool_calls",
        {"parallelToolCalls": False},
        {"error": "this model does not support parallel_tool_calls"},
    ),
    "vllm": (
        "reasoning_effort",
        {"reasoning": "low"},
        {"object": "error", "message": "reasoning_effort is not supported", "code": 400},
    ),
    "of two the first": (
        "temperature",
        {"temperature": 0.5, "topP": 0.5},
        openai("`temperature` and `top_p` cannot both be specified for this model."),
    ),
    "thinking beside a choice": (
        "reasoning_effort",
        {"reasoning": "low"},
        openai("Thinking may not be enabled when tool_choice forces tool use."),
    ),
}


@pytest.mark.parametrize("form", ["before", "in stream", "as body"])
@pytest.mark.parametrize("name", REFUSALS)
async def test_refused_setting_is_told_and_left_out(
    name: str, form: str, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, given, said = REFUSALS[name]
    script: Any = {
        "before": Refusal(400, said),
        "in stream": [said],
        "as body": Refusal(200, said),
    }[form]
    choice = ToolChoice(ToolChoiceMode.REQUIRED)
    query = query_of(given, tool_choice=choice if "choice" in name else None)
    async with fake_provider(script, answer("hello")) as provider:
        use(monkeypatch, provider)
        deltas = await ask(model, query)
        first, second = provider.requests
    (told,) = [each for each in deltas if isinstance(each, Refused)]
    assert (told.setting, told.model) == (setting, "openai/m")
    assert f"`{setting}`" in told.text
    assert setting in first
    assert setting not in second
    gone = {**first}
    del gone[setting]
    assert gone == second


async def test_limit_of_tokens_is_sent_under_its_other_name(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = openai(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead.",
        "max_tokens",
        "unsupported_parameter",
    )
    async with fake_provider(Refusal(400, said), answer("hello")) as provider:
        use(monkeypatch, provider)
        await ask(model, query_of({"maxOutputTokens": 50}))
        first, second = provider.requests
    assert (first["max_tokens"], second["max_completion_tokens"]) == (50, 50)
    assert "max_tokens" not in second


@pytest.mark.parametrize(
    ("said", "times"),
    [
        ("Unrecognized request argument supplied: max_completion_tokens", 1),
        ("max_completion_tokens is not supported, use max_tokens", 1),
        ("Use max_tokens: max_completion_tokens is an unknown field", 2),
    ],
)
async def test_limit_of_tokens_is_sent_under_its_first_name(
    said: str, times: int, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiteLLM sends it to some models, by their names, as `max_completion_tokens`."""
    refused = [Refusal(400, openai(said))] * times
    async with fake_provider(*refused, answer("hello")) as provider:
        use(monkeypatch, provider)
        await ask(model, query_of({"maxOutputTokens": 50}, "openai/gpt-5"))
        *before, last = provider.requests
    assert [request["max_completion_tokens"] for request in before] == [50] * times
    assert last["max_tokens"] == 50
    assert "max_completion_tokens" not in last


async def test_schema_is_sent_plainly_once_it_was_refused(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"a": {"oneOf": [{"const": "x"}, {"type": "integer", "multipleOf": 2}]}},
        "additionalProperties": False,
    }
    said = openai(
        "Invalid schema for function 'add': In context=('properties', 'a'), 'oneOf' is not "
        "permitted.",
        "tools[0].function.parameters",
        "invalid_function_parameters",
    )
    async with fake_provider(Refusal(400, said), answer("hello")) as provider:
        use(monkeypatch, provider)
        deltas = await ask(model, query_of({}, tools=(tool("add", schema),)))
        first, second = provider.requests
    assert [each.setting for each in deltas if isinstance(each, Refused)] == ["schema"]
    assert first["tools"][0]["function"]["parameters"] == schema
    options = [{"type": "string", "enum": ["x"]}, {"type": "integer"}]
    plain = {"type": "object", "properties": {"a": {"anyOf": options}}}
    assert second["tools"][0]["function"]["parameters"] == plain


async def test_strict_tools_are_sent_as_others_once_that_was_refused(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = replace(tool("add", ADD_SCHEMA), strict=True)
    said = openai("tools.0.function.strict: Extra inputs are not permitted")
    async with fake_provider(Refusal(422, said), answer("hello")) as provider:
        use(monkeypatch, provider)
        await ask(model, query_of({}, tools=(strict,)))
        first, second = provider.requests
    assert "strict" in first["tools"][0]["function"]
    assert "strict" not in second["tools"][0]["function"]


async def test_schema_of_the_answer_goes_to_the_prompt_once_it_was_refused(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = openai("Invalid parameter: 'response_format' of type 'json_schema' is not supported.")
    query = query_of({}, "openai/gpt-4o", output_schema=OUTPUT, tools=())
    async with fake_provider(Refusal(400, said), answer("{}")) as provider:
        use(monkeypatch, provider)
        await ask(model, query)
        first, second = provider.requests
    assert "response_format" in first
    assert "response_format" not in second
    assert "JSON Schema" in second["messages"][0]["content"]


RESTRICTING: dict[str, tuple[dict[str, Any], str]] = {
    "tool_choice": ({}, "tool_choice 'required' is not supported in thinking mode"),
    "stop": ({"stopSequences": ["END"]}, "Unsupported parameter: 'stop' is not supported"),
    "store": ({"store": False}, "Unknown parameter: 'store'."),
    "tools": ({}, "this model does not support tools"),
}


@pytest.mark.parametrize("name", RESTRICTING)
async def test_setting_that_restricts_is_never_left_out(
    name: str, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, said = RESTRICTING[name]
    choice = ToolChoice(ToolChoiceMode.REQUIRED) if name == "tool_choice" else None
    async with fake_provider(Refusal(400, openai(said)), answer("hello")) as provider:
        use(monkeypatch, provider)
        with pytest.raises(ModelRefusedError, match=f"`{name}` restricts"):
            await ask(model, query_of(given, tool_choice=choice))
        assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "said",
    [
        "temperature: range: 0..1",
        "Invalid 'temperature': 5 is greater than the maximum of 2",
        "temperature must be between 0 and 2, unsupported",
        "the messages are not supported",
    ],
)
async def test_wrong_value_is_refused(
    said: str, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fake_provider(Refusal(400, openai(said)), answer("hello")) as provider:
        use(monkeypatch, provider)
        with pytest.raises(ModelRefusedError) as caught:
            await ask(model, query_of({"temperature": 5}))
        assert len(provider.requests) == 1
    assert type(caught.value) is ModelRefusedError


async def test_each_setting_is_left_out_once(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that goes on refusing it is believed in the end."""
    said = [openai(f"'{name}' is not supported") for name in ("top_p", "temperature", "seed")]
    scripts = [Refusal(400, each) for each in (*said, said[0])]
    async with fake_provider(*scripts) as provider:
        use(monkeypatch, provider)
        with pytest.raises(ModelError):
            await ask(model, query_of({"temperature": 0.5, "topP": 0.5, "seed": 1}))
        assert len(provider.requests) == 4


KNOWN: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "reasoning": (
        "openai/gpt-5",
        {"temperature": 0.2, "topP": 0.5, "presencePenalty": 1},
        ["presence_penalty", "temperature", "top_p"],
    ),
    "without": ("mistral/mistral-large-latest", {"frequencyPenalty": 0.5}, ["frequency_penalty"]),
    "unlisted": ("groq/own", {"reasoning": "low"}, []),
    "nothing refused": ("openai/gpt-4o", {"temperature": 0.2}, []),
}


@pytest.mark.parametrize("name", KNOWN)
async def test_known_inability_is_told_and_costs_no_request(
    name: str, model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By LiteLLM's list; a model that it does not list is asked with all of its settings."""
    model_name, given, right = KNOWN[name]
    async with fake_provider(answer("hello")) as provider:
        use(monkeypatch, provider, model_name.partition("/")[0].upper())
        deltas = await ask(model, query_of(given, model_name, tools=()))
        (request,) = provider.requests
    told = sorted(each.setting for each in deltas if isinstance(each, Refused))
    assert told == right
    assert not {*right} & {*request}
    assert not any(isinstance(each, Retrying) for each in deltas)
    assert ("reasoning_effort" in request) == (name == "unlisted")


async def test_choice_that_litellm_does_not_know_is_sent(
    model: LiteLLMModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What restricts is for the provider to refuse; it was left out without a word before."""
    choice = ToolChoice(ToolChoiceMode.REQUIRED)
    query = query_of({"stopSequences": ["END"]}, "perplexity/sonar-pro", tool_choice=choice)
    async with fake_provider(answer("hello")) as provider:
        use(monkeypatch, provider, "PERPLEXITY")
        await ask(model, query)
        (request,) = provider.requests
    assert request["tool_choice"] == "required"
    assert request["stop"] == ["END"]
    assert len(request["tools"]) == 1
