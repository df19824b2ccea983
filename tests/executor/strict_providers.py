"""Stand-ins for providers that refuse what the real ones refuse of a conversation.

Each rule is one that a provider was seen to have; see ``adapters/litellm/dialects.py``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.executor.provider_forms import (
    ANTHROPIC,
    GEMINI,
    Chunks,
    Form,
    Spoken,
    anthropic_chunks,
    openai_chunks,
)

Problems = Iterator[str]


@dataclass(frozen=True)
class Strict:
    """A provider: how it streams, and what is wrong with a request, in its own view."""

    form: Form
    problems: Callable[[dict[str, Any]], Problems]


def _openai(request: dict[str, Any]) -> Problems:
    waiting: list[str] = []
    for at, message in enumerate(request["messages"]):
        takes_parts = message["role"] == "user"
        if not isinstance(message.get("content"), (str, list) if takes_parts else str):
            yield f"messages[{at}]: missing field content"
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                yield f"messages[{at}]: no call of this id"
            waiting = [each for each in waiting if each != message["tool_call_id"]]
            continue
        if waiting:
            yield f"messages[{at}]: results are missing"
        ids = [call["id"] for call in message.get("tool_calls") or ()]
        if len(set(ids)) < len(ids) or any(len(each) > 40 for each in ids):
            yield f"messages[{at}]: ids are equal or over 40 characters"
        if message["role"] == "assistant" and not (message["content"] or ids):
            yield f"messages[{at}]: it is empty"
        waiting = ids


def _without(*fields: str) -> Callable[[dict[str, Any]], Problems]:
    def problems(request: dict[str, Any]) -> Problems:
        yield from _openai(request)
        for at, message in enumerate(request["messages"]):
            for field in set(fields) & set(message):
                yield f"messages[{at}]: property '{field}' is unsupported"

    return problems


def _thinking(request: dict[str, Any]) -> Problems:
    yield from _openai(request)
    for at, message in enumerate(request["messages"]):
        if message.get("tool_calls") and not message.get("reasoning_content"):
            yield f"messages[{at}]: the reasoning_content must be passed back"


def _mistral(request: dict[str, Any]) -> Problems:
    yield from _without("reasoning_content", "reasoning", "thinking_blocks")(request)
    for before, message in itertools.pairwise(request["messages"]):
        if (before["role"], message["role"]) == ("tool", "user"):
            yield "Unexpected role 'user' after role 'tool'"
        for call in message.get("tool_calls") or ():
            if not re.fullmatch(r"[a-zA-Z0-9]{9}", call["id"]):
                yield f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9"


def _anthropic(request: dict[str, Any]) -> Problems:
    roles = [message["role"] for message in request["messages"]]
    if any(one == other for one, other in itertools.pairwise(roles)):
        yield "roles must alternate"
    for at, message in enumerate(request["messages"]):
        for block in message["content"]:
            call_id = block.get("id", block.get("tool_use_id"))
            if call_id is not None and not re.fullmatch(r"[a-zA-Z0-9_-]+", call_id):
                yield f"messages.{at}: String should match pattern '^[a-zA-Z0-9_-]+$'"
            if block["type"] == "text" and not block["text"]:
                yield f"messages.{at}: text content blocks must be non-empty"
            if block["type"] == "thinking" and block["signature"] != "proof":
                yield f"messages.{at}: Invalid `signature` in `thinking` block"
    answers = [each["content"] for each in request["messages"] if each["role"] == "assistant"]
    blocks = answers[-1] if answers else [{"type": "none"}]
    uses = any(block["type"] == "tool_use" for block in blocks)
    in_turn = all(block["type"] == "tool_result" for block in request["messages"][-1]["content"])
    if request.get("thinking") and uses and in_turn and blocks[0]["type"] != "thinking":
        yield "Expected `thinking` or `redacted_thinking`, but found `tool_use`"


def _gemini(request: dict[str, Any]) -> Problems:
    for at, content in enumerate(request["contents"]):
        for part in content["parts"]:
            if part.get("thoughtSignature") not in (None, "c2ln"):
                yield f"contents[{at}]: Thought signature is not valid"


def _compatible(name: str, model: str, stem: str, reasoning: str) -> Form:
    def chunks(spoken: Spoken) -> Chunks:
        made = openai_chunks(spoken)
        for chunk in made:
            for choice in chunk["choices"]:
                thought = choice["delta"].pop("reasoning_content", None)
                if thought and reasoning:
                    choice["delta"][reasoning] = thought
        return made

    return Form(name, f"{name}/{model}", f"{stem}_API_KEY", f"{stem}_API_BASE", "/v1", chunks)


def _signed_gemini(spoken: Spoken) -> Chunks:
    chunks = GEMINI.chunks(spoken)
    for chunk in chunks:
        for part in chunk["candidates"][0]["content"]["parts"]:
            if "functionCall" in part:
                part["thoughtSignature"] = "c2ln"
    return chunks


STRICT = (
    Strict(_compatible("lm_studio", "m", "LM_STUDIO", ""), _openai),
    Strict(
        _compatible("deepseek", "deepseek-reasoner", "DEEPSEEK", "reasoning_content"), _thinking
    ),
    Strict(_compatible("moonshot", "kimi-k2-thinking", "MOONSHOT", "reasoning_content"), _thinking),
    Strict(_compatible("groq", "m", "GROQ", "reasoning"), _without("reasoning_content")),
    Strict(_compatible("cerebras", "m", "CEREBRAS", "reasoning"), _without("reasoning_content")),
    Strict(_compatible("mistral", "m", "MISTRAL", ""), _mistral),
    Strict(
        Form(
            "anthropic",
            ANTHROPIC.model,
            ANTHROPIC.key_variable,
            ANTHROPIC.address_variable,
            "",
            anthropic_chunks,
        ),
        _anthropic,
    ),
    Strict(
        Form(
            "gemini", GEMINI.model, GEMINI.key_variable, GEMINI.address_variable, "", _signed_gemini
        ),
        _gemini,
    ),
)
