"""Reads answers in the form of OpenAI's chat completions, as compatible servers really write it.

What OpenAI does not send, and others do, with those that were seen to do so:

- Inputs of calls that are objects instead of text: llama.cpp, MiniMax, Ollama.
- Parts of a text as a list: Mistral. Reasoning under ``reasoning``: OpenRouter, Groq, vLLM.
- A call as ``function_call``, OpenAI's form of 2023.
- A ``message`` at the end of a stream, which repeats what the deltas said, or instead of them.
- Calls, then ``[DONE]`` without a finish reason. Text that ends so is incomplete all the same:
  nothing else tells whether all of it arrived.
- Errors as an object, a text, ``{"object": "error"}``, ``{"message"}`` or ``{"detail"}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from services.executor.adapters.litellm.chunks import WRONG_FORM, index_of, text_of, wrong_form
from services.executor.adapters.litellm.finish import finish_reason
from services.executor.adapters.litellm.provider_errors import error_in
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


class OpenAIChunks:
    """Reads the chunks of one answer.

    Args:
        names: keys of tools by the names the provider uses, where they differ.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._seen: set[type] = set()

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
            if usage := chunk.get("usage"):
                yield UsageReport(openai_usage(usage))
        except WRONG_FORM:
            raise wrong_form() from None

    def done(self) -> Iterator[ModelDelta]:
        """Yield what the server's word that its answer is done adds to it."""
        if CallPiece in self._seen and Finished not in self._seen:
            yield self._noted(Finished(FinishReason.OTHER))

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[ModelDelta]:
        before = frozenset(self._seen)
        for piece in self._pieces(choice.get("delta") or {}):
            yield self._noted(piece)
        for piece in self._pieces(choice.get("message") or {}):
            if type(piece) not in before:
                yield self._noted(piece)
        if word := choice.get("finish_reason"):
            yield self._noted(Finished(finish_reason(text_of(word))))

    def _pieces(self, said: Mapping[str, Any]) -> Iterator[ModelDelta]:
        for name in REASONING_NAMES:
            if reasoning := said.get(name):
                yield ReasoningPiece(_text(reasoning), name=name)
                break
        if content := said.get("content"):
            yield TextPiece(_text(content))
        if refusal := said.get("refusal"):
            yield TextPiece(_text(refusal))
        for call in said.get("tool_calls") or ():
            yield self._call(call.get("function") or {}, call.get("index"), call.get("id"))
        if function := said.get("function_call"):
            yield self._call(function, 0, None)

    def _call(self, function: Mapping[str, Any], index: Any, call_id: Any) -> CallPiece:
        name, written = text_of(function.get("name")), function.get("arguments")
        if isinstance(written, dict):
            written = json.dumps(written, ensure_ascii=False)
        key = self._names.get(name, name)
        return CallPiece(index_of(index), text_of(call_id), key, text_of(written))

    def _noted(self, delta: ModelDelta) -> ModelDelta:
        self._seen.add(type(delta))
        return delta


def _text(content: Any) -> str:
    """Return a text, which some providers send as a list of parts."""
    if isinstance(content, list):
        return "".join(text_of(part["text"]) for part in content if part["type"] == "text")
    return text_of(content)
