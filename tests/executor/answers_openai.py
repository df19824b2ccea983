"""Random answers in OpenAI's chat form, in the manners of its servers.

They are those that ``agent/call_pieces.py`` and ``adapters/litellm/openai_chunks.py`` list.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.executor.answers_said import Json, Said, Stream, split, written


def openai(rng: Random, answer: Said) -> Stream:
    """Write an answer in OpenAI's chat form, in the manner of some server."""
    name = rng.choice(("reasoning_content", "reasoning"))
    calls = _pieces_of_calls(rng, answer.calls)
    deltas: list[Json] = [
        *({name: word} for word in answer.thoughts),
        *({"content": word} for word in answer.words),
        *({"tool_calls": each} for each in _in_lists(rng, calls)),
    ]
    usage = {"prompt_tokens": answer.prompt, "completion_tokens": answer.output}
    place = rng.choice(("last", "with finish", "each", "none"))
    events: list[Any] = [_chunk({"role": "assistant", "content": rng.choice(("", None))})]
    for delta in deltas:
        events.append(_chunk(delta))
        if rng.random() < 0.2:
            events.append(_chunk(rng.choice(({}, {"content": ""}, {"tool_calls": None}))))
        if rng.random() < 0.05:
            events.append({"choices": []})
    ends = ("tool_calls", "stop", "unknown", None) if answer.calls else ("stop", "length")
    reason = rng.choice(ends)
    ends_at = len(events)
    if reason is not None:
        last = _chunk({}, reason)
        if rng.random() < 0.1:
            last["choices"][0]["message"] = _message(answer, name)
        events.append(last)
    if place == "each":
        for event in events:
            event["usage"] = usage
    elif place == "with finish" and reason is not None:
        events[-1]["usage"] = usage
    elif place != "none":
        events.append({"choices": [], "usage": usage})
    events.append("[DONE]")
    ends_at = ends_at if reason is not None else len(events) - 1
    return Stream(events, ends_at, counts=place != "none")


def openai_whole(rng: Random, answer: Said) -> Stream:
    """Write an answer as the one body of a server that does not stream."""
    message = _message(answer, rng.choice(("reasoning_content", "reasoning")))
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": answer.prompt, "completion_tokens": answer.output}
    body = {"object": "chat.completion", "choices": [choice], "usage": usage}
    return Stream([body], 0, is_whole=True)


def _chunk(delta: Json, reason: str | None = None) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "c", "object": "chat.completion.chunk", "choices": [choice]}


def _message(answer: Said, reasoning: str) -> Json:
    calls = [
        {"id": f"c{at}", "function": {"name": tool, "arguments": json.dumps(value)}}
        for at, (tool, value) in enumerate(answer.calls)
    ]
    return {"content": answer.text, reasoning: answer.reasoning or None, "tool_calls": calls}


def _pieces_of_calls(rng: Random, calls: Sequence[tuple[str, Json]]) -> list[Json]:
    """Return the pieces of all calls in one manner, that of some server."""
    index = rng.choice(("right", "right", "none", "zero", "from one"))
    ids = rng.choice(("first", "first", "each", "none", "other in each"))
    names = rng.choice(("first", "first", "each"))
    inputs = rng.choice(("pieces", "pieces", "object", "so far", "twice", "head first"))
    if ids == "other in each" and names == "each" and (index == "none" or inputs == "twice"):
        ids = "first"
    of_calls: list[list[Json]] = []
    for at, (tool, value) in enumerate(calls):
        text = written(rng, value)
        parts: list[Any] = split(rng, text)
        if inputs == "object":
            parts = [value]
        elif inputs == "so far":
            parts = list(itertools.accumulate(parts))
        elif inputs == "twice":
            parts.append(text)
        elif inputs == "head first":
            parts.insert(0, "")
        pieces: list[Json] = []
        for n, part in enumerate(parts):
            function: Json = {"arguments": part}
            if n == 0 or names == "each":
                function["name"] = tool
            piece: Json = {"type": "function", "function": function}
            if index != "none":
                piece["index"] = {"right": at, "zero": 0, "from one": at + 1}[index]
            if ids == "other in each":
                piece["id"] = f"c{at}-{n}"
            elif ids == "each" or (ids == "first" and n == 0):
                piece["id"] = f"c{at}"
            elif rng.random() < 0.3:
                piece["id"] = rng.choice(("", None))
            pieces.append(piece)
        of_calls.append(pieces)
    if index in ("right", "from one") and inputs != "object" and rng.random() < 0.3:
        return _interleaved(rng, of_calls)
    return [piece for pieces in of_calls for piece in pieces]


def _interleaved(rng: Random, of_calls: Sequence[list[Json]]) -> list[Json]:
    """Return the first pieces of all calls in their order, then the others by any call."""
    found = [pieces[0] for pieces in of_calls]
    left = [pieces[1:] for pieces in of_calls if pieces[1:]]
    while left:
        pieces = rng.choice(left)
        found.append(pieces.pop(0))
        left = [each for each in left if each]
    return found


def _in_lists(rng: Random, pieces: Sequence[Json]) -> list[list[Json]]:
    """Return pieces as the lists of chunks, of one or two pieces each."""
    found: list[list[Json]] = []
    for piece in pieces:
        if found and len(found[-1]) == 1 and rng.random() < 0.15:
            found[-1].append(piece)
        else:
            found.append([piece])
    return found
