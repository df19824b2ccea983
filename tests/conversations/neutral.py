"""The three forms of queries, each as OpenAI's chat form says the same.

What a form says and the chat form has no word for keeps a key of its own: ``is_error`` of a tool's
result, ``reasoning`` of a message of the model.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

Query = dict[str, Any]
CHOICES = {"any": "required"}


class Form(Enum):
    """The protocol of a query."""

    CHAT = "chat"
    RESPONSES = "responses"
    ANTHROPIC = "anthropic"

    def __str__(self) -> str:
        """Return the form's name."""
        return self.value


@dataclass(frozen=True)
class Heard:
    """One query as a model server heard it."""

    form: Form
    body: Query

    @property
    def neutral(self) -> Query:
        """The query in the chat form."""
        if self.form is Form.RESPONSES:
            return _of_responses(self.body)
        if self.form is Form.ANTHROPIC:
            return _of_anthropic(self.body)
        return self.body


def _of_responses(body: Query) -> Query:
    found = dict(body)
    messages = list(_responses_messages(found.pop("input")))
    if instructions := found.pop("instructions", None):
        messages.insert(0, {"role": "system", "content": instructions})
    found["messages"] = messages
    if "max_output_tokens" in found:
        found["max_tokens"] = found.pop("max_output_tokens")
    text = dict(found.pop("text", {}))
    if named := dict(text.pop("format", {})):
        kind = named.pop("type")
        found["response_format"] = {"type": kind, **({kind: named} if named else {})}
    if effort := found.get("reasoning", {}).get("effort"):
        found["reasoning_effort"] = effort
        found.pop("reasoning")
    if text:
        found["text"] = text
    if "tools" in found:
        found["tools"] = [_function(tool, "parameters") for tool in found["tools"]]
    if isinstance(choice := found.get("tool_choice"), dict):
        found["tool_choice"] = _chosen(choice["name"])
    return found


def _responses_messages(items: Iterable[Query]) -> Iterator[Query]:
    """Yield the messages; what the model said between two of others is one."""
    said: Query = {}
    for item in items:
        kind = item.get("type", "message")
        if kind == "reasoning":
            text = "".join(each["text"] for each in item["summary"])
            said.setdefault("reasoning", []).append(text)
        elif kind == "function_call":
            said.setdefault("tool_calls", []).append(
                _call(item["call_id"], item["name"], item["arguments"])
            )
        elif kind == "message" and item["role"] == "assistant":
            said["content"] = said.get("content", "") + _texts(item["content"])
        else:
            if said:
                yield {"role": "assistant", **said}
                said = {}
            yield _responses_message(item, kind)
    if said:
        yield {"role": "assistant", **said}


def _responses_message(item: Query, kind: str) -> Query:
    if kind == "function_call_output":
        return {
            "role": "tool",
            "tool_call_id": item["call_id"],
            "content": _content(item["output"]),
        }
    assert kind == "message", item
    return {"role": item["role"], "content": _content(item["content"])}


def _of_anthropic(body: Query) -> Query:
    found = dict(body)
    messages: list[Query] = []
    system = found.pop("system", [])
    blocks = [{"text": system}] if isinstance(system, str) else system
    messages += [{"role": "system", "content": block["text"]} for block in blocks]
    for message in found["messages"]:
        messages += _anthropic_messages(message)
    found["messages"] = messages
    if "stop_sequences" in found:
        found["stop"] = found.pop("stop_sequences")
    if "tools" in found:
        found["tools"] = [_function(tool, "input_schema") for tool in found["tools"]]
    choice = found.pop("tool_choice", {})
    if choice.get("disable_parallel_tool_use") is not None:
        found["parallel_tool_calls"] = not choice["disable_parallel_tool_use"]
    if kind := choice.get("type"):
        is_named = kind == "tool"
        found["tool_choice"] = _chosen(choice["name"]) if is_named else CHOICES.get(kind, kind)
    asked = found.pop("output_config", {}).get("format") or found.pop("output_format", None)
    if asked:
        found["response_format"] = {"type": "json_schema", "json_schema": asked}
    return found


def _anthropic_messages(message: Query) -> Iterator[Query]:
    blocks = message["content"]
    if isinstance(blocks, str):
        blocks = [{"type": "text", "text": blocks}]
    if message["role"] == "assistant":
        yield _said(blocks)
        return
    for block in blocks:
        if block["type"] == "tool_result":
            result = {"role": "tool", "tool_call_id": block["tool_use_id"]}
            wrong = {"is_error": True} if block.get("is_error") else {}
            yield {**result, **wrong, "content": _content(block.get("content", ""))}
    if others := [block for block in blocks if block["type"] != "tool_result"]:
        yield {"role": "user", "content": _content(others)}


def _said(blocks: Iterable[Query]) -> Query:
    said: Query = {"role": "assistant", "content": ""}
    for block in blocks:
        if block["type"] == "text":
            said["content"] += block["text"]
        elif block["type"] == "thinking":
            said.setdefault("reasoning", []).append(block["thinking"])
        else:
            assert block["type"] == "tool_use", block
            call = _call(block["id"], block["name"], json.dumps(block["input"]))
            said.setdefault("tool_calls", []).append(call)
    return said


def _call(call_id: str, name: str, arguments: str) -> Query:
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _chosen(name: str) -> Query:
    return {"type": "function", "function": {"name": name}}


def _function(tool: Query, schema: str) -> Query:
    found = dict(tool)
    if found.pop("type", "function") not in ("function", "custom"):
        return tool
    found["parameters"] = found.pop(schema)
    return {"type": "function", "function": found}


def _texts(content: Any) -> str:
    return content if isinstance(content, str) else "".join(each["text"] for each in content)


def _content(content: Any) -> Any:
    """Return content whose texts are the chat form's."""
    if isinstance(content, str):
        return content
    return [_part(part) for part in content]


def _part(part: Query) -> Query:
    if "text" in part:
        return {"type": "text", "text": part["text"]}
    if part["type"] == "input_image":
        return {"type": "image_url", "image_url": {"url": part["image_url"]}}
    if part["type"] == "image" and part["source"]["type"] == "base64":
        url = f"data:{part['source']['media_type']};base64,{part['source']['data']}"
        return {"type": "image_url", "image_url": {"url": url}}
    return part
