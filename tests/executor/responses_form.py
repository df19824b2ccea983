"""The streaming form of OpenAI's Responses API: an answer as items, and as the events of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.executor.provider_forms import Chunks, Spoken

Item = dict[str, Any]
PROOF = "sealed"  # what a provider sends instead of reasoning that it does not show


def responses_items(spoken: Spoken, turn: int = 1) -> list[Item]:
    """Return what the model says as items, whose ids are those of the turn."""
    items: list[Item] = []
    if spoken.reasoning:
        summary = [{"type": "summary_text", "text": "".join(spoken.reasoning)}]
        thought = {"type": "reasoning", "id": f"rs_{turn}", "summary": summary}
        items.append({**thought, "encrypted_content": PROOF})
    if spoken.words:
        text = {"type": "output_text", "text": "".join(spoken.words), "annotations": []}
        said = {"type": "message", "id": f"msg_{turn}", "role": "assistant", "content": [text]}
        items.append(said)
    for at, call in enumerate(spoken.calls):
        named = {"type": "function_call", "id": f"fc_{turn}_{at}", "call_id": call.id}
        items.append({**named, "name": call.tool, "arguments": call.input_text})
    return [{**item, "status": "completed"} for item in items]


def responses_answer(spoken: Spoken, turn: int = 1) -> Item:
    """Return a whole answer, as it is sent to who does not stream."""
    total = spoken.prompt_tokens + spoken.answer_tokens
    return {
        "id": f"resp_{turn}",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": "completed",
        "output": responses_items(spoken, turn),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": spoken.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": spoken.answer_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": total,
        },
    }


def responses_chunks(spoken: Spoken, turn: int = 1) -> Chunks:
    """Return the events of an answer, as they are sent."""
    return [
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
        for event in responses_events(spoken, turn)
    ]


def responses_events(spoken: Spoken, turn: int = 1) -> list[Item]:
    """Return the events of an answer."""
    whole = responses_answer(spoken, turn)
    started = {**whole, "status": "in_progress", "output": [], "usage": None}
    calls = iter([call.pieces for call in spoken.calls])
    events: list[Item] = [{"type": "response.created", "response": started}]
    for at, item in enumerate(whole["output"]):
        pieces = {
            "reasoning": spoken.reasoning,
            "message": spoken.words,
        }.get(item["type"]) or next(calls)
        events += [{**event, "output_index": at} for event in _item_events(item, pieces)]
    events.append({"type": "response.completed", "response": whole})
    return [{**event, "sequence_number": at} for at, event in enumerate(events)]


def _item_events(item: Item, pieces: Sequence[str]) -> Iterator[Item]:
    """Yield the events of one item, without its place."""
    named = {"item_id": item["id"]}
    started = {**item, "status": "in_progress"}
    if item["type"] == "reasoning":
        yield {"type": "response.output_item.added", "item": {**started, "summary": []}}
        kind, place = "response.reasoning_summary_text", {"summary_index": 0}
        part = {"type": "response.reasoning_summary_part.added", **place, **named}
        yield {**part, "part": {"type": "summary_text", "text": ""}}
    elif item["type"] == "message":
        yield {"type": "response.output_item.added", "item": {**started, "content": []}}
        kind, place = "response.output_text", {"content_index": 0}
        empty = {"type": "output_text", "text": "", "annotations": []}
        yield {"type": "response.content_part.added", **place, **named, "part": empty}
    else:
        yield {"type": "response.output_item.added", "item": {**started, "arguments": ""}}
        kind, place = "response.function_call_arguments", {}
    for piece in pieces:
        yield {"type": f"{kind}.delta", **place, **named, "delta": piece}
    whole = "".join(pieces)
    field = "arguments" if item["type"] == "function_call" else "text"
    yield {"type": f"{kind}.done", **place, **named, field: whole}
    if item["type"] == "message":
        part = {"type": "response.content_part.done", **place, **named}
        yield {**part, "part": item["content"][0]}
    elif item["type"] == "reasoning":
        part = {"type": "response.reasoning_summary_part.done", **place, **named}
        yield {**part, "part": item["summary"][0]}
    yield {"type": "response.output_item.done", "item": item}
