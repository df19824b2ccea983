"""Settings that a model refuses: which may be left out, and how a refusal names them.

A setting may be left out if the answer is not more than the agent allows without it: those that
only shape the answer, and those that Caisson keeps by itself (it checks inputs and answers against
their whole schemas, and makes one call at a time). Left out or sent in another form, it is told.

What restricts the answer otherwise closes: tools and their choice, stop sequences, limits of
tokens, and that an answer must not be stored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.executor.adapters.litellm.errors import provider_text
from services.executor.adapters.litellm.provider_errors import UNKNOWN, ProviderSaidError
from services.executor.adapters.litellm.tool_schemas import rewritten
from services.executor.errors import ModelError, ModelRefusedError, ModelSettingError


@dataclass(frozen=True)
class Setting:
    """An argument of LiteLLM, and how refusals write it.

    Attributes:
        name: the argument; "schema" and "strict" are parts of others.
        written: how providers write it, as a pattern.
        then: what is done once it was refused; empty if it closes.
    """

    name: str
    written: str
    then: str = "It is asked without it from now on."


_CHECKED = "It is asked without it from now on; Caisson checks inputs and answers by itself."
_SETTINGS = (
    Setting("temperature", "temperature"),
    Setting("top_p", "top_?p"),
    Setting("top_k", "top_?k"),
    Setting("presence_penalty", "presence_?penalty"),
    Setting("frequency_penalty", "frequency_?penalty"),
    Setting("seed", "seed"),
    Setting("reasoning_effort", r"reasoning(?:[_.]?effort)?|thinking(?:[_.]?\w+)?|effort"),
    Setting("thinking", r"thinking(?:[_.]?\w+)?"),
    Setting(
        "parallel_tool_calls",
        r"parallel[_ ]?(?:tool|function)[_ ]?call\w*|disable_parallel_tool_use",
        "It is asked without it from now on; Caisson makes one call at a time.",
    ),
    Setting("strict", "strict", _CHECKED),
    Setting(
        "response_format",
        r"response_?(?:format|schema|json_?schema|mime_?type)|text\.format|output_(?:format|config)"
        r"|json_?schema|structured outputs?",
        "From now on, the schema is in its prompt; Caisson checks the answer by itself.",
    ),
    Setting(
        "schema",
        r"schema for function|input_?schema|function_?declarations?|function_parameters"
        r"|tools\W.{0,20}parameters|grammar",
        "From now on, schemas of tools are sent with types, properties and texts only; Caisson "
        "checks inputs against the whole schemas by itself.",
    ),
    Setting("prompt_cache_key", "prompt_?cache_?key"),
    Setting("stream_options", "stream_?options", "Its use of tokens is estimated from now on."),
    Setting("max_tokens", "max_?tokens", "It is sent as `max_completion_tokens` from now on."),
    Setting(
        "max_completion_tokens",
        "max_?completion_?tokens",
        "The limit is sent as `max_tokens` from now on.",
    ),
    Setting("tool_choice", r"tool_?(?:choice|config)", ""),
    Setting("tools", r"tools?|function[_ ]?call\w*", ""),
    Setting("stop", "stop(?:_?sequences)?", ""),
    Setting("store", "store", ""),
)
_WORDS = {
    setting: re.compile(rf"(?i)(?<![\w-])(?:{setting.written})(?!\w|-)") for setting in _SETTINGS
}
# What providers say of a setting that a model does not have. Of a wrong value they say otherwise.
_REFUSES = re.compile(
    r"(?i)unsupported|n[o']t (?:be |currently |yet )?(?:support|accept|permit|allow|available|"
    r"enabled|valid|compatible|implemented)|no longer|unrecogni[sz]ed|unknown|unexpected|deprecated"
    r"|extra (?:inputs|fields)|forbidden|\bcan ?not\b|can't|\bmay not\b|incompatible|requires? "
    r"|\bonly\b.{0,60}(?:default|\b1\b|allowed|supported|auto)|invalid (?:json )?schema"
    r"|invalid_function_parameters|didn't specify|failed to (?:parse|initialize|compile)"
)
_OF_VALUE = re.compile(
    r"(?i)\bbetween\b|\brange\b|(?:greater|less|more|higher|lower) than|at (?:least|most)\b"
    r"|(?:above|below|exceed\w*) .{0,20}(?:maximum|minimum)|too (?:large|small|high|low|many|long)"
)
# Whose form is not OpenAI's: LiteLLM writes nothing in it that the provider has not, but for these.
_OWN_FORMS = frozenset({"anthropic", "bedrock", "cohere", "gemini"})
_IN_OWN_FORMS = frozenset({"reasoning_effort", "thinking"})


def setting_error(
    refusal: ModelError, error: Exception, arguments: Mapping[str, Any], left_out: Sequence[str]
) -> ModelError:
    """Return a refusal as a ModelSettingError if it is one of a setting that may be left out.

    Args:
        refusal: the translated error.
        error: what LiteLLM or the stream raised.
        arguments: what was sent.
        left_out: settings that were refused before.
    """
    says_no_status = isinstance(error, ProviderSaidError) and error.status_code == UNKNOWN
    if type(refusal) is not ModelRefusedError and not says_no_status:
        return refusal
    text = provider_text(error)
    found = _named(text, _parameter(error), arguments)
    model = refusal.metadata.get("model", "")
    setting = next((each for each in found if each.then and each.name not in left_out), None)
    if setting is not None:
        message = f'"{model}" does not take the setting `{setting.name}`: {text} {setting.then}'
        metadata = {**refusal.metadata, "setting": setting.name}
        return ModelSettingError(message, metadata, setting=setting.name)
    closing = next((each for each in found if not each.then), None)
    if closing is not None and type(refusal) is ModelRefusedError:
        refusal.message += (
            f" The setting `{closing.name}` restricts what the model may do, so that it is not "
            "asked without it. Take it out of the agent, or use another model."
        )
    return refusal


def unsent(error: Exception, arguments: Mapping[str, Any], *, is_listed: bool) -> list[str]:
    """Return the settings to send although LiteLLM says that the model does not take them.

    Of models that it does not list it cannot know; and what restricts is for the provider to
    refuse.

    Args:
        error: LiteLLM's, before anything was sent.
        arguments: what was to be sent.
        is_listed: whether LiteLLM lists the model.
    """
    found = _named(provider_text(error), "", arguments)
    asked = arguments.get("allowed_openai_params", ())
    names = [each.name for each in found if not (is_listed and each.then)]
    if arguments["custom_llm_provider"] in _OWN_FORMS:
        names = [name for name in names if name in _IN_OWN_FORMS]
    return [name for name in names if name not in asked]


def without(arguments: Mapping[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    """Return the arguments of a query without what its model refused, or in another form."""
    kept = {name: value for name, value in arguments.items() if name not in left_out}
    if (most := arguments.get("max_tokens")) is not None:
        if "max_completion_tokens" in left_out:  # LiteLLM would rename it, for some models
            kept.pop("max_tokens", None)
            kept["extra_body"] = {"max_tokens": most}
        elif "max_tokens" in left_out:
            kept["max_completion_tokens"] = most
    if "reasoning_effort" in left_out:
        kept.pop("thinking", None)
    if tools := kept.get("tools"):
        kept["tools"] = [_tool_without(tool, left_out) for tool in tools]
    if "strict" in left_out and (asked := kept.get("response_format")):
        named = {**asked["json_schema"]}
        named.pop("strict", None)
        kept["response_format"] = {**asked, "json_schema": named}
    return kept


def _tool_without(tool: Mapping[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    function = {**tool["function"]}
    if "strict" in left_out or "schema" in left_out:
        function.pop("strict", None)
    if "schema" in left_out:
        function["parameters"] = rewritten(function["parameters"])
    return {**tool, "function": function}


def _named(text: str, parameter: str, arguments: Mapping[str, Any]) -> list[Setting]:
    """Return the settings that a refusal names, of those that were sent, the first one first."""
    if _OF_VALUE.search(text):
        return []
    if not parameter and not _REFUSES.search(text):
        return []
    found: list[tuple[int, Setting]] = []
    for setting, words in _WORDS.items():
        if not _is_sent(setting.name, arguments):
            continue
        if words.search(parameter):
            found.append((-1, setting))
        elif (word := words.search(text)) is not None:
            found.append((word.start(), setting))
    return [setting for _, setting in sorted(found, key=lambda each: each[0])]


def _is_sent(name: str, arguments: Mapping[str, Any]) -> bool:
    if name == "schema":
        return "tools" in arguments
    if name == "strict":
        return any("strict" in tool["function"] for tool in arguments.get("tools", ())) or (
            "strict" in arguments.get("response_format", {}).get("json_schema", {})
        )
    if name == "max_completion_tokens":  # LiteLLM sends the limit so to some models
        return "max_tokens" in arguments or name in arguments
    if name == "tool_choice":
        return arguments.get(name) not in (None, "auto")
    return name in arguments


def _parameter(error: Exception) -> str:
    """Return the ``param`` of an error in OpenAI's form, empty without one."""
    body = getattr(error, "body", None)
    for holder in (error, body.get("error", body) if isinstance(body, dict) else None):
        said = holder.get("param") if isinstance(holder, dict) else getattr(holder, "param", None)
        if isinstance(said, str):
            return said
    return ""
