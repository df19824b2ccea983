"""Reads answers in the form of Cohere's chat API, version 2.

LiteLLM's own reader of it finds neither calls nor the end of an answer
(https://docs.cohere.com/docs/tool-use-streaming).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.executor.adapters.litellm.chunks import WRONG_FORM, index_of, text_of, wrong_form
from services.executor.adapters.litellm.finish import finish_reason
from services.executor.adapters.litellm.provider_errors import ProviderSaidError, error_in
from services.executor.adapters.litellm.usage import cohere_usage
from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)

# What a model means to do with its calls; Cohere takes it back under this name.
TOOL_PLAN = "tool_plan"
CALL_EVENTS = {"tool-call-start", "tool-call-delta"}


def cohere_deltas(event: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[ModelDelta]:
    """Yield what an event carries.

    Args:
        event: as received.
        names: keys of tools by the names the provider uses, where they differ.

    Raises:
        MalformedChunkError: it is malformed.
        AnswerBrokenOffError: it says that the answer is incomplete.
        ProviderSaidError: it carries an error.
    """
    try:
        delta = event.get("delta") or {}
        if said := delta.get("error"):
            raise ProviderSaidError(text_of(said), 500)
        if not event.get("type"):
            raise error_in(event) or wrong_form()
        message = delta.get("message") or {}
        yield from _said(message)
        if event.get("type") in CALL_EVENTS:
            yield _call(event.get("index"), message["tool_calls"], names)
        if usage := delta.get("usage"):
            yield UsageReport(cohere_usage(usage))
        if word := delta.get("finish_reason"):
            yield Finished(finish_reason(text_of(word)))
    except WRONG_FORM:
        raise wrong_form() from None


def _said(message: Mapping[str, Any]) -> Iterator[ModelDelta]:
    if plan := message.get(TOOL_PLAN):
        yield ReasoningPiece(text_of(plan), name=TOOL_PLAN)
    if content := message.get("content"):
        if thought := content.get("thinking"):
            yield ReasoningPiece(text_of(thought))
        if text := content.get("text"):
            yield TextPiece(text_of(text))


def _call(index: Any, call: Mapping[str, Any], names: Mapping[str, str]) -> CallPiece:
    function = call.get("function") or {}
    name = text_of(function.get("name"))
    return CallPiece(
        index_of(index),
        text_of(call.get("id")),
        names.get(name, name),
        text_of(function.get("arguments")),
    )
