"""Builds what plans runs, as the settings say."""

from __future__ import annotations

from services.executor.agent.model_grant import ModelsForTools
from services.executor.agent.model_names import ModelNames
from services.executor.agent.planner import Planner
from services.executor.agent.ports import BundleSourceReader, IdSource, ModelPrices, SessionStore
from services.executor.agent.repeats import Repeats
from services.executor.egress.policy import EgressPolicy
from services.executor.limits import DeploymentLimits
from services.executor.schemas.ports import SchemaProcesses
from services.executor.settings import Settings


def planner_of(
    settings: Settings,
    bundles: BundleSourceReader,
    schemas: SchemaProcesses,
    policy: EgressPolicy,
    sessions: SessionStore,
    prices: ModelPrices,
    ids: IdSource,
) -> Planner:
    """Return the planner of all runs."""
    return Planner(
        bundles,
        prices,
        names_of(settings),
        limits_of(settings),
        ids,
        schemas,
        policy,
        may_ask=settings.sandbox_schemas,
        sessions=sessions,
        models=ModelsForTools(settings.tool_models),
        tool_queries=settings.tool_model_queries,
        repeats=Repeats(settings.idempotent_tools, trusts_servers=settings.trust_idempotent_hints),
        approvals=settings.approvals,
        wait_s=settings.approval_wait_s,
    )


def names_of(settings: Settings) -> ModelNames:
    """Return what the deployment calls models."""
    return ModelNames(settings.default_model, settings.model_aliases, settings.model_fallbacks)


def limits_of(settings: Settings) -> DeploymentLimits:
    """Return the deployment's limits of a run."""
    return DeploymentLimits(
        max_steps=settings.max_steps,
        timeout_s=settings.run_timeout_s,
        tool_text_bytes=settings.tool_text_bytes,
        tool=settings.tool_limits,
        max_tool_calls=settings.max_tool_calls,
        max_input_tokens=settings.max_input_tokens,
        max_output_tokens=settings.max_output_tokens,
        max_cost_usd=settings.max_cost_usd,
        first_token_s=settings.model_first_token_s,
        token_gap_s=settings.model_silence_s,
        tool_time_s=settings.tool_time_s,
    )
