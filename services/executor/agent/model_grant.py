"""Which runs' tools may ask models, and what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from services.executor.agent.budget import Budget
from services.executor.agent.model_names import ModelNames
from services.executor.agent.tool_queries import SchemaOf
from services.executor.conversation import ModelRoute
from services.executor.domain import AgentSpec
from services.executor.errors import FieldViolation, RequestError

RoutesOf: TypeAlias = Callable[[str, str], tuple[ModelRoute, ...]]
"""Returns the models to try, in order, for a name in the bundle and the code's framework."""


@dataclass(frozen=True)
class QueryRules:
    """What a run's tools may ask: of which models, within which budget, how often."""

    routes: RoutesOf
    schema_of: SchemaOf
    budget: Budget
    most: int


def rules_for(
    agent: AgentSpec,
    models: tuple[ModelRoute, ...],
    budget: Budget,
    names: ModelNames,
    schema_of: SchemaOf,
    most: int,
) -> QueryRules:
    """Return what the tools of an agent may ask.

    Args:
        agent: the agent.
        models: those that it asks itself: what a query without a model goes to.
        budget: the run's.
        names: the models by their names.
        schema_of: reads the schemas in queries.
        most: the most queries of the run.
    """

    def routes(name: str, framework: str) -> tuple[ModelRoute, ...]:
        if name:
            other = replace(agent, model=name, fallback_models=(), framework=framework)
            return names.routes("", (), other)
        if models:
            return models
        raise RequestError(
            "The query names no model, and neither do the agent of the run and the deployment."
        )

    return QueryRules(routes, schema_of, budget, most)


class ModelsForTools(Enum):
    """The runs of a deployment whose tools may ask models.

    NEVER: none. REQUEST: those whose request says so. ALWAYS: those whose request does not decline.
    """

    NEVER = "never"
    REQUEST = "request"
    ALWAYS = "always"

    def granted(self, asked: bool | None) -> bool:
        """Return whether the tools of a run may ask models.

        Args:
            asked: what its request says; None for nothing.

        Raises:
            RequestError: it asks for what no run may have.
        """
        if self is ModelsForTools.NEVER and asked:
            message = (
                "The tools of this run may ask no models: the deployment "
                "(CAISSON_EXECUTOR_TOOL_MODELS=never) or the deployed version (reach.tool_models) "
                "does not let them. Leave the field out."
            )
            raise RequestError(message, violations=(FieldViolation("spec.allow_models", message),))
        return self is ModelsForTools.ALWAYS if asked is None else asked
