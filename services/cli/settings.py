"""What the command itself reads of the environment and sets in it; of keys only the names."""

from __future__ import annotations

import os
from collections.abc import Mapping

# The usual variables of the providers that LiteLLM knows.
PROVIDER_KEYS = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "AZURE_API_KEY",
    "AWS_ACCESS_KEY_ID",
    "MISTRAL_API_KEY",
    "GROQ_API_KEY",
    "XAI_API_KEY",
    "DEEPSEEK_API_KEY",
    "COHERE_API_KEY",
    "TOGETHERAI_API_KEY",
    "FIREWORKS_AI_API_KEY",
    "PERPLEXITYAI_API_KEY",
    "OPENROUTER_API_KEY",
    "CEREBRAS_API_KEY",
    "MOONSHOT_API_KEY",
    "DASHSCOPE_API_KEY",
    "VERCEL_AI_GATEWAY_API_KEY",
)
PROVIDER_ADDRESSES = ("OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL")


def keys_present(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the names of the provider keys that are set, by default in this process."""
    given = os.environ if environment is None else environment
    return tuple(name for name in PROVIDER_KEYS if given.get(name, "").strip())


def addresses_present(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the names of the variables that move a provider to another address."""
    given = os.environ if environment is None else environment
    return tuple(name for name in PROVIDER_ADDRESSES if given.get(name, "").strip())


def keep_grpc_quiet() -> None:
    """Set, before gRPC is imported, what keeps its own notes off the terminal."""
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
