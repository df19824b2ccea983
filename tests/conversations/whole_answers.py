"""Answers of the scripted models to who does not stream: one JSON object each."""

from __future__ import annotations

from typing import Any

from tests.executor.provider_forms import Spoken

REFUSED_TEXT = "refuse "
"""Begins the texts of which no vector is made."""
NUMBERS = (0.1, -0.006929283495992422, 1e-7, 1, -2.5)


def chat_answer(spoken: Spoken) -> dict[str, Any]:
    """Return an answer in OpenAI's chat form."""
    message: dict[str, Any] = {"role": "assistant", "content": "".join(spoken.words) or None}
    if spoken.reasoning:
        message["reasoning_content"] = "".join(spoken.reasoning)
    if spoken.calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.tool, "arguments": call.input_text},
            }
            for call in spoken.calls
        ]
    reason = "tool_calls" if spoken.calls else "stop"
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": spoken.prompt_tokens,
            "completion_tokens": spoken.answer_tokens,
            "total_tokens": spoken.prompt_tokens + spoken.answer_tokens,
        },
    }


def vectors_of(request: dict[str, Any]) -> dict[str, Any]:
    """Return vectors of the texts of a request, in OpenAI's form."""
    rows = [
        {
            "object": "embedding",
            "index": at,
            "embedding": [
                number + len(text) for number in NUMBERS[: request.get("dimensions", len(NUMBERS))]
            ],
        }
        for at, text in enumerate(request["input"])
    ]
    tokens = 3 * len(rows)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": rows, "model": request["model"], "usage": usage}
