"""Random valid answers in the streaming forms of providers, mangled as servers and networks do.

Everything comes from one seed: what is said, in which manner a server writes it, where its bytes
are split, and what breaks. Manners are those that ``agent/call_pieces.py`` and
``adapters/litellm/openai_chunks.py`` list.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

TOOLS = ("add", "get_weather", "get_time", "now")
WORDS = (
    "Hello",
    " wörld",
    "\n\n",
    "data: [DONE]\n\n",
    '{"a":',
    "}",
    "👍🏽",
    "\u2028",
    " ",
    "日本",
    "\\",
)
VALUES: tuple[Any, ...] = (
    1,
    -2.5,
    True,
    None,
    "",
    "é}",
    '"\\',
    [],
    [1, {"k": "]"}],
    {},
    {"k": "{"},
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What an answer says: text, reasoning, calls with their inputs, and tokens."""

    words: Sequence[str]
    thoughts: Sequence[str]
    calls: Sequence[tuple[str, Json]]
    prompt: int
    output: int

    @property
    def text(self) -> str:
        return "".join(self.words)

    @property
    def reasoning(self) -> str:
        return "".join(self.thoughts)


@dataclass(frozen=True)
class Stream:
    """Events of a stream, the first of which that ends the answer, and what they count."""

    events: list[Any]
    ends_at: int
    counts: bool = True
    is_whole: bool = False


def said(rng: Random) -> Said:
    calls = [
        (rng.choice(TOOLS), {f"k{n}": rng.choice(VALUES) for n in range(rng.randint(1, 3))})
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3, 5)))
    ]
    calls = [(tool, {**value, "at": at}) for at, (tool, value) in enumerate(calls)]
    words = [rng.choice(WORDS) for _ in range(rng.randint(0 if calls else 1, 6))]
    thoughts = [rng.choice(WORDS) for _ in range(rng.choice((0, 0, 1, 3)))]
    return Said(words, thoughts, calls, rng.randint(1, 999), rng.randint(1, 999))


def split(rng: Random, text: str) -> list[str]:
    """Return a text in up to five pieces, none of them empty."""
    cuts = sorted({rng.randint(1, max(1, len(text) - 1)) for _ in range(rng.randint(0, 4))})
    return [text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)]) if text[a:b]]


def written(rng: Random, value: Any) -> str:
    """Return a value as JSON text, in one of the ways in which models write it."""
    return json.dumps(value, ensure_ascii=rng.random() < 0.5, separators=rng.choice(SPACED))


SPACED = ((",", ":"), (", ", ": "))


def openai(rng: Random, answer: Said) -> Stream:
    """Write an answer in OpenAI's chat form, in the manner of some server."""
    name = rng.choice(("reasoning_content", "reasoning"))
    calls = _pieces_of_calls(rng, answer.calls)
    deltas = [
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
    for words in _in_runs(rng, answer.words):
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
    groups = _in_runs(rng, parts)
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


def _in_runs(rng: Random, items: Sequence[Any]) -> list[list[Any]]:
    """Return items in runs of random lengths."""
    runs: list[list[Any]] = []
    for item in items:
        if runs and rng.random() < 0.5:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


FORMS: dict[str, Callable[[Random, Said], Stream]] = {
    "openai": openai,
    "openai, whole": openai_whole,
    "anthropic": anthropic,
    "gemini": gemini,
}
# Kinds of damage: nothing, the end of the stream, a broken connection, and events between others.
DAMAGES = ("none",) * 6 + ("cut", "broken", "error", "garbage")


@dataclass(frozen=True)
class Case:
    """One mangled answer: its pieces of bytes, and what may come of them.

    ``may_fail``: an error is right, and so is the whole answer; ``must_fail``: only an error is.
    """

    answer: Said
    pieces: Sequence[bytes]
    counts: bool
    is_whole: bool
    breaks: bool
    may_fail: bool
    must_fail: bool


def case_of(form: str, seed: int) -> Case:
    """Return the case of a seed."""
    rng = Random(f"{form} {seed}")
    answer = said(rng)
    stream = FORMS[form](rng, answer)
    damage = rng.choice(DAMAGES)
    events, must_fail = list(stream.events), False
    if damage in ("error", "garbage") and not stream.is_whole:
        at = rng.randint(0, len(events))
        events.insert(at, _BAD[form if damage == "error" else damage](rng))
        must_fail = at <= stream.ends_at
    body = json.dumps(events[0]).encode() if stream.is_whole else sse(rng, events)
    if damage in ("cut", "broken"):
        body = body[: rng.randint(0, len(body))]
    return Case(
        answer,
        pieces_of(rng, body),
        stream.counts,
        stream.is_whole,
        breaks=damage == "broken",
        may_fail=damage != "none",
        must_fail=must_fail,
    )


def _openai_error(rng: Random) -> Any:
    said = {"message": "overloaded", "code": rng.choice((429, 503, "server_error", None))}
    return rng.choice(({"error": said}, {"error": "overloaded"}, {"object": "error", **said}))


def _anthropic_error(_: Random) -> Any:
    return {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def _gemini_error(_: Random) -> Any:
    return {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}


_BAD: dict[str, Callable[[Random], Any]] = {
    "openai": _openai_error,
    "anthropic": _anthropic_error,
    "gemini": _gemini_error,
    "garbage": lambda rng: rng.choice(("<html>", "{", '{"choices": [', "null", "[]")),
}


def sse(rng: Random, events: Sequence[Any]) -> bytes:
    """Return events as bytes, in one of the ways in which servers write them."""
    end = rng.choice(("\n", "\r\n", "\r"))
    blank, plain = rng.choice(("", " ")), rng.random() < 0.5
    out = ["\ufeff"] if rng.random() < 0.1 else []
    for event in events:
        if rng.random() < 0.1:
            out.append(
                rng.choice((": keep-alive", ":", f":{end}{end}: OPENROUTER PROCESSING")) + end
            )
        if rng.random() < 0.2:
            out.append(rng.choice(("event: message", "id: 1", "retry: 3000", "x")) + end)
        if isinstance(event, str):
            lines = [event]
        else:
            indent = 1 if rng.random() < 0.05 else None
            lines = json.dumps(event, ensure_ascii=plain, indent=indent).split("\n")
        out += [f"data:{blank}{line}{end}" for line in lines]
        out.append(end * rng.choice((1, 1, 1, 2)))
    return "".join(out).encode()


def pieces_of(rng: Random, body: bytes) -> list[bytes]:
    """Return bytes as the pieces in which they arrive."""
    manner = rng.choice(("whole", "bytes", "some", "some"))
    if manner == "whole" or not body:
        return [body]
    if manner == "bytes" and len(body) < 1500:
        return [body[at : at + 1] for at in range(len(body))]
    cuts = sorted({rng.randint(0, len(body)) for _ in range(rng.randint(1, 40))})
    return [body[a:b] for a, b in itertools.pairwise([0, *cuts, len(body)])]
