"""Queries and messages as LiteLLM takes them, and names of tools that every provider takes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from services.executor.agent.ports import ModelQuery
from services.executor.conversation import AssistantMessage, Message, ToolCall, UserMessage
from services.executor.domain import JsonObject, ToolChoice, ToolChoiceMode, ToolSpec

PROVIDER_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_SHOWN_INVALID_INPUT = 2000

# The AI SDK's name of a setting, and LiteLLM's.
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


# LiteLLM's name of a provider, and the key of its options in the AI SDK.
OPTION_NAMES = {
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "together_ai": "togetherai",
    "vertex_ai": "google",
}


def completion_arguments(query: ModelQuery) -> dict[str, Any]:
    """Return the arguments of ``litellm.acompletion`` that depend on the query."""
    arguments: dict[str, Any] = {"model": query.model, "messages": list(_messages(query))}
    for ours, theirs in SETTINGS.items():
        if query.settings.get(ours) is not None:
            arguments[theirs] = query.settings[ours]
    if query.tools:
        arguments["tools"] = [_tool(tool) for tool in query.tools]
        if query.tool_choice is not None:
            arguments["tool_choice"] = _tool_choice(query.tool_choice)
        if isinstance(parallel := query.settings.get("parallelToolCalls"), bool):
            arguments["parallel_tool_calls"] = parallel
    return {**arguments, **_reasoning(query)}


def _reasoning(query: ModelQuery) -> dict[str, Any]:
    """Return how much the model is to think, as the AI SDK and the OpenAI Agents SDK say it."""
    found: dict[str, Any] = {}
    options = _provider_options(query)
    if isinstance(effort := options.get("reasoningEffort"), str):
        found["reasoning_effort"] = effort
    if isinstance(thinking := options.get("thinking"), dict):
        found["thinking"] = {
            "budget_tokens" if key == "budgetTokens" else key: value
            for key, value in thinking.items()
        }
    reasoning = query.settings.get("reasoning")
    if isinstance(reasoning, dict) and isinstance(effort := reasoning.get("effort"), str):
        found["reasoning_effort"] = effort
    return found


def _provider_options(query: ModelQuery) -> JsonObject:
    """Return the options of ``providerOptions`` that are for the provider of the query's model."""
    options = query.settings.get("providerOptions")
    provider, slash, _ = query.model.partition("/")
    name = OPTION_NAMES.get(provider, provider) if slash else "openai"
    found = options.get(name) if isinstance(options, dict) else None
    return found if isinstance(found, dict) else {}


def safe_name(key: str) -> str:
    """Return ``key``, or a name made of it when there are providers that would refuse it."""
    if PROVIDER_SAFE_NAME.fullmatch(key):
        return key
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', key)[:55]}_{digest}"


def keys_by_name(tools: Iterable[ToolSpec]) -> Mapping[str, str]:
    """Return the keys of the tools whose name is not their key, by that name."""
    names = {safe_name(tool.key): tool.key for tool in tools}
    return {name: key for name, key in names.items() if name != key}


def _messages(query: ModelQuery) -> Iterable[dict[str, Any]]:
    if query.system:
        yield {"role": "system", "content": query.system}
    for message in query.messages:
        if not isinstance(message, AssistantMessage) or message.text or message.calls:
            yield _message(message)


def _message(message: Message) -> dict[str, Any]:
    if isinstance(message, UserMessage):
        return {"role": "user", "content": message.text}
    if isinstance(message, AssistantMessage):
        answer: dict[str, Any] = {"role": "assistant", "content": message.text or None}
        if message.calls:
            answer["tool_calls"] = [_call(call) for call in message.calls]
        return answer
    return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": safe_name(call.tool) or "unknown", "arguments": _arguments(call.input_text)}
    return {"id": call.id, "type": "function", "function": function}


def _arguments(input_text: str) -> str:
    """Return the input as a JSON object, which providers insist on, whatever the model wrote."""
    try:
        if isinstance(json.loads(input_text or "{}"), dict):
            return input_text or "{}"
    except (ValueError, RecursionError):
        pass
    return json.dumps({"invalid_input": input_text[:MAX_SHOWN_INVALID_INPUT]})


def _tool(tool: ToolSpec) -> dict[str, Any]:
    schema = {key: value for key, value in (tool.input_schema or {}).items() if key != "$schema"}
    function = {
        "name": safe_name(tool.key),
        "description": tool.description,
        "parameters": schema or {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": function}


def _tool_choice(choice: ToolChoice) -> Any:
    """Return LiteLLM's form of a choice."""
    if choice.mode is ToolChoiceMode.TOOL:
        return {"type": "function", "function": {"name": safe_name(choice.tool)}}
    return choice.mode.value
