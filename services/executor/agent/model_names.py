"""Resolves model names of bundles, requests and settings to routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from services.executor.bundle.frameworks.registry import framework_named
from services.executor.conversation import ModelRoute
from services.executor.domain import AgentSpec
from services.executor.errors import (
    FieldViolation,
    RequestError,
    SetupError,
    UnknownModelError,
)
from services.executor.providers.names import GATEWAY, one_form, parse_model, shown

ANY_MODEL = "*"


@dataclass(frozen=True)
class ModelNames:
    """How this deployment names models.

    ``default`` is for agents without a model. ``aliases`` maps a name, as written in the request or
    bundle or in canonical form, to a route; ``*`` matches every name, and the route does not depend
    on it. ``fallbacks`` are used if neither request nor bundle names any. ``allowed`` are all that
    requests, bundles and tools may name; None for no such bound.

    Raises SetupError if one of these is not the name of a supported model.
    """

    default: str = ""
    aliases: Mapping[str, ModelRoute] = field(default_factory=dict)
    fallbacks: tuple[str, ...] = ()
    allowed: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Check the deployment's names at start."""
        try:
            for route in self.aliases.values():
                parse_model(route.model)
            for name in (self.default, *self.fallbacks):
                if name:
                    self._route(name, name)
        except UnknownModelError as error:
            raise SetupError(
                "The settings default_model, model_fallbacks and model_aliases must name models. "
                f"{error}"
            ) from None

    def routes(
        self, requested: str, fallbacks: tuple[str, ...], agent: AgentSpec
    ) -> tuple[ModelRoute, ...]:
        """Return the models to query, in order: the request's, the bundle's, the deployment's.

        Raises:
            RequestError: there is none of them.
            UnknownModelError: one of them is not the name of a supported model.
            RequestError: one that is named may not be used.
        """
        name = requested or _qualified(agent.model or "", agent) or self.default
        if not name:
            problem = (
                f'The agent "{agent.key}" has no model that can be read from the bundle. '
                'Set `spec.model`, such as "openai/gpt-5" or "anthropic/claude-sonnet-4".'
            )
            raise RequestError(problem, violations=(FieldViolation("spec.model", problem),))
        given = requested or _qualified(agent.model or "", agent)
        bundled = () if requested else agent.fallback_models
        chosen = fallbacks or tuple(_qualified(model, agent) for model in bundled)
        self._check(given, *chosen)
        first = self._route(name, requested or agent.model or name)
        others = (self._route(model, model) for model in chosen or self.fallbacks)
        return tuple(dict.fromkeys((first, *others)))

    def within(self, models: Iterable[str]) -> ModelNames:
        """Return the names where only these may be named."""
        return replace(self, allowed=frozenset(map(one_form, models)))

    def _check(self, *names: str) -> None:
        """Raise RequestError for a name that may not be used."""
        for name in names:
            if name and self.allowed is not None and one_form(name) not in self.allowed:
                message = (
                    f'The model "{shown(name)}" is not among those that this version may use. '
                    "Deploy a version with it in `reach.models`."
                )
                raise RequestError(message, violations=(FieldViolation("spec.model", message),))

    def _route(self, name: str, written: str) -> ModelRoute:
        """Return the route of the model of that name; ``written`` is the original spelling."""
        for candidate in (written, name, name.removeprefix(GATEWAY), one_form(name), ANY_MODEL):
            if route := self.aliases.get(candidate):
                return replace(route, model=one_form(route.model))
        return ModelRoute(str(parse_model(name)))


def models_of(agents: Iterable[AgentSpec]) -> tuple[str, ...]:
    """Return the models that agents name, in canonical form, each once."""
    named = (
        one_form(_qualified(model, agent))
        for agent in agents
        for model in (agent.model or "", *agent.fallback_models)
        if model
    )
    return tuple(dict.fromkeys(named))


def _qualified(model: str, agent: AgentSpec) -> str:
    """Return a bundle's model, with the provider added if its framework omits that."""
    framework = framework_named(agent.framework)
    provider = framework.bare_models if framework is not None else ""
    return f"{provider}/{model}" if provider and model and "/" not in model else model
