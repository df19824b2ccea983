"""From the model names of bundles and requests to those of LiteLLM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.executor.conversation import ModelRoute
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
    or the bundle writes it or in LiteLLM's form, by a route to another; ``*`` stands for every
    name. ``fallbacks`` are asked when neither request nor bundle names any.
    """

    default: str = ""
    aliases: Mapping[str, ModelRoute] = field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()

    def routes(
        self, requested: str, fallbacks: tuple[str, ...], agent: AgentSpec
    ) -> tuple[ModelRoute, ...]:
        """Return the models to ask, in order: the request's, the bundle's, the deployment's.

        Raises:
            RequestError: there is none of them.
        """
        name = requested or _qualified(agent.model or "", agent) or self.default
        if not name:
            problem = (
                f'The agent "{agent.key}" names no model that can be read from the bundle. '
                'Set `model` in the request, such as "openai/gpt-5" or "anthropic/claude-sonnet-4".'
            )
            raise RequestError(problem, violations=(FieldViolation("model", problem),))
        first = self._route(name, requested or agent.model or name)
        bundled = () if requested else agent.fallback_models
        named = fallbacks or tuple(_qualified(model, agent) for model in bundled) or self.fallbacks
        others = (self._route(model, model) for model in named)
        return tuple(dict.fromkeys((first, *others)))

    def _route(self, name: str, written: str) -> ModelRoute:
        """Return how to reach the model of that name; ``written`` is how it was written."""
        translated = litellm_name(name)
        for candidate in (written, name, translated, ANY_MODEL):
            if candidate in self.aliases:
                return self.aliases[candidate]
        return ModelRoute(translated)


def _qualified(model: str, agent: AgentSpec) -> str:
    """Return a bundle's model; the OpenAI Agents SDK says OpenAI's by their names alone."""
    is_openai = agent.framework is Framework.OPENAI_AGENTS
    return f"openai/{model}" if is_openai and model and "/" not in model else model


def litellm_name(name: str) -> str:
    """Return the LiteLLM name of ``provider/id``, ``gateway/provider/id`` or a plain name."""
    name = name.removeprefix("gateway/")
    provider, slash, model = name.partition("/")
    return f"{LITELLM_PROVIDERS.get(provider, provider)}{slash}{model}"
