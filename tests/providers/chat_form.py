"""Answers in OpenAI's chat form, as each provider of ``chat_facts.py`` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.executor.provider_forms import Call, Spoken
from tests.providers.facts import Facts, Place, Stop

Chunk = dict[str, Any]
DETAIL = {"format": "provider-v1", "index": 0}
SIGNED = {**DETAIL, "type": "reasoning.encrypted", "data": "sealed", "id": "rs_1"}


def chat_events(facts: Facts, spoken: Spoken, stop: Stop) -> list[str]:
    """Return the events of an answer."""
    written = facts.comments + facts.comments
    chunks = [*_chunks(facts, spoken, stop)]
    return [written, *(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]


def _chunks(facts: Facts, spoken: Spoken, stop: Stop) -> Iterator[Chunk]:
    if facts.name == "azure":
        yield {**_chunk({}), "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    said = ""
    for delta in _deltas(facts, spoken):
        chunk = _chunk(delta)
        if facts.usage is Place.EACH:
            chunk["usage"] = {**facts.counts, "completion_tokens": 1, "total_tokens": 101}
            said += delta.get("content") or ""
            chunk["choices"][0]["message"] = {"role": "assistant", "content": said}
        yield chunk
    yield from _end(facts, said, stop)


def _end(facts: Facts, said: str, stop: Stop) -> Iterator[Chunk]:
    last = _chunk({}, facts.stops[stop])
    if facts.usage is Place.CHOICE:
        last["choices"][0]["usage"] = facts.counts
    elif facts.usage is Place.X_GROQ:
        last["x_groq"] = {"id": "req_1", "usage": facts.counts}
    elif facts.usage is not Place.AFTER:
        last["usage"] = facts.counts
    if facts.usage is Place.EACH:
        last["choices"][0]["message"] = {"role": "assistant", "content": said}
    yield last
    if facts.usage is Place.AFTER:
        yield {**_chunk({}), "choices": [], "usage": facts.counts}


def _deltas(facts: Facts, spoken: Spoken) -> Iterator[Chunk]:
    yield {"role": "assistant", "content": ""}
    for word in spoken.reasoning:
        yield _thought(facts, word)
    if spoken.reasoning and facts.reasoning.endswith("with thinking blocks"):
        block = {"type": "thinking", "thinking": "", "signature": "proof"}
        yield {"reasoning_content": "", "thinking_blocks": [block]}
    if facts.reasoning.endswith("with details") and (spoken.reasoning or spoken.calls):
        yield {"reasoning_details": [SIGNED]}
    for word in spoken.words:
        is_parts = facts.reasoning == "thinking chunks" and bool(spoken.reasoning)
        yield {"content": [{"type": "text", "text": word}] if is_parts else word}
    for at, call in enumerate(spoken.calls):
        yield from ({"tool_calls": [piece]} for piece in _call(facts, at, call))


def _thought(facts: Facts, word: str) -> Chunk:
    if facts.reasoning == "thinking chunks":
        thinking = [{"type": "text", "text": word}]
        return {"content": [{"type": "thinking", "thinking": thinking}]}
    name, _, more = facts.reasoning.partition(", ")
    thought: Chunk = {name: word}
    if more == "with details":
        thought["reasoning_details"] = [{**DETAIL, "type": "reasoning.text", "text": word}]
    if more == "with thinking blocks":
        thought["thinking_blocks"] = [{"type": "thinking", "thinking": word, "signature": None}]
    return thought


def _call(facts: Facts, at: int, call: Call) -> Iterator[Chunk]:
    index = {} if facts.index is None else {"index": at if facts.index == "own" else 0}
    begun: Chunk = {**index, "id": facts.ids.format(at), "type": "function"}
    if facts.name == "vertex":
        begun["extra_content"] = {"google": {"thought_signature": "c2ln"}}
    first = call.input_text if facts.whole_calls else ""
    yield {**begun, "function": {"name": call.tool, "arguments": first}}
    # DashScope repeats the type, and an id without text.
    more = {"id": "", "type": "function"} if facts.name == "dashscope" else {}
    if not facts.whole_calls:
        yield from ({**index, **more, "function": {"arguments": piece}} for piece in call.pieces)


def _chunk(delta: Chunk, finish: str | None = None) -> Chunk:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "choices": [choice]}
