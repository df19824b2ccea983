"""Makers of models that speak OpenAI's chat form, each in its own way."""

from __future__ import annotations

from tests.providers.facts import RETRY_AFTER, Facts, Fault, Place, Refusal, Stop
from tests.providers.usual_facts import (
    BROKEN,
    NONE_CACHED,
    OPENAI_COUNTS,
    OPENAI_ERRORS,
    PLAIN_COUNTS,
    STOPS,
    UNFILTERED,
    coded,
    flat,
    said,
)

MAKERS = (
    Facts(
        "openai",
        "openai/gpt-4o-mini",
        "https://github.com/openai/openai-openapi",
        stops=STOPS,
        counts=OPENAI_COUNTS,
        schema="json_schema",
        refuses=("reasoning_content", "reasoning", "thinking_blocks"),
        errors=OPENAI_ERRORS,
        breaks=BROKEN,
        unconfirmed=("refuses", "breaks"),
    ),
    Facts(
        "azure",
        "azure/gpt-4o-mini",
        "https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter",
        base="",
        path="/openai/deployments/gpt-4o-mini/chat/completions",
        header="api-key: ",
        stops=STOPS,
        counts=OPENAI_COUNTS,
        schema="json_schema",
        refuses=("reasoning_content", "reasoning", "thinking_blocks"),
        errors=OPENAI_ERRORS
        | {
            Fault.FILTER: Refusal(
                400,
                {
                    "error": {
                        "message": "The response was filtered due to the prompt",
                        "type": None,
                        "param": "prompt",
                        "code": "content_filter",
                        "status": 400,
                        "innererror": {"code": "ResponsibleAIPolicyViolation"},
                    }
                },
            ),
            Fault.RATE: Refusal(
                429,
                coded("429", "Rate limit is exceeded. Try again later."),
                {"retry-after-ms": "3000"},
            ),
            Fault.KEY: Refusal(
                401,
                coded(
                    "401", "Access denied due to invalid subscription key or wrong API endpoint."
                ),
            ),
        },
        breaks=BROKEN,
        unconfirmed=("no credit", "overloaded", "refuses", "breaks"),
    ),
    Facts(
        "vertex",
        "openai/google/gemini-2.5-pro",
        "https://cloud.google.com/vertex-ai/generative-ai/docs/start/openai",
        alias=True,
        base="/v1/projects/p/locations/l/endpoints/openapi",
        path="/v1/projects/p/locations/l/endpoints/openapi/chat/completions",
        whole_calls=True,
        ids="function-call-{}",
        stops=STOPS,
        usage=Place.FINISH,
        counts=OPENAI_COUNTS,
        errors={
            Fault.RATE: Refusal(
                429,
                [
                    coded(
                        429,
                        "Resource exhausted. Please try again later.",
                        status="RESOURCE_EXHAUSTED",
                    )
                ],
            ),
            Fault.LONG: Refusal(
                400,
                [
                    coded(
                        400,
                        "The input token count (9) exceeds the maximum number of "
                        "tokens allowed (8).",
                        status="INVALID_ARGUMENT",
                    )
                ],
            ),
        },
        breaks=coded(503, "model overloaded", status="UNAVAILABLE"),
        unconfirmed=("calls", "counts", "breaks"),
    ),
    Facts(
        "mistral",
        "mistral/magistral-medium-latest",
        "https://github.com/mistralai/client-python",
        reasoning="thinking chunks",
        whole_calls=True,
        index=None,
        ids="abcdefgh{}",
        stops={**UNFILTERED, Stop.LENGTH: "model_length", Stop.BROKEN: "error"},
        usage=Place.FINISH,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        schema="json_schema",
        refuses=("reasoning_content", "reasoning", "thinking_blocks"),
        refused=("stream_options", "seed"),
        errors={
            Fault.RATE: Refusal(
                429, flat("Rate limit exceeded", "rate_limited", param=None, code="1300")
            ),
            Fault.KEY: Refusal(401, {"detail": "Unauthorized"}),
            Fault.LONG: Refusal(
                400,
                flat(
                    "Prompt contains 9 tokens, too large for model with 8 maximum context length",
                    "invalid_request_prompt",
                    code="3051",
                ),
            ),
            Fault.BUSY: Refusal(503, flat("Service unavailable.", "internal_server_error")),
        },
        breaks=flat("Service unavailable.", "internal_server_error", code="3700"),
        unconfirmed=("wrong key", "overloaded", "refused", "breaks"),
    ),
    Facts(
        "groq",
        "groq/openai/gpt-oss-120b",
        "https://console.groq.com/docs/errors",
        base="/openai/v1",
        path="/openai/v1/chat/completions",
        reasoning="reasoning",
        whole_calls=True,
        ids="fc_{}",
        stops=STOPS,
        usage=Place.X_GROQ,
        counts=OPENAI_COUNTS,
        images=False,
        refuses=("reasoning_content", "thinking_blocks"),
        errors={
            Fault.RATE: Refusal(
                429,
                said("Rate limit reached for model m", "tokens", "rate_limit_exceeded"),
                RETRY_AFTER,
            ),
            Fault.KEY: Refusal(
                401, said("Invalid API Key", "invalid_request_error", "invalid_api_key")
            ),
            Fault.LONG: Refusal(
                413,
                said(
                    "Request too large for model m in organization o on tokens per minute (TPM): "
                    "Limit 8, Requested 9, please reduce your message size and try again.",
                    "tokens",
                    "rate_limit_exceeded",
                ),
            ),
            Fault.BUSY: Refusal(
                498, said("Flex tier capacity exceeded", "capacity_exceeded", "capacity_exceeded")
            ),
        },
        breaks=said("Failed to call a function.", "invalid_request_error", "tool_use_failed"),
        unconfirmed=("schema",),
    ),
    Facts(
        "cerebras",
        "cerebras/gpt-oss-120b",
        "https://inference-docs.cerebras.ai/support/error",
        reasoning="reasoning",
        whole_calls=True,
        ids="{}deadbeef",
        stops=STOPS,
        counts=OPENAI_COUNTS,
        images=False,
        schema="json_schema",
        refuses=("reasoning_content", "thinking_blocks"),
        refused=("frequency_penalty", "presence_penalty"),
        errors={
            Fault.RATE: Refusal(
                429,
                {
                    "message": "Tokens per minute limit exceeded - too many tokens processed.",
                    "type": "too_many_tokens_error",
                    "param": "quota",
                    "code": "token_quota_exceeded",
                },
            ),
            Fault.KEY: Refusal(
                401,
                {
                    "message": "Wrong API Key",
                    "type": "invalid_request_error",
                    "param": "api_key",
                    "code": "wrong_api_key",
                },
            ),
            Fault.LONG: Refusal(
                400,
                flat(
                    "Please reduce the length of the messages or completion.",
                    "invalid_request_error",
                    code="context_length_exceeded",
                ),
            ),
            Fault.CREDIT: Refusal(402, flat("Payment required", "payment_required_error")),
        },
        breaks={"error": {"message": "Encountered a server error"}, "status_code": 500},
        unconfirmed=("counts", "too long", "refuses", "refused"),
    ),
    Facts(
        "xai",
        "xai/grok-4.20",
        "https://docs.x.ai/developers/debugging",
        reasoning="reasoning_content",
        whole_calls=True,
        ids="call-{}-4f31",
        stops=STOPS,
        counts={**OPENAI_COUNTS, "completion_tokens": 20},
        schema="json_schema",
        errors={
            Fault.RATE: Refusal(
                429, {"code": "Some resource has been exhausted", "error": "Too many requests"}
            ),
            Fault.KEY: Refusal(
                400,
                {
                    "code": "Client specified an invalid argument",
                    "error": "Incorrect API key provided: sk***89.",
                },
            ),
            Fault.LONG: Refusal(
                400,
                {
                    "code": "Client specified an invalid argument",
                    "error": "This model's maximum prompt length is 8 but the request contains 9 "
                    "tokens.",
                },
            ),
            # Also with the status 429.
            Fault.CREDIT: Refusal(
                403,
                {
                    "code": "The caller does not have permission to execute the operation",
                    "error": "Your team has either used all available credits or reached its "
                    "monthly spending limit.",
                },
            ),
            Fault.BUSY: Refusal(
                503, {"code": "The service is currently unavailable", "error": "At capacity."}
            ),
        },
        breaks={"code": "The service is currently unavailable", "error": "At capacity."},
        unconfirmed=("too fast", "overloaded", "breaks"),
    ),
)
