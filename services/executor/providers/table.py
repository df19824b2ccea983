"""The supported model providers, and the variables that configure each.

LiteLLM knows well over a hundred providers. Many send one company's key to another's host, take
hosts and paths from the model's name, or fetch templates from third parties. So only those in this
table are used, each with its own key at its own base URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# One segment of a model's id. These characters cannot end, extend or escape a part of a URL.
SEGMENT: Final = r"[A-Za-z0-9](?:\.?[A-Za-z0-9_:-])*"
# Sent in the request's body: several segments, as in "meta-llama/llama-4:free" and
# "workers-ai/@cf/openai/gpt-oss-120b".
IN_BODY: Final = re.compile(rf"{SEGMENT}(?:/@?{SEGMENT})*")
# Put into the URL's path by LiteLLM: one segment, and no colon, which starts a method there.
IN_PATH: Final = re.compile(r"[A-Za-z0-9](?:\.?[A-Za-z0-9_-])*")
# A model or inference profile, by its id or its ARN.
BEDROCK: Final = "bedrock"
AZURE: Final = "azure"
BEDROCK_ARN: Final = re.compile(
    r"arn:aws(?:-cn|-us-gov)?:bedrock:(?P<region>[a-z]{2}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}):"
    r"(?:[0-9]{12})?:(?:foundation-model|inference-profile|application-inference-profile|"
    r"provisioned-model|imported-model|custom-model-deployment)/[a-z0-9](?:\.?[a-z0-9_:-])*"
)
IN_BEDROCK: Final = re.compile(rf"[a-z0-9](?:[.:]?[a-z0-9_-])*|{BEDROCK_ARN.pattern}")


@dataclass(frozen=True)
class Provider:
    """One provider.

    Attributes:
        name: the prefix of its model names, and LiteLLM's name for it.
        keys: the environment variables for its key; the first one set is used.
        bases: the environment variables for its base URL; the first one set is used.
        url: its own base URL; empty if the deployment must set one.
        needs_key: whether it requires a key.
        ids: the pattern of its model ids.
        asked_as: LiteLLM's name for the provider whose protocol it speaks; empty for its own.
        path: appended to the base URL that the deployment sets, unless it ends with it.
        prefix: LiteLLM's prefix for the id, which chooses one of the provider's protocols.
        signs: LiteLLM's arguments for signing requests, if there is no key, each with its variable;
            the last one is optional.
    """

    name: str
    keys: tuple[str, ...]
    bases: tuple[str, ...]
    url: str = ""
    needs_key: bool = True
    ids: re.Pattern[str] = IN_BODY
    asked_as: str = ""
    path: str = ""
    prefix: str = ""
    signs: tuple[tuple[str, str], ...] = ()

    @property
    def litellm_name(self) -> str:
        """LiteLLM's name for the provider whose protocol it speaks."""
        return self.asked_as or self.name


def _local(name: str, stem: str, asked_as: str = "", path: str = "") -> Provider:
    """Return a self-hosted server, which may need no key."""
    keys, bases = (f"{stem}_API_KEY",), (f"{stem}_API_BASE",)
    return Provider(name, keys, bases, needs_key=False, asked_as=asked_as, path=path)


def _hosted(name: str, stem: str, url: str, *more_keys: str) -> Provider:
    return Provider(name, (f"{stem}_API_KEY", *more_keys), (f"{stem}_API_BASE",), url)


_ROWS: Final = (
    Provider(
        "openai",
        ("OPENAI_API_KEY",),
        ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        "https://api.openai.com/v1",
    ),
    Provider(
        "anthropic",
        ("ANTHROPIC_API_KEY",),
        ("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"),
        "https://api.anthropic.com",
        ids=IN_PATH,
    ),
    Provider(
        "gemini",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        ("GEMINI_API_BASE",),
        "https://generativelanguage.googleapis.com/v1beta",
        ids=IN_PATH,
    ),
    Provider(
        AZURE,
        ("AZURE_API_KEY", "AZURE_OPENAI_API_KEY"),
        ("AZURE_API_BASE",),
        ids=IN_PATH,
    ),
    Provider(
        BEDROCK,
        ("AWS_BEARER_TOKEN_BEDROCK",),
        ("AWS_BEDROCK_RUNTIME_ENDPOINT",),
        ids=IN_BEDROCK,
        prefix="converse/",
        signs=(
            ("aws_access_key_id", "AWS_ACCESS_KEY_ID"),
            ("aws_secret_access_key", "AWS_SECRET_ACCESS_KEY"),
            ("aws_session_token", "AWS_SESSION_TOKEN"),
        ),
    ),
    _hosted("cerebras", "CEREBRAS", "https://api.cerebras.ai/v1"),
    Provider(
        "cohere",
        ("COHERE_API_KEY", "CO_API_KEY"),
        ("COHERE_API_BASE",),
        "https://api.cohere.com/v2/chat",
        asked_as="cohere_chat",
    ),
    _hosted("dashscope", "DASHSCOPE", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
    Provider("databricks", ("DATABRICKS_API_KEY",), ("DATABRICKS_API_BASE",), ids=IN_PATH),
    _hosted("deepseek", "DEEPSEEK", "https://api.deepseek.com/beta"),
    Provider(
        "fireworks_ai",
        ("FIREWORKS_AI_API_KEY", "FIREWORKS_API_KEY", "FIREWORKSAI_API_KEY"),
        ("FIREWORKS_API_BASE",),
        "https://api.fireworks.ai/inference/v1",
    ),
    _hosted("groq", "GROQ", "https://api.groq.com/openai/v1"),
    _hosted("minimax", "MINIMAX", "https://api.minimax.io/v1"),
    _hosted("mistral", "MISTRAL", "https://api.mistral.ai/v1"),
    _hosted("moonshot", "MOONSHOT", "https://api.moonshot.ai/v1"),
    _hosted("openrouter", "OPENROUTER", "https://openrouter.ai/api/v1", "OR_API_KEY"),
    Provider(
        "perplexity",
        ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        ("PERPLEXITY_API_BASE",),
        "https://api.perplexity.ai",
    ),
    Provider(
        "together_ai",
        ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"),
        ("TOGETHER_AI_API_BASE",),
        "https://api.together.ai/v1",
    ),
    _hosted("vercel_ai_gateway", "VERCEL_AI_GATEWAY", "https://ai-gateway.vercel.sh/v1"),
    _hosted("xai", "XAI", "https://api.x.ai/v1"),
    # LiteLLM's own form of it drops settings, and has its client try again past our policy.
    Provider(
        "zai",
        ("ZAI_API_KEY",),
        ("ZAI_API_BASE",),
        "https://api.z.ai/api/paas/v4",
        asked_as="openai",
    ),
    _local("hosted_vllm", "HOSTED_VLLM"),
    _local("litellm_proxy", "LITELLM_PROXY"),
    _local("lm_studio", "LM_STUDIO"),
    # Under LiteLLM's own names for it, "/api/show" is queried first, which blocks the event loop;
    # all its versions of recent years speak OpenAI's protocol, too.
    _local("ollama", "OLLAMA", asked_as="openai", path="/v1"),
)
PROVIDERS: Final = {row.name: row for row in _ROWS}
# Other names for these, from the AI SDK and LiteLLM.
SYNONYMS: Final = {
    "alibaba": "dashscope",
    "amazon-bedrock": "bedrock",
    "cohere_chat": "cohere",
    "fireworks": "fireworks_ai",
    "google": "gemini",
    "moonshotai": "moonshot",
    "ollama_chat": "ollama",
    "togetherai": "together_ai",
}
# Known unsupported providers, and what to do instead.
REFUSED: Final = {
    "azure_ai": 'name it "openai/..." in an alias with its base_url and key_variable',
    "sagemaker": 'put a gateway in front of it, and name that "openai/..." in an alias',
    "vertex_ai": 'use "gemini/...", or a gateway named "openai/..." in an alias',
}
REFUSED_SYNONYMS: Final = {"google-vertex": "vertex_ai", "vertex": "vertex_ai"}
# Models known by their ids alone.
PLAIN: Final = (
    (re.compile(r"(?:gpt-|chatgpt-|codex-|ft:gpt-|o[1-9](?![A-Za-z0-9]))"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "gemini"),
)
