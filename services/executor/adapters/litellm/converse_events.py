"""Reads the events of Bedrock's ConverseStream, each an object with one member, by its name.

LiteLLM says of every reason to stop that it does not know that the answer is complete
(https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.executor.adapters.litellm.chunks import WRONG_FORM, index_of, text_of, wrong_form
from services.executor.adapters.litellm.finish import finish_reason
from services.executor.adapters.litellm.provider_errors import ProviderSaidError, error_in
from services.executor.adapters.litellm.usage import converse_usage
from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.conversation import FinishReason

# The tool by which LiteLLM asks for an answer that fits a schema: its input is the answer.
ANSWER_TOOL: Final = "json_tool_call"
STATUSES: Final = {
    "accessDeniedException": 403,
    "modelTimeoutException": 408,
    "resourceNotFoundException": 404,
    "serviceUnavailableException": 503,
    "throttlingException": 429,
    "validationException": 400,
}


class ConverseEvents:
    """Reads the events of one answer.

    Args:
        names: keys of tools by the names the provider uses, where they differ.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._answers: set[Any] = set()  # indexes of blocks that are calls of ANSWER_TOOL
        self._calls = 0

    def __repr__(self) -> str:
        return f"ConverseEvents(calls={self._calls})"

    def deltas(self, event: Mapping[str, Any]) -> Iterator[ModelDelta]:
        """Yield what an event carries.

        Raises:
            MalformedChunkError: it is malformed.
            AnswerBrokenOffError: it says that the answer is incomplete.
            ProviderSaidError: it is an exception.
        """
        try:
            for name, body in event.items():
                if name.endswith("Exception"):
                    said = text_of(body.get("message")) or name
                    raise ProviderSaidError(said, STATUSES.get(name, 500), name)
                if not isinstance(body, dict):
                    raise error_in(event) or TypeError(type(body))
                yield from self._event(name, body)
        except WRONG_FORM:
            raise wrong_form() from None

    def _event(self, name: str, body: Mapping[str, Any]) -> Iterator[ModelDelta]:
        at = body.get("contentBlockIndex")
        if name == "contentBlockStart":
            yield from self._start(at, body.get("start") or {})
        elif name == "contentBlockDelta":
            yield from self._delta(at, body["delta"])
        elif name == "messageStop":
            yield Finished(self._reason(text_of(body["stopReason"])))
        elif name == "metadata" and (usage := body.get("usage")):
            yield UsageReport(converse_usage(usage))

    def _start(self, at: Any, start: Mapping[str, Any]) -> Iterator[ModelDelta]:
        if call := start.get("toolUse"):
            name = text_of(call["name"])
            if name == ANSWER_TOOL:
                self._answers.add(at)
                return
            self._calls += 1
            key = self._names.get(name, name)
            yield CallPiece(index_of(at), text_of(call["toolUseId"]), key, "")
        if thought := start.get("reasoningContent"):
            yield _thought(thought)

    def _delta(self, at: Any, delta: Mapping[str, Any]) -> Iterator[ModelDelta]:
        if text := delta.get("text"):
            yield TextPiece(text_of(text))
        if call := delta.get("toolUse"):
            written = text_of(call.get("input"))
            is_answer = at in self._answers
            yield TextPiece(written) if is_answer else CallPiece(index_of(at), "", "", written)
        if thought := delta.get("reasoningContent"):
            yield _thought(thought)

    def _reason(self, word: str) -> FinishReason:
        reason = finish_reason(word)
        is_answer = reason is FinishReason.TOOL_CALLS and self._answers and not self._calls
        return FinishReason.STOP if is_answer else reason


def _thought(thought: Mapping[str, Any]) -> ReasoningPiece:
    return ReasoningPiece(
        text_of(thought.get("text")),
        text_of(thought.get("signature")),
        text_of(thought.get("redactedContent")),
    )
