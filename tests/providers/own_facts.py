"""The providers that have a form of their own."""

from __future__ import annotations

from typing import Any

from tests.providers.facts import RETRY_AFTER, Facts, Fault, Form, Refusal, Stop
from tests.providers.usual_facts import BROKEN, OPENAI_ERRORS, coded


def anthropic_error(kind: str, message: str) -> dict[str, Any]:
    """Return an error in Anthropic's form."""
    return {"type": "error", "error": {"type": kind, "message": message}}


def gemini_error(code: int, status: str, message: str, *details: Any) -> dict[str, Any]:
    """Return an error in Gemini's form."""
    more = {"details": [*details]} if details else {}
    return coded(code, message, status=status, **more)


def retry_info() -> dict[str, Any]:
    """Return the detail of Gemini's errors that asks for a wait."""
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}


def quota_failure(window: str) -> dict[str, Any]:
    """Return the detail of Gemini's errors that names the limit, of a minute or of a day."""
    named = f"GenerateRequests{window}PerProjectPerModel-FreeTier"
    violations = [{"quotaId": named}]
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations}


OWN = (
    Facts(
        "openai_responses",
        "openai/gpt-5-codex",
        "https://github.com/openai/openai-python/tree/main/src/openai/types/responses",
        Form.RESPONSES,
        alias=True,
        path="/v1/responses",
        reasoning="summary",
        stops={
            Stop.END: "completed",
            Stop.CALLS: "completed",
            Stop.LENGTH: "max_output_tokens",
            Stop.FILTER: "content_filter",
        },
        counts={
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 40},
            "output_tokens": 30,
            "output_tokens_details": {"reasoning_tokens": 10},
            "total_tokens": 130,
        },
        schema="json_schema",
        errors=OPENAI_ERRORS,
        breaks={
            "type": "response.failed",
            "sequence_number": 9,
            "response": {
                "id": "resp_1",
                "object": "response",
                "created_at": 1,
                "model": "m",
                "status": "failed",
                "output": [],
                "error": {"code": "server_error", "message": BROKEN["error"]["message"]},
                "parallel_tool_calls": True,
                "tool_choice": "auto",
                "tools": [],
            },
        },
    ),
    Facts(
        "anthropic",
        "anthropic/claude-sonnet-4-5",
        "https://github.com/anthropics/anthropic-sdk-python",
        Form.ANTHROPIC,
        base="",
        path="/v1/messages",
        header="x-api-key: ",
        reasoning="thinking",
        ids="toolu_{}",
        stops={
            Stop.END: "end_turn",
            Stop.LENGTH: "max_tokens",
            Stop.CALLS: "tool_use",
            Stop.FILTER: "refusal",
        },
        counts={"input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 30},
        counted=(100, 30, 40, 0),
        schema="output_format",
        errors={
            Fault.RATE: Refusal(
                429,
                anthropic_error("rate_limit_error", "This request would exceed your rate limit"),
                RETRY_AFTER,
            ),
            Fault.KEY: Refusal(401, anthropic_error("authentication_error", "invalid x-api-key")),
            Fault.LONG: Refusal(
                400,
                anthropic_error("invalid_request_error", "prompt is too long: 9 tokens > 8"),
            ),
            # Or "Your credit balance is too low", or 402 and `billing_error`.
            Fault.CREDIT: Refusal(
                400,
                anthropic_error(
                    "invalid_request_error",
                    "You have reached your specified API usage limits. You will regain access on "
                    "2026-11-01 at 00:00 UTC.",
                ),
            ),
            Fault.BUSY: Refusal(529, anthropic_error("overloaded_error", "Overloaded")),
        },
        breaks=anthropic_error("overloaded_error", "Overloaded"),
        unconfirmed=("schema",),  # The form was renamed to `output_config.format`.
    ),
    Facts(
        "bedrock",
        "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0",
        "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html",
        Form.CONVERSE,
        base="",
        path="/model/anthropic.claude-sonnet-4-5-20250929-v1:0/converse-stream",
        reasoning="reasoningContent",
        ids="tooluse_{}",
        stops={
            Stop.END: "end_turn",
            Stop.LENGTH: "max_tokens",
            Stop.CALLS: "tool_use",
            Stop.FILTER: "guardrail_intervened",
            Stop.BROKEN: "malformed_tool_use",
        },
        counts={
            "inputTokens": 60,
            "outputTokens": 30,
            "totalTokens": 130,
            "cacheReadInputTokens": 40,
            "cacheWriteInputTokens": 0,
        },
        counted=(100, 30, 40, 0),
        schema="outputConfig.textFormat",
        errors={
            Fault.RATE: Refusal(
                429, {"message": "Too many requests, please wait before trying again."}
            ),
            Fault.KEY: Refusal(
                403, {"message": "The security token included in the request is invalid."}
            ),
            Fault.LONG: Refusal(
                400,
                {
                    "message": "The model returned the following errors: Input is too long for "
                    "requested model."
                },
            ),
            Fault.BUSY: Refusal(503, {"message": "Bedrock is unable to process your request."}),
        },
        breaks={"modelStreamErrorException": {"message": "The model stream broke"}},
        unconfirmed=("overloaded",),
    ),
    Facts(
        "gemini",
        "gemini/gemini-2.5-pro",
        "https://github.com/vercel/ai/tree/main/packages/google/src/__fixtures__",
        Form.GEMINI,
        base="/v1beta",
        path="/v1beta/models/gemini-2.5-pro:streamGenerateContent",
        header="x-goog-api-key: ",
        reasoning="thought parts",
        whole_calls=True,
        index=None,
        ids="",
        stops={
            Stop.END: "STOP",
            Stop.LENGTH: "MAX_TOKENS",
            Stop.CALLS: "STOP",
            Stop.FILTER: "SAFETY",
            Stop.BROKEN: "MALFORMED_FUNCTION_CALL",
        },
        counts={
            "promptTokenCount": 100,
            "cachedContentTokenCount": 40,
            "candidatesTokenCount": 20,
            "thoughtsTokenCount": 10,
            "totalTokenCount": 130,
        },
        schema="responseJsonSchema",
        errors={
            Fault.RATE: Refusal(
                429,
                gemini_error(
                    429,
                    "RESOURCE_EXHAUSTED",
                    "Resource has been exhausted (e.g. check quota).",
                    retry_info(),
                ),
            ),
            Fault.BURST: Refusal(
                429,
                gemini_error(
                    429,
                    "RESOURCE_EXHAUSTED",
                    "You exceeded your current quota, please check your plan and billing details.",
                    quota_failure("PerMinute"),
                    retry_info(),
                ),
            ),
            Fault.CREDIT: Refusal(
                429,
                gemini_error(
                    429,
                    "RESOURCE_EXHAUSTED",
                    "You exceeded your current quota, please check your plan and billing details.",
                    quota_failure("PerDay"),
                    retry_info(),
                ),
            ),
            Fault.KEY: Refusal(
                400,
                gemini_error(
                    400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."
                ),
            ),
            Fault.LONG: Refusal(
                400,
                gemini_error(
                    400,
                    "INVALID_ARGUMENT",
                    "The input token count (9) exceeds the maximum number of tokens allowed (8).",
                ),
            ),
            Fault.BUSY: Refusal(503, gemini_error(503, "UNAVAILABLE", "The model is overloaded.")),
        },
        breaks=gemini_error(503, "UNAVAILABLE", "The model is overloaded."),
        unconfirmed=("breaks",),
    ),
    Facts(
        "cohere",
        "cohere/command-a-03-2025",
        "https://github.com/cohere-ai/cohere-python",
        Form.COHERE,
        base="/v2/chat",
        path="/v2/chat",
        reasoning="thinking",
        ids="add_{}",
        stops={
            Stop.END: "COMPLETE",
            Stop.LENGTH: "MAX_TOKENS",
            Stop.CALLS: "TOOL_CALL",
            Stop.BROKEN: "ERROR",
        },
        counts={
            "billed_units": {"input_tokens": 90, "output_tokens": 25},
            "tokens": {"input_tokens": 100, "output_tokens": 30},
            "cached_tokens": 40,
        },
        counted=(100, 30, 40, 0),
        images=False,
        schema="json_object",
        refused=("stream_options", "parallel_tool_calls", "drop_params"),
        errors={
            Fault.RATE: Refusal(
                429, {"message": "You are past the per minute request limit, please wait."}
            ),
            Fault.KEY: Refusal(401, {"message": "invalid api token"}),
            Fault.LONG: Refusal(
                400,
                {"message": "too many tokens: size limit exceeded by 1 tokens."},
            ),
            Fault.CREDIT: Refusal(402, {"message": "Please add or update your payment method"}),
            Fault.BUSY: Refusal(503, {"message": "the service is unavailable"}),
        },
        breaks={"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "it broke"}},
        unconfirmed=("refused", "overloaded"),
    ),
)
