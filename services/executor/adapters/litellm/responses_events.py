"""Reads the events of OpenAI's Responses form.

LiteLLM skips events that are not JSON, so that a part of an answer could be lost in silence, reads
inputs of calls from their deltas only, and keeps no words of an error that is an event by itself
(https://platform.openai.com/docs/api-reference/responses-streaming).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.executor.adapters.litellm.chunks import WRONG_FORM, index_of, text_of, wrong_form
from services.executor.adapters.litellm.finish import AnswerBrokenOffError
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

TEXTS: Final = {"response.output_text.delta", "response.refusal.delta"}
THOUGHTS: Final = {"response.reasoning_summary_text.delta", "response.reasoning_text.delta"}
INPUT: Final = "response.function_call_arguments.delta"
ENDS: Final = {"response.completed", "response.incomplete", "response.failed", "response.cancelled"}


class ResponsesEvents:
    """Reads the events of one answer.

    Args:
        names: keys of tools by the names the provider uses, where they differ.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._begun: set[Any] = set()  # places of calls
        self._said: set[Any] = set()  # places of items of which anything was read

    def __repr__(self) -> str:
        return f"ResponsesEvents(items={len(self._said)})"

    def deltas(self, event: Mapping[str, Any]) -> Iterator[ModelDelta]:
        """Yield what an event carries, or a whole answer.

        Raises:
            MalformedChunkError: it is malformed.
            AnswerBrokenOffError: it says that the answer is incomplete.
            ProviderSaidError: it is an error.
        """
        try:
            kind = event.get("type")
            if kind in ENDS:
                yield from self._end(event["response"])
            elif event.get("object") == "response":
                yield from self._end(event)
            elif kind == "error" or not isinstance(kind, str):
                raise error_in(event) or wrong_form()
            else:
                yield from self._part(kind, event)
        except WRONG_FORM:
            raise wrong_form() from None

    def _part(self, kind: str, event: Mapping[str, Any]) -> Iterator[ModelDelta]:
        at = event.get("output_index", event.get("item_id"))
        if kind in TEXTS or kind in THOUGHTS or kind == INPUT:
            if said := text_of(event["delta"]):
                self._said.add(at)
                yield _piece(kind, at, said)
        elif kind in ("response.output_item.added", "response.output_item.done"):
            item = event["item"]
            at = event.get("output_index", item.get("id"))
            if item["type"] == "function_call" or kind.endswith("done"):
                yield from self._whole(at, item)

    def _call(self, at: Any, item: Mapping[str, Any]) -> Iterator[ModelDelta]:
        """Yield a call once, and its input unless that was read in pieces."""
        name, written = text_of(item["name"]), text_of(item.get("arguments"))
        if at not in self._begun:
            self._begun.add(at)
            key = self._names.get(name, name)
            yield CallPiece(_index(at), text_of(item.get("call_id")), key, "")
        if written and at not in self._said:
            self._said.add(at)
            yield CallPiece(_index(at), "", "", written)

    def _whole(self, at: Any, item: Mapping[str, Any]) -> Iterator[ModelDelta]:
        """Yield what was not read in pieces of an item."""
        if item["type"] == "function_call":
            yield from self._call(at, item)
            return
        if at in self._said:
            return
        self._said.add(at)
        for part in item.get("summary") or item.get("content") or ():
            said = text_of(part.get("text") or part.get("refusal"))
            if said and item["type"] == "message":
                yield TextPiece(said)
            elif said and item["type"] == "reasoning":
                yield ReasoningPiece(said)

    def _end(self, answer: Mapping[str, Any]) -> Iterator[ModelDelta]:
        if said := error_in({"error": answer.get("error")}):
            raise said
        if (status := answer.get("status")) not in ("completed", "incomplete"):
            raise AnswerBrokenOffError(text_of(status))
        if not self._said and not self._begun:
            for at, item in enumerate(answer.get("output") or ()):
                yield from self._whole(at, item)
        if usage := answer.get("usage"):
            yield UsageReport(openai_usage(usage))
        yield Finished(self._reason(answer))

    def _reason(self, answer: Mapping[str, Any]) -> FinishReason:
        if answer["status"] == "incomplete":
            why = (answer.get("incomplete_details") or {}).get("reason")
            filtered = why == "content_filter"
            return FinishReason.CONTENT_FILTER if filtered else FinishReason.LENGTH
        return FinishReason.TOOL_CALLS if self._begun else FinishReason.STOP


def _piece(kind: str, at: Any, said: str) -> ModelDelta:
    if kind in TEXTS:
        return TextPiece(said)
    return ReasoningPiece(said) if kind in THOUGHTS else CallPiece(_index(at), "", "", said)


def _index(at: Any) -> int | None:
    """Return the place of a call; None if only the id of its item tells it."""
    return None if isinstance(at, str) else index_of(at)
