"""What may differ between two queries that ask a model for the same: listed here, with reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.conversations.neutral import Form, Heard, Query

# Fields that are left out, and why.
IGNORED = {
    "stream": "all stream; Caisson has no other path",
    "stream_options": "how tokens are counted",
    "eager_input_streaming": "how inputs are streamed",
    "include": "what the answer holds; nothing is asked for",
    "prompt_cache_key": "Caisson tells OpenAI which prompts begin alike; no answer depends on it",
}
# Settings that a form has no word for, so that the framework leaves them out, at most with a
# warning. Caisson asks OpenAI's models in the chat form, where it can honour them.
UNKNOWN_TO: Mapping[Form, Sequence[str]] = {
    Form.CHAT: (),
    Form.RESPONSES: ("frequency_penalty", "presence_penalty", "seed", "stop"),
    Form.ANTHROPIC: ("parallel_tool_calls",),  # the extension of the OpenAI SDK has none
}
# Fields that mean the same by another name.
RENAMED = {"max_completion_tokens": "max_tokens"}  # OpenAI's later name of it
# Values that are the default of OpenAI's API.
DEFAULTS: Mapping[str, Any] = {"tool_choice": "auto"}
# Parts of a JSON Schema that are left out, and why.
IN_SCHEMAS = {
    "$schema": "the dialect, which no provider reads",
    "x-optional": "Mastra's note of what it rewrote, see `_required_again`",
}
SYSTEM = ("system", "developer")  # by which name OpenAI's models that think are told the same
# Anthropic wants a limit with each query. Where the agent has none, it is what the deployment, or
# the framework, knows of the model, and at least this; no agent here sets one as high.
MODELS_OWN = 32_000
# Mastra's own tools, each an agent: what may be left out of their inputs may also be null.
AGENT = "agent-"
CLOSED = ("additionalProperties", False)
# How a tool's failure is worded for the model, apart from what failed: each has its own words.
FAILURES = re.compile(
    r"(?:Error \(\w+\): (?:RangeError: )?|RangeError: )"
    r"(?P<words>.*)",
    re.DOTALL,
)
# A call that the agent's rules deny; the AI SDK shows the model only their reason.
DENIALS = re.compile(
    r"Error \(NOT_APPROVED\): .* is denied by the agent's `toolApproval`: (?P<reason>.*)"
)
# How it is worded that a call was not made, or its result not used: told with other details.
REFUSALS = re.compile(
    r"Error \(INVALID_INPUT\): .*|Error \(THROWN\): OutputError: .*"
    r"|.*AI_(?:InvalidToolInput|NoSuchTool|ToolCallRepair)Error: .*"
    r"|.*Tool (?:in|out)put validation failed for .*"
    r"|An error occurred while running the tool\. Please try again\.",
    re.DOTALL,
)


def normal(heard: Heard, asked: Form, inputs: Mapping[str, str] | None = None) -> Query:
    """Return a query in the chat form, without what may differ.

    Args:
        heard: the query.
        asked: the form in which the framework asks.
        inputs: by the ids of calls, the inputs that the model sent: the AI SDK writes into a
            conversation what a tool's schema made of them. Caisson repeats the model's own words,
            so that providers find the prompt in their caches. Without it nothing is replaced.
    """
    ignored = {*IGNORED, *UNKNOWN_TO[asked]}
    found = {RENAMED.get(key, key): value for key, value in heard.neutral.items()}
    found = {
        key: value
        for key, value in found.items()
        if key not in ignored and value != [] and DEFAULTS.get(key) != value
    }
    if asked is Form.ANTHROPIC and found.get("max_tokens", 0) >= MODELS_OWN:
        del found["max_tokens"]
    found["messages"] = _messages(found["messages"], inputs or {})
    if asked is Form.RESPONSES:
        # The chat form takes no reasoning back, and Caisson asks OpenAI's models in it.
        for message in found["messages"]:
            message.pop("reasoning", None)
    has_strict = asked is not Form.ANTHROPIC
    if "tools" in found:
        found["tools"] = [
            {**tool, "function": _function(tool["function"], has_strict)} for tool in found["tools"]
        ]
    if named := found.get("response_format", {}).get("json_schema"):
        # Its name is the deployment's.
        is_strict = has_strict and named.get("strict", False)
        schema = _schema(named["schema"], may_open=not is_strict)
        found["response_format"] = {"schema": schema, "strict": is_strict}
    return found


def _messages(messages: Sequence[Query], inputs: Mapping[str, str]) -> list[Query]:
    """Return the messages, those of the system as one: most providers take only one."""
    systems = [each for each in messages if each["role"] in SYSTEM]
    others = _joined([_message(message, inputs) for message in messages[len(systems) :]])
    text = "\n\n".join(_text(message["content"]) for message in systems)
    return [{"role": "system", "content": text}, *others] if systems else others


def _joined(messages: Sequence[Query]) -> list[Query]:
    """Join calls without words to an answer just before: the OpenAI SDK writes them as one.

    After a filter of a handoff, two answers may follow each other.
    """
    found: list[Query] = []
    for message in messages:
        last = found[-1] if found else {}
        are_both = message["role"] == "assistant" == last.get("role")
        if are_both and "content" not in message and "tool_calls" not in last:
            found[-1] = {**last, **message}
        else:
            found.append(message)
    return found


def _message(message: Query, inputs: Mapping[str, str]) -> Query:
    """Leave out an absent text; compare inputs and results as JSON, not by their spaces.

    Reasoning in the chat form too: OpenAI's own models send none, and the SDK's provider for them
    sends none back. Caisson does, to the servers of this form that send some.
    """
    found = {key: value for key, value in message.items() if value not in (None, "")}
    found.pop("reasoning_content", None)
    if "content" in found:
        found["content"] = _text(found["content"])
    if found["role"] == "tool":
        found["content"] = _result(found.get("content", ""))
        # LiteLLM has no word for this; both say it in the text, too.
        if found.pop("is_error", False):
            found["content"] = _told_failed(found["content"])
    if "tool_calls" in found:
        found["tool_calls"] = [_call(call, inputs) for call in found["tool_calls"]]
    return found


def _call(call: Query, inputs: Mapping[str, str]) -> Query:
    function = call["function"]
    # No arguments are sent as an object without members, which every provider takes.
    arguments = inputs.get(call["id"], function["arguments"]) or "{}"
    return {**call, "function": {**function, "arguments": _parsed(arguments)}}


def _text(content: Any) -> Any:
    """Return the text of a message that is written as a list of one text."""
    if isinstance(content, list) and [part["type"] for part in content] == ["text"]:
        return content[0]["text"]
    return content


def _parsed(text: str) -> Any:
    try:
        return {"json": json.loads(text)}
    except json.JSONDecodeError:
        return text


def _result(text: Any) -> Any:
    """Return what a tool gave; a failure as what failed, without how that is worded."""
    if isinstance(text, list):
        return text
    if REFUSALS.fullmatch(text):
        return {"refused": True}
    if denied := DENIALS.fullmatch(text):
        return denied["reason"]
    if failed := FAILURES.fullmatch(text):
        return {"failed": failed["words"]}
    value = _parsed(text)
    if (
        isinstance(value, dict)
        and isinstance(value["json"], dict)
        and [*value["json"]] == ["error"]
    ):
        return _failed(value["json"]["error"])
    return value


def _told_failed(content: Any) -> Query:
    """Return a result that the framework marks as a failure, whether its text says so or not."""
    if isinstance(content, dict):
        return content if content.keys() & {"failed", "refused"} else _failed(content["json"])
    return _failed(content)


def _failed(words: Any) -> Query:
    return {"failed": words.removeprefix("RangeError: ") if isinstance(words, str) else words}


def _function(function: Query, has_strict: bool) -> Query:
    found = {key: value for key, value in function.items() if key not in IGNORED}
    is_strict = found.pop("strict", False) and has_strict
    # OpenAI refuses strict tools whose objects are open: only there does it matter.
    schema = _schema(found["parameters"], may_open=not is_strict)
    if found["name"].startswith(AGENT):
        schema["properties"] = {
            key: value if key in schema["required"] else _without_null(value)
            for key, value in schema["properties"].items()
        }
    return {**found, "parameters": schema, "strict": is_strict}


def _schema(schema: Any, *, may_open: bool = True) -> Any:
    if isinstance(schema, list):
        return [_schema(each, may_open=may_open) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "x-optional" in schema:
        schema = _required_again(schema)
    # Frameworks close what zod leaves open. Caisson sends what zod says: unknown keys are dropped.
    return {
        key: _schema(value, may_open=may_open)
        for key, value in schema.items()
        if key not in IN_SCHEMAS and not (may_open and (key, value) == CLOSED)
    }


def _required_again(schema: Query) -> Query:
    """Undo what Mastra does for OpenAI: optional properties may be null and must be there."""
    optional = schema["x-optional"]
    properties = {
        key: _without_null(value) if key in optional else value
        for key, value in schema["properties"].items()
    }
    required = [key for key in schema["required"] if key not in optional]
    return {**schema, "properties": properties, "required": required}


def _without_null(schema: Query) -> Query:
    options = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **options[0]} if len(options) == 1 else schema
