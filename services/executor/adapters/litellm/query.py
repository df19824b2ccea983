"""Queries as LiteLLM takes them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from services.executor.adapters.litellm.abilities import ModelAbilities
from services.executor.adapters.litellm.messages import messages_of
from services.executor.adapters.litellm.names import safe_name
from services.executor.adapters.litellm.strict_schemas import closed, is_enforceable
from services.executor.adapters.litellm.tool_schemas import schema_for
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import AssistantMessage, UserMessage
from services.executor.domain import JsonObject, ToolChoice, ToolChoiceMode, ToolSpec
from services.executor.providers.access import Endpoint

# The AI SDK's name for a setting, and LiteLLM's.
SETTINGS = {
    "temperature": "temperature",
    "maxOutputTokens": "max_tokens",
    "maxTokens": "max_tokens",
    "topP": "top_p",
    "topK": "top_k",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "seed": "seed",
    "stopSequences": "stop",
}


# Providers whose models keep to a schema when they are asked to.
STRICT_PROVIDERS = frozenset({"azure", "openai"})
# Providers that may keep answers, and can be told not to.
STORING_PROVIDERS = frozenset({"azure", "openai"})
# LiteLLM's name for a provider, and the key of its options in the AI SDK.
OPTION_NAMES = {
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "together_ai": "togetherai",
}


def endpoint_arguments(endpoint: Endpoint) -> dict[str, Any]:
    """Return the arguments of ``litellm.acompletion`` that name the model and its endpoint.

    Provider, key and base URL are always given, so that LiteLLM does not search for them.
    """
    provider = endpoint.model.provider
    return {
        "model": f"{provider.litellm_name}/{provider.prefix}{endpoint.model.id}",
        "custom_llm_provider": provider.litellm_name,
        "api_key": endpoint.key,
        "api_base": endpoint.api_base,
        **dict(endpoint.options),
    }


def completion_arguments(query: ModelQuery, abilities: ModelAbilities) -> dict[str, Any]:
    """Return the arguments of ``litellm.acompletion`` that make up the query.

    Raises:
        RequestError: the model does not accept a part of the user's message.
    """
    messages = list(messages_of(query, abilities))
    arguments: dict[str, Any] = {"messages": messages}
    for ours, theirs in SETTINGS.items():
        if query.settings.get(ours) is not None:
            arguments[theirs] = query.settings[ours]
    if abilities.is_claude and "temperature" in arguments:
        arguments.pop("top_p", None)  # Anthropic refuses both; the AI SDK leaves out this one, too
    if "max_tokens" not in arguments and (most := abilities.answer_tokens):
        arguments["max_tokens"] = most
    if query.tools:
        arguments["tools"] = [_tool(tool, abilities.provider) for tool in query.tools]
        if query.tool_choice is not None:
            arguments["tool_choice"] = _tool_choice(query.tool_choice)
        if isinstance(parallel := query.settings.get("parallelToolCalls"), bool):
            arguments["parallel_tool_calls"] = parallel
    if abilities.provider == "openai" and query.cache_key:
        arguments["prompt_cache_key"] = query.cache_key
    return {
        **arguments,
        **_store(query, abilities.provider),
        **({} if _must_not_think(query, abilities) else _reasoning(query, abilities.provider)),
        **_response_format(query, abilities),
    }


def prompt_characters(arguments: Mapping[str, Any]) -> int:
    """Return about how many characters of a prompt a model reads."""
    return len(json.dumps([arguments["messages"], arguments.get("tools")], default=str))


def _response_format(query: ModelQuery, abilities: ModelAbilities) -> dict[str, Any]:
    """Return the response format that enforces a schema, if the provider may support it."""
    with_tools = bool(query.tools)
    takes = abilities.takes_schema(with_tools=with_tools)
    if query.output_schema is None or not (
        takes or abilities.may_take_schema(with_tools=with_tools)
    ):
        return {}
    schema = {key: value for key, value in query.output_schema.items() if key != "$schema"}
    named = {"name": "answer", **_strictly("schema", schema, abilities.provider)}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _must_not_think(query: ModelQuery, abilities: ModelAbilities) -> bool:
    """Return whether another model began the turn, so that Claude must go on without thinking.

    Anthropic refuses a turn whose calls lack Claude's own signed thoughts, if it is to think.
    """
    if not abilities.is_claude:
        return False
    turn = itertools.takewhile(
        lambda message: not isinstance(message, UserMessage), reversed(query.messages)
    )
    answers = (message for message in turn if isinstance(message, AssistantMessage))
    return any(answer.calls and answer.model not in ("", query.model) for answer in answers)


def _store(query: ModelQuery, provider: str) -> dict[str, Any]:
    """Return whether the provider is to keep the answer, as the SDKs name that."""
    store = query.settings.get("store", _provider_options(query, provider).get("store"))
    return {"store": store} if isinstance(store, bool) and provider in STORING_PROVIDERS else {}


def _reasoning(query: ModelQuery, provider: str) -> dict[str, Any]:
    """Return the reasoning settings, as the AI SDK and the OpenAI Agents SDK name them."""
    found: dict[str, Any] = {}
    options = _provider_options(query, provider)
    if isinstance(effort := options.get("reasoningEffort"), str):
        found["reasoning_effort"] = effort
    if isinstance(thinking := options.get("thinking"), dict):
        found["thinking"] = {
            "budget_tokens" if key == "budgetTokens" else key: value
            for key, value in thinking.items()
        }
    reasoning = query.settings.get("reasoning")
    effort = reasoning.get("effort") if isinstance(reasoning, dict) else reasoning
    if isinstance(effort, str) and effort != "provider-default":
        found["reasoning_effort"] = effort
    return found


def _provider_options(query: ModelQuery, provider: str) -> JsonObject:
    """Return the ``providerOptions`` for the provider of the query's model."""
    options = query.settings.get("providerOptions")
    name = OPTION_NAMES.get(provider, provider)
    found = options.get(name) if isinstance(options, dict) else None
    return found if isinstance(found, dict) else {}


def keys_by_name(tools: Iterable[ToolSpec]) -> Mapping[str, str]:
    """Return the keys of tools whose name differs from their key, by name.

    LiteLLM puts an ``a`` before names for Bedrock that begin with no letter.
    """
    names = {safe_name(tool.key): tool.key for tool in tools}
    lettered = {f"a{name}": key for name, key in names.items() if not name[0].isalpha()}
    return {name: key for name, key in (lettered | names).items() if name != key}


def _tool(tool: ToolSpec, provider: str) -> dict[str, Any]:
    schema = {key: value for key, value in (tool.input_schema or {}).items() if key != "$schema"}
    function: dict[str, Any] = {
        "name": safe_name(tool.key),
        "description": tool.description,
        "parameters": schema_for(provider, schema) or {"type": "object", "properties": {}},
    }
    if provider in STRICT_PROVIDERS:
        function["strict"] = False  # where nothing is said, the Responses form has tools strict
    if tool.strict:
        function |= _strictly("parameters", function["parameters"], provider)
    return {"type": "function", "function": function}


def _strictly(name: str, schema: JsonObject, provider: str) -> dict[str, Any]:
    """Return a schema by its name, enforced if the provider can."""
    if provider in STRICT_PROVIDERS and is_enforceable(strict := closed(schema)):
        return {name: strict, "strict": True}
    return {name: schema}


def _tool_choice(choice: ToolChoice) -> Any:
    """Return a tool choice in LiteLLM's format."""
    if choice.mode is ToolChoiceMode.TOOL:
        return {"type": "function", "function": {"name": safe_name(choice.tool)}}
    return choice.mode.value
