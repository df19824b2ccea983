"""The models that the tool of ``caisson tool`` may ask: those of the executor's settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from services.cli.domain import ToolAskedModel
from services.executor.adapters.litellm.prices import LiteLLMPrices
from services.executor.adapters.schema_pool import SchemaPool
from services.executor.adapters.system import RandomIds, SystemClock
from services.executor.agent.attempts import AttemptingModel
from services.executor.agent.budget import budget_of
from services.executor.agent.embeddings import AttemptingEmbeddings
from services.executor.agent.ledger import Ledger
from services.executor.agent.model_grant import rules_for
from services.executor.agent.prices import ConfiguredPrices
from services.executor.agent.progress import Progress
from services.executor.agent.state import RunState
from services.executor.agent.tool_models import ToolModels
from services.executor.assembly import providers_of, retries_of
from services.executor.bundle.intake.answered_schemas import AnsweredSchemas
from services.executor.clients import OWN_PROCESS
from services.executor.domain import AgentSpec
from services.executor.errors import RequestError, UnknownModelError
from services.executor.events import Event
from services.executor.limits import RunLimits
from services.executor.model_events import ToolModelQuery
from services.executor.planner_setup import limits_of, names_of
from services.executor.settings import Settings, environment_value


@asynccontextmanager
async def tool_models(
    agent: AgentSpec, settings: Settings, queries: list[ToolAskedModel], *, granted: bool
) -> AsyncIterator[ToolModels | None]:
    """Yield what asks models for one call of a tool of ``agent``, None without the grant.

    Queries are added to ``queries`` when they end.
    """
    if not granted:
        yield None
        return
    names = names_of(settings)
    try:
        own = names.routes("", (), agent)
    except (RequestError, UnknownModelError):
        own = ()  # the tool may name its own
    model, vectors = providers_of(settings, environment_value)
    schemas = SchemaPool(1, settings.schema_timeout_s, settings.schema_memory_bytes)
    clock = SystemClock()

    async def keep(_: RunState, events: Sequence[Event]) -> None:
        queries.extend(asked_of(event) for event in events if isinstance(event, ToolModelQuery))

    try:
        budget = budget_of(limits_of(settings), agent, RunLimits())
        schema_of = partial(AnsweredSchemas(schemas).schema, OWN_PROCESS)
        rules = rules_for(agent, own, budget, names, schema_of, settings.tool_model_queries)
        prices = ConfiguredPrices(settings.model_prices, LiteLLMPrices(model))
        policy = retries_of(settings)
        asking = AttemptingModel(model, clock, policy)
        embeddings = AttemptingEmbeddings(vectors, clock, policy)
        models = ToolModels(asking, prices, RandomIds(), clock, embeddings)
        progress = Progress(RunState(()), keep, clock, lambda: 0)
        models.begin(rules, progress, Ledger(budget, lambda: progress.state))
        yield models
    finally:
        await vectors.close()
        await model.close()
        await schemas.close()


def asked_of(event: ToolModelQuery) -> ToolAskedModel:
    """Return a query for display."""
    usage = event.usage
    tokens = usage.input_tokens, usage.output_tokens
    return ToolAskedModel(event.call_id, event.model, *tokens, event.seconds, event.error)
