"""Reads answers in the form of OpenAI's chat completions, as compatible servers really write it.

What OpenAI does not send, and others do, with those that were seen to do so:

- Inputs of calls that are objects instead of text: llama.cpp, MiniMax, Ollama.
- Parts of a text as a list, some of them thoughts: Mistral.
- Reasoning under ``reasoning``: OpenRouter, Groq, vLLM.
- A call as ``function_call``, OpenAI's form of 2023.
- A ``message`` at the end of a stream, which repeats what the deltas said, or instead of them, or
  beside each with all so far: Perplexity.
- What is signed: ``reasoning_details`` of OpenRouter and Vercel, ``thinking_blocks`` of LiteLLM's
  proxy, and of calls ``extra_content`` of Google and ``provider_specific_fields`` of LiteLLM.
- Token counts in a choice: Moonshot; in ``x_groq``: Groq.
- Calls, then ``[DONE]`` without a finish reason. Text that ends so is incomplete all the same:
  nothing else tells whether all of it arrived.
- Errors as an object, a list, a text, ``{"object": "error"}``, ``{"message"}``, ``{"detail"}`` or,
  from MiniMax, ``{"base_resp"}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from services.executor.adapters.litellm.chunks import (
    WRONG_FORM,
    index_of,
    text_of,
    thinking_of,
    wrong_form,
)
from services.executor.adapters.litellm.finish import finish_reason
from services.executor.adapters.litellm.provider_errors import error_in
from services.executor.adapters.litellm.reasoning_details import REASONING_DETAILS, ReasoningDetails
from services.executor.adapters.litellm.usage import openai_usage
from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.conversation import FinishReason

# What servers call the reasoning, the first one that an answer has.
REASONING_NAMES = ("reasoning_content", "reasoning")
THINKING_BLOCKS = "thinking_blocks"


class OpenAIChunks:
    """Reads the chunks of one answer.

    Args:
        names: keys of tools by the names the provider uses, where they differ.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._seen: set[type] = set()
        self._details = ReasoningDetails()

    def __repr__(self) -> str:
        return f"OpenAIChunks({', '.join(sorted(kind.__name__ for kind in self._seen))})"

    def deltas(self, chunk: Mapping[str, Any]) -> Iterator[ModelDelta]:
        """Yield what a ``chat.completion.chunk`` carries, or a whole ``chat.completion``.

        Raises:
            MalformedChunkError: it is malformed.
            AnswerBrokenOffError: it says that the answer is incomplete.
            ProviderSaidError: it carries an error.
        """
        try:
            if error := error_in(chunk):
                raise error
            for choice in chunk.get("choices") or ():
                if (choice.get("index") or 0) == 0:
                    yield from self._choice(choice)
                    if usage := choice.get("usage"):
                        yield UsageReport(openai_usage(usage))
            if usage := chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage"):
                yield UsageReport(openai_usage(usage))
        except WRONG_FORM:
            raise wrong_form() from None

    def done(self) -> Iterator[ModelDelta]:
        """Yield what the server's word that its answer is done adds to it."""
        if CallPiece in self._seen and Finished not in self._seen:
            yield self._noted(Finished(FinishReason.OTHER))

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[ModelDelta]:
        for piece in self._pieces(choice.get("delta") or {}):
            yield self._noted(piece)
        before = frozenset(self._seen)
        for piece in self._pieces(choice.get("message") or {}):
            if type(piece) not in before:
                yield self._noted(piece)
        if word := choice.get("finish_reason"):
            if details := self._details.piece():
                yield details
            yield self._noted(Finished(finish_reason(text_of(word))))

    def _pieces(self, said: Mapping[str, Any]) -> Iterator[ModelDelta]:
        self._details.feed(said.get(REASONING_DETAILS) or ())
        yield from _reasoning(said)
        if content := said.get("content"):
            yield from _content(content)
        if refusal := said.get("refusal"):
            yield TextPiece(_text(refusal))
        for call in said.get("tool_calls") or ():
            yield self._call(call.get("function") or {}, call)
        if function := said.get("function_call"):
            yield self._call(function, {"index": 0})

    def _call(self, function: Mapping[str, Any], call: Mapping[str, Any]) -> CallPiece:
        name, written = text_of(function.get("name")), function.get("arguments")
        if isinstance(written, dict):
            written = json.dumps(written, ensure_ascii=False)
        key = self._names.get(name, name)
        index, call_id = index_of(call.get("index")), text_of(call.get("id"))
        return CallPiece(index, call_id, key, text_of(written), _signature(call))

    def _noted(self, delta: ModelDelta) -> ModelDelta:
        self._seen.add(type(delta))
        return delta


def _reasoning(said: Mapping[str, Any]) -> Iterator[ReasoningPiece]:
    """Yield reasoning, with what proves it if that is there."""
    if blocks := said.get(THINKING_BLOCKS):
        yield from (thinking_of(block, THINKING_BLOCKS) for block in blocks)
        return
    for name in REASONING_NAMES:
        if reasoning := said.get(name):
            yield ReasoningPiece(_text(reasoning), name=name)
            return


def _content(content: Any) -> Iterator[ModelDelta]:
    """Yield a text, or the parts of one: those that think, and those that are said."""
    if not isinstance(content, list):
        yield TextPiece(text_of(content))
        return
    for part in content:
        if part["type"] == "thinking":
            yield ReasoningPiece(_text(part["thinking"]))
        elif part["type"] == "text":
            yield TextPiece(text_of(part["text"]))


def _signature(call: Mapping[str, Any]) -> str:
    """Return what must come back with a call: Gemini's, through Google's or LiteLLM's servers."""
    google = (call.get("extra_content") or {}).get("google") or {}
    fields = call.get("provider_specific_fields") or {}
    return text_of(google.get("thought_signature") or fields.get("thought_signature"))


def _text(content: Any) -> str:
    """Return a text, which some providers send as a list of parts."""
    if isinstance(content, list):
        return "".join(text_of(part["text"]) for part in content if part["type"] == "text")
    return text_of(content)
