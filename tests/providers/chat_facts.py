"""The providers that speak OpenAI's chat form, each with what it does in its own way."""

from __future__ import annotations

from typing import Any

from tests.providers.facts import RETRY_AFTER, Facts, Fault, Place, Refusal, Stop

Stops = dict[Stop, str]

STOPS: Stops = {
    Stop.END: "stop",
    Stop.LENGTH: "length",
    Stop.CALLS: "tool_calls",
    Stop.FILTER: "content_filter",
}
OPENAI_COUNTS = {
    "prompt_tokens": 100,
    "completion_tokens": 30,
    "total_tokens": 130,
    "prompt_tokens_details": {"cached_tokens": 40},
    "completion_tokens_details": {"reasoning_tokens": 10},
}
PLAIN_COUNTS = {"prompt_tokens": 100, "completion_tokens": 30, "total_tokens": 130}
NONE_CACHED = (100, 30, 0, 0)


def said(message: str, kind: str, code: Any = None) -> dict[str, Any]:
    """Return an error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def flat(message: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return an error whose fields are the body's own."""
    return {"object": "error", "message": message, "type": kind, **more}


OPENAI_ERRORS = {
    Fault.RATE: Refusal(
        429, said("Rate limit reached for m", "requests", "rate_limit_exceeded"), RETRY_AFTER
    ),
    Fault.KEY: Refusal(
        401, said("Incorrect API key provided", "invalid_request_error", "invalid_api_key")
    ),
    Fault.LONG: Refusal(
        400,
        said(
            "This model's maximum context length is 8 tokens.",
            "invalid_request_error",
            "context_length_exceeded",
        ),
    ),
    Fault.CREDIT: Refusal(
        429,
        said("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
    ),
    Fault.BUSY: Refusal(503, said("The engine is currently overloaded", "server_error")),
}
LOCAL_ERRORS = {
    Fault.LONG: OPENAI_ERRORS[Fault.LONG],
    Fault.BUSY: OPENAI_ERRORS[Fault.BUSY],
}
BROKEN = said("The server had an error while processing", "server_error")

CHAT = (
    Facts(
        "openai",
        "openai/gpt-4o-mini",
        "https://platform.openai.com/docs/api-reference/chat-streaming",
        stops=STOPS,
        counts=OPENAI_COUNTS,
        schema="json_schema",
        refuses=("reasoning_content", "reasoning", "thinking_blocks"),
        errors=OPENAI_ERRORS,
        breaks=BROKEN,
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
                        "code": "content_filter",
                        "status": 400,
                        "innererror": {"code": "ResponsibleAIPolicyViolation"},
                    }
                },
            ),
            Fault.RATE: Refusal(
                429,
                said("Requests have exceeded the token rate limit", "429", "429"),
                {"retry-after-ms": "3000"},
            ),
        },
        breaks=BROKEN,
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
                    {
                        "error": {
                            "code": 429,
                            "message": "Resource exhausted. Please try again later.",
                            "status": "RESOURCE_EXHAUSTED",
                        }
                    }
                ],
            ),
            Fault.LONG: Refusal(
                400,
                [
                    {
                        "error": {
                            "code": 400,
                            "message": "The input token count (9) exceeds the maximum number of "
                            "tokens allowed (8).",
                            "status": "INVALID_ARGUMENT",
                        }
                    }
                ],
            ),
        },
        breaks={"error": {"code": 503, "message": "model overloaded", "status": "UNAVAILABLE"}},
    ),
    Facts(
        "mistral",
        "mistral/magistral-medium-latest",
        "https://docs.mistral.ai/capabilities/reasoning/",
        reasoning="thinking chunks",
        whole_calls=True,
        ids="abcdefgh{}",
        stops={**STOPS, Stop.LENGTH: "model_length", Stop.BROKEN: "error"},
        usage=Place.FINISH,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        schema="json_schema",
        refuses=("reasoning_content", "reasoning", "thinking_blocks"),
        refused=("stream_options", "seed"),
        errors={
            Fault.RATE: Refusal(429, flat("Requests rate limit exceeded", "rate_limited")),
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
    ),
    Facts(
        "groq",
        "groq/openai/gpt-oss-120b",
        "https://console.groq.com/docs/reasoning",
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
                    "Request too large for model m: Limit 8, Requested 9 tokens",
                    "tokens",
                    "rate_limit_exceeded",
                ),
            ),
            Fault.BUSY: Refusal(
                498, said("Flex tier capacity exceeded", "capacity_exceeded", "capacity_exceeded")
            ),
        },
        breaks=said("Failed to call a function.", "invalid_request_error", "tool_use_failed"),
    ),
    Facts(
        "cerebras",
        "cerebras/gpt-oss-120b",
        "https://inference-docs.cerebras.ai/capabilities/reasoning",
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
                flat("Tokens per minute limit exceeded", "too_many_tokens_error", code="quota"),
            ),
            Fault.KEY: Refusal(401, flat("Wrong API Key", "invalid_request_error")),
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
        breaks={"error": {"message": "Encountered a server error", "code": 500}},
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
                    "error": "This model's maximum prompt length is 8 but the request has 9.",
                },
            ),
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
    ),
    Facts(
        "deepseek",
        "deepseek/deepseek-reasoner",
        "https://api-docs.deepseek.com/api/create-chat-completion",
        base="/beta",
        path="/beta/chat/completions",
        reasoning="reasoning_content",
        ids="call_0{}_2a9b",
        stops={**STOPS, Stop.BROKEN: "insufficient_system_resource"},
        usage=Place.FINISH,
        counts={
            **PLAIN_COUNTS,
            "prompt_cache_hit_tokens": 40,
            "prompt_cache_miss_tokens": 60,
            "completion_tokens_details": {"reasoning_tokens": 10},
        },
        comments=": keep-alive\n\n",
        images=False,
        schema="json_object",
        errors={
            Fault.RATE: Refusal(429, said("Rate Limit Reached", "rate_limit_error")),
            Fault.KEY: Refusal(
                401, said("Authentication Fails", "authentication_error", "invalid_request_error")
            ),
            Fault.LONG: OPENAI_ERRORS[Fault.LONG],
            Fault.CREDIT: Refusal(402, said("Insufficient Balance", "unknown_error")),
            Fault.BUSY: Refusal(503, said("Service is too busy", "service_unavailable_error")),
        },
        breaks=said("Service is too busy", "service_unavailable_error"),
    ),
    Facts(
        "moonshot",
        "moonshot/kimi-k2.5",
        "https://platform.moonshot.ai/docs/api/chat",
        reasoning="reasoning_content",
        ids="functions.add:{}",
        stops=STOPS,
        usage=Place.CHOICE,
        counts={**PLAIN_COUNTS, "cached_tokens": 40},
        counted=(100, 30, 40, 0),
        schema="json_object",
        errors={
            Fault.RATE: Refusal(
                429,
                said("Your account is limited: request reached max", "rate_limit_reached_error"),
            ),
            Fault.KEY: Refusal(401, said("Invalid Authentication", "invalid_authentication_error")),
            Fault.LONG: Refusal(
                400,
                said(
                    "Invalid request: Your request exceeded model token limit: 8",
                    "invalid_request_error",
                ),
            ),
            Fault.CREDIT: Refusal(
                429,
                said(
                    "Your account is not active, current state: suspended",
                    "exceeded_current_quota_error",
                ),
            ),
            Fault.BUSY: Refusal(
                429,
                said("The engine is currently overloaded", "engine_overloaded_error"),
            ),
            Fault.FILTER: Refusal(
                400, said("The request was rejected: high risk", "content_filter")
            ),
        },
        breaks=said("The engine is currently overloaded", "engine_overloaded_error"),
    ),
    Facts(
        "dashscope",
        "dashscope/qwen3-vl-plus",
        "https://www.alibabacloud.com/help/en/model-studio/error-code",
        base="/compatible-mode/v1",
        path="/compatible-mode/v1/chat/completions",
        reasoning="reasoning_content",
        ids="call_{}e0c",
        stops=STOPS,
        counts=OPENAI_COUNTS,
        schema="json_object",
        errors={
            Fault.RATE: Refusal(
                429,
                said("You have exceeded your current request limit.", "limit_requests"),
            ),
            Fault.KEY: Refusal(
                401,
                said("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
            ),
            Fault.LONG: Refusal(
                400,
                said(
                    "Range of input length should be [1, 8]",
                    "invalid_request_error",
                    "invalid_parameter_error",
                ),
            ),
            Fault.CREDIT: Refusal(
                400,
                said(
                    "Access denied, please make sure your account is in good standing.",
                    "Arrearage",
                    "Arrearage",
                ),
            ),
            Fault.FILTER: Refusal(
                400,
                said(
                    "Input data may contain inappropriate content.",
                    "data_inspection_failed",
                    "data_inspection_failed",
                ),
            ),
        },
        breaks=said("Too many requests.", "ServiceUnavailable", "ServiceUnavailable"),
    ),
    Facts(
        "zai",
        "zai/glm-4.6",
        "https://docs.z.ai/api-reference/api-code",
        base="/api/paas/v4",
        path="/api/paas/v4/chat/completions",
        reasoning="reasoning_content",
        whole_calls=True,
        ids="call_{}822",
        stops={**STOPS, Stop.FILTER: "sensitive", Stop.BROKEN: "network_error"},
        usage=Place.FINISH,
        counts={**PLAIN_COUNTS, "prompt_tokens_details": {"cached_tokens": 40}},
        counted=(100, 30, 40, 0),
        images=False,
        schema="json_object",
        errors={
            Fault.RATE: Refusal(
                429, {"error": {"code": "1302", "message": "High concurrency usage of this API"}}
            ),
            Fault.KEY: Refusal(
                401, {"error": {"code": "1000", "message": "Authentication Failed"}}
            ),
            Fault.LONG: Refusal(
                400, {"error": {"code": "1261", "message": "Prompt exceeds max length"}}
            ),
            Fault.CREDIT: Refusal(
                429,
                {
                    "error": {
                        "code": "1113",
                        "message": "Your account is in arrears. Please recharge and try again",
                    }
                },
            ),
            Fault.FILTER: Refusal(
                400, {"error": {"code": "1301", "message": "potentially unsafe content"}}
            ),
        },
        breaks={"error": {"code": "1234", "message": "Network error, please retry later"}},
    ),
    Facts(
        "minimax",
        "minimax/MiniMax-M2.5",
        "https://platform.minimax.io/docs/api-reference/errorcode",
        reasoning="reasoning_content",
        ids="call_function_{}",
        stops=STOPS,
        counts={**PLAIN_COUNTS, "completion_tokens_details": {"reasoning_tokens": 10}},
        counted=(100, 30, 0, 10),
        images=False,
        errors={
            Fault.RATE: Refusal(
                200, {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}
            ),
            Fault.KEY: Refusal(
                200,
                {"base_resp": {"status_code": 1004, "status_msg": "login fail: bad signature"}},
            ),
            Fault.CREDIT: Refusal(
                200, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}
            ),
            Fault.BUSY: Refusal(
                200, {"base_resp": {"status_code": 1000, "status_msg": "unknown error"}}
            ),
            Fault.FILTER: Refusal(
                200, {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}
            ),
        },
        breaks={"base_resp": {"status_code": 1013, "status_msg": "internal error"}},
    ),
    Facts(
        "together_ai",
        "together_ai/deepseek-ai/DeepSeek-V3",
        "https://docs.together.ai/docs/error-codes",
        reasoning="reasoning",
        ids="call_x{}",
        stops={**STOPS, Stop.END: "eos"},
        usage=Place.FINISH,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        images=False,
        schema="json_schema",
        errors=OPENAI_ERRORS
        | {
            Fault.LONG: Refusal(
                422,
                said(
                    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8.",
                    "invalid_request_error",
                ),
            ),
            Fault.CREDIT: Refusal(402, said("Credit limit exceeded", "credit_limit")),
        },
        breaks=BROKEN,
    ),
    Facts(
        "fireworks_ai",
        "fireworks_ai/accounts/fireworks/models/deepseek-r1",
        "https://docs.fireworks.ai/guides/inference-error-codes",
        base="/inference/v1",
        path="/inference/v1/chat/completions",
        reasoning="reasoning_content",
        ids="call_fw{}",
        stops=STOPS,
        usage=Place.FINISH,
        counts={**PLAIN_COUNTS, "prompt_tokens_details": {"cached_tokens": 40}},
        counted=(100, 30, 40, 0),
        images=False,
        schema="json_schema",
        errors=OPENAI_ERRORS
        | {
            Fault.LONG: Refusal(
                400,
                said("The prompt is too long: 9, model maximum context length: 8", "error"),
            ),
            Fault.CREDIT: Refusal(402, said("Payment required", "error")),
        },
        breaks=BROKEN,
    ),
    Facts(
        "openrouter",
        "openrouter/google/gemini-2.5-pro",
        "https://openrouter.ai/docs/api-reference/errors",
        base="/api/v1",
        path="/api/v1/chat/completions",
        reasoning="reasoning, with details",
        ids="tool_0_add_{}",
        stops={**STOPS, Stop.BROKEN: "error"},
        counts={**OPENAI_COUNTS, "cost": 0.002},
        comments=": OPENROUTER PROCESSING\n\n",
        schema="json_schema",
        errors={
            Fault.RATE: Refusal(429, {"error": {"code": 429, "message": "Rate limit exceeded"}}),
            Fault.KEY: Refusal(401, {"error": {"code": 401, "message": "No auth credentials"}}),
            Fault.LONG: Refusal(
                400,
                {
                    "error": {
                        "code": 400,
                        "message": "This endpoint's maximum context length is 8 tokens.",
                    }
                },
            ),
            Fault.CREDIT: Refusal(402, {"error": {"code": 402, "message": "Insufficient credits"}}),
            Fault.BUSY: Refusal(
                200,
                {"error": {"code": 502, "message": "Provider returned error", "metadata": {}}},
            ),
            Fault.FILTER: Refusal(
                403,
                {
                    "error": {
                        "code": 403,
                        "message": "Input was flagged by moderation",
                        "metadata": {"reasons": ["violence"], "flagged_input": "hi"},
                    }
                },
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
        "https://docs.perplexity.ai/api-reference/chat-completions-post",
        base="",
        path="/chat/completions",
        stops=STOPS,
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
    ),
    Facts(
        "ollama",
        "ollama/qwen3",
        "https://docs.ollama.com/api/openai-compatibility",
        header="",
        reasoning="reasoning",
        whole_calls=True,
        index="zero",
        ids="call_{}ky8",
        stops=STOPS,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        errors={Fault.BUSY: Refusal(503, said("server busy, please try again", "api_error"))},
        breaks={"error": "an error was encountered while running the model"},
    ),
    Facts(
        "hosted_vllm",
        "hosted_vllm/qwen3",
        "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        header="",
        reasoning="reasoning",
        ids="chatcmpl-tool-{}0123456789abcdef0123456789abcde",
        stops=STOPS,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        errors={
            Fault.LONG: Refusal(
                400,
                flat(
                    "This model's maximum context length is 8 tokens. However, you requested 9.",
                    "BadRequestError",
                    code=400,
                ),
            ),
            Fault.BUSY: Refusal(503, said("EngineCore is dead", "ServiceUnavailable", 503)),
        },
        breaks={"error": flat("EngineCore encountered an issue", "InternalServerError", code=500)},
    ),
    Facts(
        "llama.cpp",
        "openai/local",
        "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        alias=True,
        header="",
        reasoning="reasoning_content",
        ids="{}rJ0xKyZq8bWcVtLmNpQsDfGhJkAeRuI",
        stops=STOPS,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        errors={
            Fault.LONG: Refusal(
                400,
                {
                    "error": {
                        "code": 400,
                        "message": "the request exceeds the available context size, try "
                        "increasing it",
                        "type": "exceed_context_size_error",
                    }
                },
            ),
            Fault.BUSY: Refusal(
                503,
                {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
            ),
        },
        breaks={"error": {"code": 500, "message": "context shift failed", "type": "server_error"}},
    ),
    Facts(
        "lm_studio",
        "lm_studio/qwen3",
        "https://lmstudio.ai/docs/developer/openai-compat/tools",
        header="",
        reasoning="reasoning_content",
        ids="{}12345678",
        stops=STOPS,
        counts=PLAIN_COUNTS,
        counted=NONE_CACHED,
        errors={
            Fault.LONG: Refusal(
                400,
                {
                    "error": "Trying to keep the first 9 tokens when context the overflows. "
                    "However, the model is loaded with context length of only 8 tokens"
                },
            )
        },
        breaks={"error": "The model has crashed without additional information."},
    ),
    Facts(
        "litellm_proxy",
        "litellm_proxy/claude",
        "https://docs.litellm.ai/docs/reasoning_content",
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
                400,
                said(
                    "Budget has been exceeded! Current cost: 9, Max budget: 8",
                    "budget_exceeded",
                    "400",
                ),
            ),
        },
        breaks=said("The upstream is gone", "None", "503"),
    ),
    Facts(
        "cloudflare",
        "openai/workers-ai/@cf/openai/gpt-oss-120b",
        "https://developers.cloudflare.com/ai-gateway/usage/chat-completion/",
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
                },
            ),
            Fault.BUSY: Refusal(
                500,
                {"success": False, "errors": [{"code": 3040, "message": "Capacity exceeded"}]},
            ),
        },
        breaks={"success": False, "errors": [{"code": 3040, "message": "Capacity exceeded"}]},
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
    ),
)
