"""From the model names of bundles and requests to those of LiteLLM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.domain import AgentSpec, Framework
from services.executor.errors import FieldViolation, RequestError

ANY_MODEL = "*"

# The AI SDK's name of a provider, where LiteLLM has another one.
LITELLM_PROVIDERS = {
    "alibaba": "dashscope",
    "amazon-bedrock": "bedrock",
    "fireworks": "fireworks_ai",
    "google": "gemini",
    "google-vertex": "vertex_ai",
    "vertex": "vertex_ai",
    "moonshotai": "moonshot",
    "togetherai": "together_ai",
}


@dataclass(frozen=True)
class ModelNames:
    """How this deployment names models.

    ``default`` stands in for an agent without a model. ``aliases`` replaces a name, as the request
    or the bundle writes it or in LiteLLM's form, by another; ``*`` stands for every name.
    """

    default: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, requested: str, agent: AgentSpec) -> str:
        """Return the LiteLLM name of the model to ask: the request's, the bundle's, the default.

        Raises:
            RequestError: there is none of them.
        """
        name = requested or _model_of(agent) or self.default
        if not name:
            problem = (
                f'The agent "{agent.key}" names no model that can be read from the bundle. '
                'Set `model` in the request, such as "openai/gpt-5" or "anthropic/claude-sonnet-4".'
            )
            raise RequestError(problem, violations=(FieldViolation("model", problem),))
        translated = litellm_name(name)
        written = requested or agent.model or name
        for candidate in (written, name, translated, ANY_MODEL):
            if candidate in self.aliases:
                return self.aliases[candidate]
        return translated


def _model_of(agent: AgentSpec) -> str:
    """Return the bundle's model; the OpenAI Agents SDK says OpenAI's by their names alone."""
    model = agent.model or ""
    is_openai = agent.framework is Framework.OPENAI_AGENTS
    return f"openai/{model}" if is_openai and model and "/" not in model else model


def litellm_name(name: str) -> str:
    """Return the LiteLLM name of ``provider/id``, ``gateway/provider/id`` or a plain name."""
    name = name.removeprefix("gateway/")
    provider, slash, model = name.partition("/")
    return f"{LITELLM_PROVIDERS.get(provider, provider)}{slash}{model}"
