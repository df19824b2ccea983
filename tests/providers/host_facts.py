"""Hosts, gateways and local servers that speak OpenAI's chat form, each in its own way."""

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
    said,
)

HOSTS = (
    Facts(
        "together_ai",
        "together_ai/deepseek-ai/DeepSeek-V3",
        "https://docs.together.ai/docs/error-codes",
        reasoning="reasoning",
        ids="call_x{}",
        stops={**UNFILTERED, Stop.END: "eos", Stop.BROKEN: "error"},
        usage=Place.FINISH,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        images=False,
        schema="json_schema",
        errors=OPENAI_ERRORS
        | {
            # Its models answer in the words of their engines, some with 422.
            Fault.LONG: Refusal(
                403,
                said(
                    "Input token count + `max_tokens` parameter must be less than the context "
                    "length of the model being queried.",
                    "invalid_request_error",
                ),
            ),
            Fault.CREDIT: Refusal(402, said("Credit limit exceeded", "credit_limit")),
        },
        breaks=BROKEN,
        unconfirmed=("reasoning", "calls", "counts", "wrong key", "no credit", "breaks"),
    ),
    Facts(
        "fireworks_ai",
        "fireworks_ai/accounts/fireworks/models/deepseek-r1",
        "https://docs.fireworks.ai/guides/inference-error-codes",
        base="/inference/v1",
        path="/inference/v1/chat/completions",
        reasoning="reasoning_content",
        ids="call_fw{}",
        stops=UNFILTERED,
        usage=Place.FINISH,
        counts={**PLAIN_COUNTS, "prompt_tokens_details": {"cached_tokens": 40}},
        counted=(100, 30, 40, 0),
        images=False,
        schema="json_schema",
        errors=OPENAI_ERRORS
        | {
            Fault.LONG: Refusal(
                400,
                coded(
                    "invalid_request_error",
                    "The prompt is too long: 9, model maximum context length: 8",
                    object="error",
                    type="invalid_request_error",
                ),
            ),
            # Documented as 402, too.
            Fault.CREDIT: Refusal(
                412,
                {
                    "error": {
                        "message": "Account o is suspended, possibly due to reaching the monthly "
                        "spending limit or failure to pay past invoices."
                    }
                },
            ),
        },
        breaks=BROKEN,
        unconfirmed=("calls", "counts", "wrong key", "too long", "breaks"),
    ),
    Facts(
        "openrouter",
        "openrouter/google/gemini-2.5-pro",
        "https://openrouter.ai/docs/api/reference/errors-and-debugging",
        base="/api/v1",
        path="/api/v1/chat/completions",
        reasoning="reasoning, with details",
        ids="tool_0_add_{}",
        stops={**STOPS, Stop.BROKEN: "error"},
        counts={**OPENAI_COUNTS, "cost": 0.002},
        comments=": OPENROUTER PROCESSING\n\n",
        schema="json_schema",
        errors={
            Fault.RATE: Refusal(429, coded(429, "Rate limit exceeded")),
            Fault.KEY: Refusal(401, coded(401, "No auth credentials found")),
            Fault.LONG: Refusal(
                400,
                coded(400, "This endpoint's maximum context length is 8 tokens."),
            ),
            Fault.CREDIT: Refusal(402, coded(402, "Insufficient credits")),
            Fault.BURST: Refusal(
                402,
                coded(
                    402,
                    "This request would exceed your available credits given your "
                    "current in-flight requests.",
                    metadata={"limit_source": "openrouter_in_flight_budget"},
                ),
                RETRY_AFTER,
            ),
            Fault.BUSY: Refusal(
                200,
                coded(502, "Provider returned error", metadata={}),
            ),
            Fault.FILTER: Refusal(
                403,
                coded(
                    403,
                    "Input was flagged by moderation",
                    metadata={"reasons": ["violence"], "flagged_input": "hi"},
                ),
            ),
        },
        breaks={
            "id": "gen",
            "object": "chat.completion.chunk",
            "error": {"code": "server_error", "message": "Provider disconnected unexpectedly"},
            "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
        },
    ),
    Facts(
        "perplexity",
        "perplexity/sonar",
        "https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview",
        base="",
        path="/chat/completions",
        stops={Stop.END: "stop", Stop.LENGTH: "length"},
        usage=Place.EACH,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        tools=False,
        images=False,
        schema="json_schema",
        errors={
            Fault.RATE: Refusal(429, said("Request rate limit exceeded", "rate_limit", 429)),
            Fault.KEY: Refusal(401, said("Invalid API key provided", "invalid_api_key", 401)),
        },
        breaks=BROKEN,
        unconfirmed=("tools", "images", "too fast", "wrong key", "breaks"),
    ),
    Facts(
        "ollama",
        "ollama/qwen3",
        "https://github.com/ollama/ollama/blob/main/openai/openai.go",
        header="",
        reasoning="reasoning",
        whole_calls=True,
        index="zero",
        ids="call_{}ky8",
        stops=UNFILTERED,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        schema="json_schema",
        errors={
            Fault.LONG: Refusal(
                400,
                said(
                    "prompt too long; exceeded max context length by 1 tokens",
                    "invalid_request_error",
                ),
            ),
            Fault.BUSY: Refusal(
                503,
                said(
                    "server busy, please try again.  maximum pending requests exceeded", "api_error"
                ),
            ),
        },
        breaks={"error": "an error was encountered while running the model"},
        unconfirmed=("ids", "index"),  # Its newer parsers number calls, as OpenAI does.
    ),
    Facts(
        "hosted_vllm",
        "hosted_vllm/qwen3",
        "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        header="",
        reasoning="reasoning",
        ids="chatcmpl-tool-{}0123456789abcdef0123456789abcde",
        stops={**UNFILTERED, Stop.BROKEN: "abort"},
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        schema="json_schema",
        errors={
            Fault.LONG: Refusal(
                400,
                said(
                    "You passed 9 input tokens and requested 1 output tokens. However, the model's "
                    "context length is only 8 tokens, resulting in a maximum input length of 7 "
                    "tokens.",
                    "BadRequestError",
                    400,
                ),
            ),
            Fault.BUSY: Refusal(503, said("EngineCore is dead", "ServiceUnavailable", 503)),
        },
        breaks=said("EngineCore encountered an issue", "InternalServerError", 500),
        unconfirmed=("reasoning", "calls", "overloaded", "breaks"),
    ),
    Facts(
        "llama.cpp",
        "openai/local",
        "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        alias=True,
        header="",
        reasoning="reasoning_content",
        ids="{}rJ0xKyZq8bWcVtLmNpQsDfGhJkAeRuI",
        stops=UNFILTERED,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        schema="json_schema",
        errors={
            Fault.LONG: Refusal(
                400,
                coded(
                    400,
                    "request (9 tokens) exceeds the available context size (8 "
                    "tokens), try increasing it",
                    type="exceed_context_size_error",
                    n_prompt_tokens=9,
                    n_ctx=8,
                ),
            ),
            Fault.BUSY: Refusal(
                503,
                coded(503, "Loading model", type="unavailable_error"),
            ),
        },
        breaks=coded(500, "context shift failed", type="server_error"),
        unconfirmed=("calls", "stops", "counts", "reasoning", "breaks"),
    ),
    Facts(
        "lm_studio",
        "lm_studio/qwen3",
        "https://github.com/lmstudio-ai/docs/tree/main/1_developer/3_openai-compat",
        header="",
        reasoning="reasoning_content",
        ids="{}12345678",
        stops=STOPS,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        schema="json_schema",
        errors={
            Fault.LONG: Refusal(
                400,
                {
                    "error": "The number of tokens to keep from the initial prompt is greater than "
                    "the context length (n_keep: 9>= n_ctx: 8)."
                },
            )
        },
        breaks={"error": {"message": "The model has crashed without additional information."}},
        unconfirmed=("stops",),
    ),
    Facts(
        "litellm_proxy",
        "litellm_proxy/claude",
        "https://docs.litellm.ai/docs/proxy/error_reference",
        reasoning="reasoning_content, with thinking blocks",
        ids="toolu_{}",
        stops=STOPS,
        counts=OPENAI_COUNTS,
        errors={
            Fault.RATE: Refusal(
                429,
                said("slow down please", "throttling_error", "429"),
                RETRY_AFTER,
            ),
            Fault.KEY: Refusal(
                401, said("Authentication Error, Invalid proxy server token", "auth_error", "401")
            ),
            Fault.LONG: Refusal(
                400,
                said(
                    "ContextWindowExceededError, prompt is too long: 9 > 8 maximum",
                    "None",
                    "400",
                ),
            ),
            Fault.CREDIT: Refusal(
                422,
                said(
                    "Budget has been exceeded! Current cost: 9, Max budget: 8",
                    "budget_exceeded",
                    "422",
                ),
            ),
        },
        breaks=said("The upstream is gone", "None", "503"),
        unconfirmed=("too fast", "too long", "breaks"),
    ),
    Facts(
        "cloudflare",
        "openai/workers-ai/@cf/openai/gpt-oss-120b",
        "https://github.com/cloudflare/cloudflare-docs/pull/31050",
        alias=True,
        base="/v1/account/gateway/compat",
        path="/v1/account/gateway/compat/chat/completions",
        stops=STOPS,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        errors={
            Fault.RATE: Refusal(
                429,
                {
                    "success": False,
                    "result": [],
                    "messages": [],
                    "error": [{"code": 2003, "message": "Rate limited"}],
                },
            ),
            Fault.KEY: Refusal(
                401,
                {
                    "success": False,
                    "result": [],
                    "messages": [],
                    "error": [{"code": 2009, "message": "Unauthorized"}],
                    "name": "AiGatewayError",
                    "httpCode": 401,
                    "internalCode": 2009,
                },
            ),
            Fault.BUSY: Refusal(
                500,
                {"success": False, "errors": [{"code": 3040, "message": "Capacity exceeded"}]},
            ),
        },
        breaks={"success": False, "errors": [{"code": 3040, "message": "Capacity exceeded"}]},
        unconfirmed=("calls", "counts", "too fast", "overloaded", "breaks"),
    ),
    Facts(
        "vercel_ai_gateway",
        "vercel_ai_gateway/anthropic/claude-4-opus",
        "https://vercel.com/docs/ai-gateway/openai-compat",
        reasoning="reasoning, with details",
        ids="toolu_{}",
        stops=STOPS,
        counts=OPENAI_COUNTS,
        schema="json_schema",
        errors=OPENAI_ERRORS
        | {
            Fault.CREDIT: Refusal(
                402, said("Insufficient funds. Please add credits", "insufficient_funds")
            )
        },
        breaks=BROKEN,
        unconfirmed=("reasoning", "calls", "stops", "counts", "errors", "breaks"),
    ),
)
