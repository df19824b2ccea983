"""The streaming forms of three providers: the same answer in the chunks of each."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.executor import fake_provider as openai

Chunks = list[Any]


@dataclass(frozen=True)
class Call:
    """A tool call; ``pieces`` are its input, in the pieces in which it is streamed."""

    id: str
    tool: str
    pieces: Sequence[str]

    @property
    def input_text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True)
class Spoken:
    """What the model says: words of reasoning and of text, then calls."""

    words: Sequence[str] = ()
    calls: Sequence[Call] = ()
    reasoning: Sequence[str] = ()
    prompt_tokens: int = 11
    answer_tokens: int = 7


@dataclass(frozen=True)
class Form:
    """How one provider streams.

    ``variables`` are the environment in which LiteLLM finds it, by what comes before the port's
    path; ``chunks`` writes an answer.
    """

    name: str
    model: str
    key_variable: str
    address_variable: str
    path: str
    chunks: Callable[[Spoken], Chunks] = field(repr=False)

    def environment(self, url: str) -> dict[str, str]:
        root = url.removesuffix("/v1")
        return {self.key_variable: "sk-test-123456789", self.address_variable: root + self.path}


def openai_chunks(spoken: Spoken) -> Chunks:
    reasoning = [openai.chunk({"reasoning_content": word}) for word in spoken.reasoning]
    texts = [openai.chunk({"content": word}) for word in spoken.words]
    calls: Chunks = []
    for index, call in enumerate(spoken.calls):
        calls.append(openai.call(index, call.id, call.tool, ""))
        calls += [openai.call(index, None, None, piece) for piece in call.pieces]
    reason = "tool_calls" if spoken.calls else "stop"
    counts = openai.usage(spoken.prompt_tokens, spoken.answer_tokens)
    return [
        openai.chunk({"role": "assistant", "content": ""}),
        *reasoning,
        *texts,
        *calls,
        openai.finish(reason),
        counts,
    ]


def anthropic_chunks(spoken: Spoken) -> Chunks:
    start: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "claude",
        "stop_reason": None,
        "usage": {"input_tokens": spoken.prompt_tokens, "output_tokens": 1},
    }
    chunks: Chunks = [{"type": "message_start", "message": start}]
    index = itertools.count()

    def block(begin: dict[str, Any], deltas: Sequence[dict[str, Any]]) -> None:
        at = next(index)
        chunks.append({"type": "content_block_start", "index": at, "content_block": begin})
        chunks.extend(
            {"type": "content_block_delta", "index": at, "delta": delta} for delta in deltas
        )
        chunks.append({"type": "content_block_stop", "index": at})

    if spoken.reasoning:
        thoughts = [{"type": "thinking_delta", "thinking": word} for word in spoken.reasoning]
        signed = {"type": "signature_delta", "signature": "proof"}
        block({"type": "thinking", "thinking": ""}, [*thoughts, signed])
    if spoken.words:
        texts = [{"type": "text_delta", "text": word} for word in spoken.words]
        block({"type": "text", "text": ""}, texts)
    for call in spoken.calls:
        begin = {"type": "tool_use", "id": call.id, "name": call.tool, "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in call.pieces]
        block(begin, deltas)
    reason = "tool_use" if spoken.calls else "end_turn"
    chunks.append(
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": spoken.answer_tokens},
        }
    )
    chunks.append({"type": "message_stop"})
    return [f"event: {chunk['type']}\ndata: {json.dumps(chunk)}\n\n" for chunk in chunks]


def gemini_chunks(spoken: Spoken) -> Chunks:
    def chunk(parts: list[dict[str, Any]], finish: str | None = None) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if finish is None:
            return {"candidates": [candidate], "modelVersion": "gemini"}
        candidate["finishReason"] = finish
        counts = {
            "promptTokenCount": spoken.prompt_tokens,
            "candidatesTokenCount": spoken.answer_tokens,
            "totalTokenCount": spoken.prompt_tokens + spoken.answer_tokens,
        }
        return {"candidates": [candidate], "modelVersion": "gemini", "usageMetadata": counts}

    thoughts = [chunk([{"text": word, "thought": True}]) for word in spoken.reasoning]
    texts = [chunk([{"text": word}]) for word in spoken.words]
    calls = [
        chunk([{"functionCall": {"name": call.tool, "args": json.loads(call.input_text)}}])
        for call in spoken.calls
    ]
    return [*thoughts, *texts, *calls, chunk([{"text": ""}], "STOP")]


OPENAI = Form(
    "openai", "openai/gpt-4o-mini", "OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1", openai_chunks
)
ANTHROPIC = Form(
    "anthropic",
    "anthropic/claude-sonnet-4-5",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "",
    anthropic_chunks,
)
GEMINI = Form(
    "gemini", "gemini/gemini-2.5-pro", "GEMINI_API_KEY", "GEMINI_API_BASE", "", gemini_chunks
)
FORMS = (OPENAI, ANTHROPIC, GEMINI)
