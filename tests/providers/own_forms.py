"""Answers in the forms of Anthropic, Gemini, Cohere and OpenAI's Responses."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from tests.executor.provider_forms import Spoken
from tests.executor.responses_form import responses_events as said_by_openai
from tests.providers.facts import Facts, Stop

Event = dict[str, Any]


def named(events: Iterator[Event]) -> list[str]:
    """Return events under their types, as Anthropic, Cohere and OpenAI send them."""
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]


def anthropic_events(facts: Facts, spoken: Spoken, stop: Stop) -> list[str]:
    """Return the events of an answer."""
    return named(_anthropic(facts, spoken, stop))


def _anthropic(facts: Facts, spoken: Spoken, stop: Stop) -> Iterator[Event]:
    usage = {**facts.counts, "cache_creation_input_tokens": 0, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
    begun = {"model": "claude", "stop_reason": None, "stop_sequence": None, "usage": usage}
    yield {"type": "message_start", "message": {**message, **begun}}
    yield {"type": "ping"}
    for at, (begin, deltas) in enumerate(_anthropic_blocks(facts, spoken)):
        yield {"type": "content_block_start", "index": at, "content_block": begin}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": at, "delta": delta}
        yield {"type": "content_block_stop", "index": at}
    delta = {"stop_reason": facts.stops[stop], "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": facts.counts}
    yield {"type": "message_stop"}


def _anthropic_blocks(facts: Facts, spoken: Spoken) -> Iterator[tuple[Event, list[Event]]]:
    if spoken.reasoning:
        thoughts = [{"type": "thinking_delta", "thinking": word} for word in spoken.reasoning]
        signed = {"type": "signature_delta", "signature": "proof"}
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, signed]
        yield {"type": "redacted_thinking", "data": "sealed"}, []
    if spoken.words:
        yield (
            {"type": "text", "text": ""},
            [{"type": "text_delta", "text": word} for word in spoken.words],
        )
    for at, call in enumerate(spoken.calls):
        begin = {"type": "tool_use", "id": facts.ids.format(at), "name": call.tool, "input": {}}
        pieces = ["", *call.pieces] if call.pieces else []
        yield begin, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def gemini_events(facts: Facts, spoken: Spoken, stop: Stop) -> list[str]:
    """Return the events of an answer, each with the counts so far."""
    parts: list[Event] = [{"text": word, "thought": True} for word in spoken.reasoning]
    parts += [{"text": word} for word in spoken.words]
    for call in spoken.calls:
        parts.append({"functionCall": {"name": call.tool, "args": json.loads(call.input_text)}})
    if spoken.calls:
        parts[-len(spoken.calls)]["thoughtSignature"] = "c2ln"
    chunks = [_gemini(facts, [part], None) for part in parts]
    last = [{"text": ""}] if not spoken.calls or stop is Stop.BROKEN else []
    return [
        f"data: {json.dumps(chunk)}\r\n\r\n"
        for chunk in (*chunks, _gemini(facts, last, facts.stops[stop]))
    ]


def _gemini(facts: Facts, parts: list[Event], finish: str | None) -> Event:
    content = {"content": {"parts": parts, "role": "model"}} if parts else {}
    candidate: Event = {**content, "index": 0}
    if finish is None:
        counts = {"promptTokenCount": 100, "candidatesTokenCount": 1, "totalTokenCount": 101}
        return {"candidates": [candidate], "usageMetadata": counts, "modelVersion": "gemini"}
    candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": facts.counts, "modelVersion": "gemini"}


def cohere_events(facts: Facts, spoken: Spoken, stop: Stop) -> list[str]:
    """Return the events of an answer."""
    return named(_cohere(facts, spoken, stop))


def _cohere(facts: Facts, spoken: Spoken, stop: Stop) -> Iterator[Event]:
    blank = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}
    yield {"type": "message-start", "id": "m", "delta": {"message": blank}}
    index = itertools.count()
    for kind, words in (("thinking", spoken.reasoning), ("text", spoken.words)):
        if not words:
            continue
        at = next(index)
        yield _cohere_content("start", at, {"type": kind, kind: ""})
        for word in words:
            yield _cohere_content("delta", at, {kind: word})
        yield {"type": "content-end", "index": at}
    if spoken.calls:
        yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I will add."}}}
    for at, call in enumerate(spoken.calls):
        function = {"name": call.tool, "arguments": ""}
        begun = {"id": facts.ids.format(at), "type": "function", "function": function}
        yield _cohere_call("start", at, begun)
        for piece in call.pieces:
            yield _cohere_call("delta", at, {"function": {"arguments": piece}})
        yield {"type": "tool-call-end", "index": at}
    yield {
        "type": "message-end",
        "delta": {"finish_reason": facts.stops[stop], "usage": facts.counts},
    }


def _cohere_content(kind: str, at: int, content: Event) -> Event:
    return {"type": f"content-{kind}", "index": at, "delta": {"message": {"content": content}}}


def _cohere_call(kind: str, at: int, call: Event) -> Event:
    return {"type": f"tool-call-{kind}", "index": at, "delta": {"message": {"tool_calls": call}}}


def responses_events(facts: Facts, spoken: Spoken, stop: Stop) -> list[str]:
    """Return the events of an answer."""
    *events, last = said_by_openai(spoken)
    last["response"]["usage"] = facts.counts
    if (why := facts.stops[stop]) != "completed":
        last["type"] = "response.incomplete"
        last["response"] |= {"status": "incomplete", "incomplete_details": {"reason": why}}
    return named(iter([*events, last]))
