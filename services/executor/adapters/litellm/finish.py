"""Maps the providers' finish reasons.

LiteLLM maps every reason that it does not know, and some that mean failure, to "stop": an answer
that the provider broke off would look complete. So the reason is taken from the raw chunk.
LiteLLM's mapping is used only where it knows more: for Anthropic's and Gemini's answers that call
tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.executor.conversation import FinishReason

_STOP = (
    *("stop", "STOP", "end_turn", "stop_sequence", "eos", "eos_token", "COMPLETE"),
    "STOP_SEQUENCE",
)
_LENGTH = ("length", "max_tokens", "MAX_TOKENS", "model_length", "model_context_window_exceeded")
_CALLS = ("tool_calls", "function_call", "tool_use", "TOOL_CALL")
_FILTERED = (
    *("content_filter", "content_filtered", "refusal", "sensitive", "guardrail_intervened"),
    *("ERROR_TOXIC", "MODEL_ARMOR"),
    *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"),
    *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
)
FINISH_REASONS = {
    **dict.fromkeys(_STOP, FinishReason.STOP),
    **dict.fromkeys(_LENGTH, FinishReason.LENGTH),
    **dict.fromkeys(_CALLS, FinishReason.TOOL_CALLS),
    **dict.fromkeys(_FILTERED, FinishReason.CONTENT_FILTER),
}
# These end an attempt, not an answer: the provider failed, or cannot pass on what the model wrote.
BROKEN = {
    *("abort", "error", "ERROR", "insufficient_system_resource", "network_error"),
    *("MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "malformed_model_output"),
    *("malformed_tool_use", "TIMEOUT", "TOO_MANY_TOOL_CALLS", "UNEXPECTED_TOOL_CALL"),
}


class AnswerBrokenOffError(Exception):
    """The provider says that the answer is incomplete; ``word`` is its finish reason."""

    def __init__(self, word: str) -> None:
        super().__init__(f'the model broke its answer off, with "{word}".')


def finish_reason(word: str) -> FinishReason:
    """Return what a provider's finish reason means, OTHER if unknown.

    Raises:
        AnswerBrokenOffError: it means that the answer is incomplete.
    """
    if word in BROKEN:
        raise AnswerBrokenOffError(word)
    return FINISH_REASONS.get(word, FinishReason.OTHER)


def finish_reason_by(chunk: Mapping[str, Any], litellm_word: str) -> FinishReason | None:
    """Return why the model stopped, from a chunk and LiteLLM's reading of it.

    None if the chunk has no finish reason, and LiteLLM made one up.

    Raises:
        AnswerBrokenOffError: the answer is incomplete.
    """
    word = _word_in(chunk)
    if word is None:
        return None
    said, by_litellm = finish_reason(word), finish_reason(litellm_word)
    known_better = {FinishReason.STOP, FinishReason.TOOL_CALLS}
    return by_litellm if {said, by_litellm} <= known_better else said


def _word_in(chunk: Mapping[str, Any]) -> str | None:
    """Return the finish reason, from where Gemini or Anthropic puts it."""
    blocked = (chunk.get("promptFeedback") or {}).get("blockReason")
    words = [
        *(candidate.get("finishReason") for candidate in (chunk.get("candidates") or ())[:1]),
        (chunk.get("delta") or {}).get("stop_reason"),
        "content_filter" if blocked else None,
    ]
    return next((str(word) for word in words if word), None)
