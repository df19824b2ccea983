"""What is wrong with a request in its provider's own view, by its facts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from tests.executor.strict_providers import STRICT
from tests.providers.chat_form import SIGNED
from tests.providers.facts import Facts, Form

Body = dict[str, Any]
OF_NAME = {strict.form.name: strict.problems for strict in STRICT}
CHAT = OF_NAME["lm_studio"]
CONVERSE_IDS = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def problems(facts: Facts, body: Body) -> Iterator[str]:
    """Yield what the provider would refuse."""
    yield from (f"unknown field {name}" for name in facts.refused if name in body)
    if not facts.tools and body.get("tools"):
        yield "tools are not supported"
    if facts.form is Form.CHAT:
        yield from OF_NAME.get(facts.name, CHAT)(body)
        yield from _chat(facts, body)
    elif facts.form in {Form.ANTHROPIC, Form.GEMINI}:
        yield from OF_NAME[facts.name](body)
    elif facts.form is Form.CONVERSE:
        yield from _converse(body)
    elif facts.form is Form.COHERE:
        yield from CHAT(body)
        yield from _cohere(body)
    else:
        yield from _responses(body)


def _chat(facts: Facts, body: Body) -> Iterator[str]:
    if body.get("stream") is not True:
        yield "it asks for no stream"
    kind = (body.get("response_format") or {}).get("type", facts.schema)
    if kind != facts.schema:
        yield f"response_format {kind} is not supported"
    for at, message in enumerate(body["messages"]):
        for name in set(facts.refuses) & set(message):
            yield f"messages[{at}]: {name} is not supported"
        parts = message["content"] if isinstance(message["content"], list) else []
        may_show = message["role"] == "user" and facts.images
        if any(part["type"] == "image_url" for part in parts) and not may_show:
            yield f"messages[{at}]: no images here"


def _cohere(body: Body) -> Iterator[str]:
    kind = (body.get("response_format") or {}).get("type", "json_object")
    if kind != "json_object":
        yield f"response_format {kind} is not supported"


def _converse(body: Body) -> Iterator[str]:
    roles = [message["role"] for message in body["messages"]]
    if any(one == other for one, other in itertools.pairwise(roles)):
        yield "roles must alternate"
    waiting: list[str] = []
    for message in body["messages"]:
        blocks = message["content"]
        results = [block["toolResult"]["toolUseId"] for block in blocks if "toolResult" in block]
        if sorted(results) != sorted(waiting):
            yield "results do not match calls"
        waiting = [block["toolUse"]["toolUseId"] for block in blocks if "toolUse" in block]
        if not all(map(CONVERSE_IDS.fullmatch, waiting)):
            yield "toolUseId must match [a-zA-Z0-9_-]+"
        if any("text" in block and not block["text"].strip() for block in blocks):
            yield "text is blank"


def _responses(body: Body) -> Iterator[str]:
    calls = [item["call_id"] for item in body["input"] if item.get("type") == "function_call"]
    for item in body["input"]:
        if item.get("type") == "function_call_output" and item["call_id"] not in calls:
            yield f"No tool call found for function call output with call_id {item['call_id']}"


def sent_back(facts: Facts, message: Body) -> bool:
    """Tell whether a message with calls has what its provider signed."""
    if facts.name == "vertex":
        signed = {"google": {"thought_signature": "c2ln"}}
        return all(call.get("extra_content") == signed for call in message["tool_calls"])
    if facts.reasoning.endswith("with details"):
        return bool(message.get("reasoning_details", [])[-1:] == [SIGNED])
    if facts.reasoning.endswith("with thinking blocks"):
        (block,) = message.get("thinking_blocks") or [{}]
        return bool(block.get("signature") == "proof" and block.get("thinking"))
    if facts.reasoning in {"reasoning_content", "reasoning"}:
        return bool(message.get(facts.reasoning))
    return True
