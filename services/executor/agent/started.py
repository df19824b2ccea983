"""What a client is told of a run as it starts."""

from __future__ import annotations

from services.executor.agent.factories import diagnostics_of
from services.executor.agent.plan import RunPlan
from services.executor.egress.grants import warnings_of
from services.executor.egress.policy import EgressPolicy
from services.executor.events import RunStarted


def run_started(plan: RunPlan, policy: EgressPolicy) -> RunStarted:
    """Return the first event of a run; ``policy`` says what its tools are granted."""
    manifest, agent = plan.bundle.manifest, plan.agent
    granted = _granted(plan, policy)
    return RunStarted(
        bundle_digest=manifest.digest,
        agent=agent.key,
        model=plan.models[0].model,
        session_id=plan.session.session_id if plan.session else "",
        diagnostics=(
            *diagnostics_of(manifest, agent),
            *plan.tools.diagnostics,
            *plan.notes,
            *warnings_of(agent.key, plan.tools.offered.values(), granted),
        ),
        request_id=plan.request_id,
    )


def _granted(plan: RunPlan, policy: EgressPolicy) -> set[str]:
    """Return the names in the environment of the run's tools."""
    agent, given = plan.agent.key, plan.context.get("env")
    return {each.name for each in policy.secrets_for(agent, "")}.union(
        policy.values_for(agent, ""), plan.env, given if isinstance(given, dict) else ()
    )
