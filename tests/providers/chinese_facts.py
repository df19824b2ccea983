"""Makers of models in China that speak OpenAI's chat form, each in its own way."""

from __future__ import annotations

from tests.providers.facts import Facts, Fault, Place, Refusal, Stop
from tests.providers.usual_facts import (
    OPENAI_COUNTS,
    OPENAI_ERRORS,
    PLAIN_COUNTS,
    STOPS,
    coded,
    said,
)

CHINESE = (
    Facts(
        "deepseek",
        "deepseek/deepseek-reasoner",
        "https://api-docs.deepseek.com/quick_start/error_codes",
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
                401,
                said(
                    "Authentication Fails, Your api key: ****6789 is invalid",
                    "authentication_error",
                    "invalid_request_error",
                ),
            ),
            Fault.LONG: OPENAI_ERRORS[Fault.LONG],
            Fault.CREDIT: Refusal(
                402, said("Insufficient Balance", "unknown_error", "invalid_request_error")
            ),
            Fault.BUSY: Refusal(503, said("Service is too busy", "service_unavailable_error")),
        },
        breaks=said("Service is too busy", "service_unavailable_error"),
        unconfirmed=("too fast", "too long", "comments", "breaks"),
    ),
    Facts(
        "moonshot",
        "moonshot/kimi-k2.5",
        "https://github.com/MoonshotAI/kimi-code/pull/1857",
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
                said(
                    "Your account o <ak-1> request reached project TPM rate limit, current: 9, "
                    "limit: 8",
                    "rate_limit_reached_error",
                ),
            ),
            Fault.KEY: Refusal(401, said("Invalid Authentication", "invalid_authentication_error")),
            Fault.LONG: Refusal(
                400,
                said(
                    "Invalid request: Your request exceeded model token limit: 8 (requested: 9)",
                    "invalid_request_error",
                ),
            ),
            Fault.CREDIT: Refusal(
                429,
                said(
                    "Your account o <ak-1> is suspended due to insufficient balance, please "
                    "recharge your account or check your plan and billing details",
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
        unconfirmed=("calls", "schema", "prompt refused", "breaks"),
    ),
    Facts(
        "dashscope",
        "dashscope/qwen3-vl-plus",
        "https://help.aliyun.com/en/model-studio/error-code",
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
            # Its limit of tokens in a minute: an account that is used up is in arrears.
            Fault.BURST: Refusal(
                429,
                said(
                    "You exceeded your current quota, please check your plan and billing details.",
                    "insufficient_quota",
                    "insufficient_quota",
                ),
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
        unconfirmed=("schema", "too fast", "breaks"),
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
            Fault.RATE: Refusal(429, coded("1302", "High concurrency usage of this API")),
            Fault.KEY: Refusal(401, coded("1000", "Authentication Failed")),
            Fault.LONG: Refusal(400, coded("1261", "Prompt exceeds max length")),
            Fault.CREDIT: Refusal(
                429,
                # In English: "Insufficient balance or no resource package. ..."
                coded("1113", "\u4f59\u989d\u4e0d\u8db3"),
            ),
            Fault.FILTER: Refusal(400, coded("1301", "potentially unsafe content")),
        },
        breaks=coded("1234", "Network error, please retry later"),
        unconfirmed=("stops", "reasoning", "calls", "counts", "schema", "breaks"),
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
                401,
                {
                    "type": "error",
                    "error": {
                        "type": "authorized_error",
                        "message": "login fail: Please carry the API secret key (1004)",
                        "http_code": "401",
                    },
                },
            ),
            Fault.LONG: Refusal(
                400,
                {
                    "type": "error",
                    "error": {
                        "type": "bad_request_error",
                        "message": "invalid params, context window exceeds limit (2013)",
                        "http_code": "400",
                    },
                },
            ),
            Fault.CREDIT: Refusal(
                429,
                {
                    "error": {
                        "type": "insufficient_balance_error",
                        "message": "insufficient balance (1008)",
                        "http_code": "429",
                    }
                },
            ),
            Fault.BUSY: Refusal(
                200, {"base_resp": {"status_code": 1000, "status_msg": "unknown error"}}
            ),
            Fault.FILTER: Refusal(
                200, {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}
            ),
        },
        breaks={"base_resp": {"status_code": 1013, "status_msg": "internal error"}},
        unconfirmed=("reasoning", "calls", "stops", "counts", "images", "breaks"),
    ),
)
