"""Random answers in the forms of Anthropic, Gemini, Bedrock, Cohere and OpenAI's Responses."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.executor.answers_said import Json, Said, Stream, in_runs, split, written
from tests.executor.provider_forms import Call, Spoken
from tests.executor.responses_form import responses_answer, responses_events


def anthropic(rng: Random, answer: Said) -> Stream:
    """Write an answer as Anthropic streams it."""
    usage = {"input_tokens": answer.prompt, "output_tokens": 1}
    start = {"id": "m", "type": "message", "role": "assistant", "content": [], "usage": usage}
    events: list[Any] = [{"type": "message_start", "message": {**start, "model": "claude"}}]
    at = itertools.count()

    def block(begin: Json, deltas: Sequence[Json]) -> None:
        index = next(at)
        events.append({"type": "content_block_start", "index": index, "content_block": begin})
        for delta in deltas:
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
            if rng.random() < 0.1:
                events.append({"type": "ping"})
        events.append({"type": "content_block_stop", "index": index})

    if answer.thoughts:
        thoughts = [{"type": "thinking_delta", "thinking": each} for each in answer.thoughts]
        block(
            {"type": "thinking", "thinking": "", "signature": ""},
            [*thoughts, {"type": "signature_delta", "signature": "proof"}],
        )
    for words in in_runs(rng, answer.words):
        block({"type": "text", "text": ""}, [{"type": "text_delta", "text": w} for w in words])
    for n, (tool, value) in enumerate(answer.calls):
        parts = ["", *split(rng, written(rng, value))]
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
        block({"type": "tool_use", "id": f"toolu_{n}", "name": tool, "input": {}}, deltas)
    reason = "tool_use" if answer.calls else "end_turn"
    ends_at = len(events)
    delta = {"stop_reason": reason, "stop_sequence": None}
    counts = {"output_tokens": answer.output}
    events.append({"type": "message_delta", "delta": delta, "usage": counts})
    events.append({"type": "message_stop"})
    return Stream(events, ends_at)


def gemini(rng: Random, answer: Said) -> Stream:
    """Write an answer as Gemini streams it."""
    parts: list[Json] = [{"text": each, "thought": True} for each in answer.thoughts]
    parts += [{"text": each} for each in answer.words]
    for n, (tool, value) in enumerate(answer.calls):
        call: Json = {"name": tool, "args": value}
        if rng.random() < 0.5:
            call["id"] = f"g{n}"
        parts.append({"functionCall": call})
    usage = {"promptTokenCount": answer.prompt, "candidatesTokenCount": answer.output}
    total = {**usage, "totalTokenCount": answer.prompt + answer.output}
    groups = in_runs(rng, parts)
    events: list[Any] = []
    for group in groups:
        candidate = {"content": {"role": "model", "parts": list(group)}, "index": 0}
        events.append({"candidates": [candidate], "modelVersion": "g"})
        if rng.random() < 0.5:
            events[-1]["usageMetadata"] = total
    if not events or rng.random() < 0.7:
        content = {"role": "model", "parts": [{"text": ""}]}
        events.append({"candidates": [{"content": content, "index": 0}]})
    events[-1]["candidates"][0]["finishReason"] = "STOP"
    events[-1]["usageMetadata"] = total
    return Stream(events, len(events) - 1)


def spoken(rng: Random, answer: Said) -> Spoken:
    """Return an answer with the inputs of its calls in pieces."""
    calls = [
        Call(f"c{at}", tool, split(rng, written(rng, value)))
        for at, (tool, value) in enumerate(answer.calls)
    ]
    return Spoken(
        words=answer.words,
        calls=calls,
        reasoning=answer.thoughts,
        prompt_tokens=answer.prompt,
        answer_tokens=answer.output,
    )


def responses(rng: Random, answer: Said) -> Stream:
    """Write an answer as OpenAI streams it in the Responses form, or a server like it."""
    events: list[Json] = responses_events(spoken(rng, answer))
    manner = rng.choice(("all", "all", "few", "items", "end"))
    if manner == "few":  # only what an answer is made of
        kept = ("delta", "item.added", "item.done", "completed")
        events = [event for event in events if event["type"].endswith(kept)]
    elif manner == "items":  # an item at a time
        events = [event for event in events if event["type"].endswith(("item.done", "completed"))]
    elif manner == "end":
        events = events[-1:]
    ends_at = len(events) - 1
    return Stream([*events, *rng.choice(([], ["[DONE]"]))], ends_at)


def responses_whole(rng: Random, answer: Said) -> Stream:
    """Write an answer as the one body of a server that does not stream."""
    return Stream([responses_answer(spoken(rng, answer))], 0, is_whole=True)


def converse(rng: Random, answer: Said) -> Stream:
    """Write an answer as Bedrock streams it: events by their names."""
    at = itertools.count()
    events: list[Any] = [{"messageStart": {"role": "assistant"}}]

    def block(begin: Json | None, deltas: Sequence[Json]) -> None:
        place = {"contentBlockIndex": next(at)}
        if begin is not None:
            events.append({"contentBlockStart": {**place, "start": begin}})
        events.extend({"contentBlockDelta": {**place, "delta": delta}} for delta in deltas)
        events.append({"contentBlockStop": place})

    if answer.thoughts:
        thoughts = [{"reasoningContent": {"text": each}} for each in answer.thoughts]
        block(None, [*thoughts, {"reasoningContent": {"signature": "proof"}}])
    for words in in_runs(rng, answer.words):
        block(rng.choice((None, {})), [{"text": word} for word in words])
    for n, (tool, value) in enumerate(answer.calls):
        pieces = split(rng, written(rng, value))
        begin = {"toolUse": {"toolUseId": f"tooluse_{n}", "name": tool}}
        block(begin, [{"toolUse": {"input": piece}} for piece in pieces])
    reason = "tool_use" if answer.calls else "end_turn"
    ends_at = len(events)
    events.append({"messageStop": {"stopReason": reason}})
    usage = {"inputTokens": answer.prompt, "outputTokens": answer.output}
    events.append({"metadata": {"usage": usage, "metrics": {"latencyMs": 1}}})
    return Stream(events, ends_at)


def cohere(rng: Random, answer: Said) -> Stream:
    """Write an answer as Cohere streams it."""
    at = itertools.count()
    events: list[Any] = [{"type": "message-start", "id": "m", "delta": {"message": {}}}]

    def item(kind: str, said: Sequence[Json]) -> None:
        place = {"index": next(at)}
        names = ["start", *["delta"] * (len(said) - 1)]
        for name, message in zip(names, said, strict=True):
            events.append({"type": f"{kind}-{name}", **place, "delta": {"message": message}})
        events.append({"type": f"{kind}-end", **place})

    for name, words in (("thinking", answer.thoughts), ("text", answer.words)):
        for run in in_runs(rng, words):
            begun: Json = {"content": {"type": name, name: ""}}
            item("content", [begun, *({"content": {name: word}} for word in run)])
    for n, (tool, value) in enumerate(answer.calls):
        begun = {"id": f"c{n}", "type": "function", "function": {"name": tool, "arguments": ""}}
        pieces = split(rng, written(rng, value))
        more = [{"tool_calls": {"function": {"arguments": piece}}} for piece in pieces]
        item("tool-call", [{"tool_calls": begun}, *more])
    reason = "TOOL_CALL" if answer.calls else "COMPLETE"
    tokens = {"input_tokens": answer.prompt, "output_tokens": answer.output}
    end = {"finish_reason": reason, "usage": {"tokens": tokens}}
    events.append({"type": "message-end", "delta": end})
    return Stream(events, len(events) - 1)
