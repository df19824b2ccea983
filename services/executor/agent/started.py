"""What a client is told of a run as it starts, and of the agents that join it later."""

from __future__ import annotations

from collections.abc import Collection

from services.executor.agent.factories import diagnostics_of
from services.executor.agent.plan import RunPlan
from services.executor.bundle.manifest.load_reads import PATH as READ_AT_LOAD
from services.executor.domain import ConsoleLine, Diagnostic, Severity
from services.executor.egress.grants import warnings_of
from services.executor.egress.policy import EgressPolicy
from services.executor.events import RunStarted, ToolConsole

MAX_NOTES = 20
MAX_NOTE = 600


def run_started(plan: RunPlan, policy: EgressPolicy) -> RunStarted:
    """Return the first event of a run; ``policy`` says what its tools are granted."""
    manifest, agent = plan.bundle.manifest, plan.agent
    granted = _granted(plan, policy)
    given = {f"{READ_AT_LOAD}{name}" for name in granted}
    return RunStarted(
        bundle_digest=manifest.digest,
        agent=agent.key,
        model=plan.models[0].model,
        session_id=plan.session.session_id if plan.session else "",
        diagnostics=(
            *(each for each in diagnostics_of(manifest, agent) if each.path not in given),
            *plan.tools.diagnostics,
            *plan.notes,
            *warnings_of(agent.key, plan.tools.offered.values(), granted),
        ),
        request_id=plan.request_id,
        deployed="" if plan.version is None else plan.version.name,
    )


def told_later(plan: RunPlan, known: Collection[Diagnostic] = ()) -> list[ToolConsole]:
    """Return what is told of an agent that is called, or handed over to, while a run goes on.

    It is what the plan leaves out of the agent, beside what is ``known`` already.
    """
    # Its servers, once connected, tell of all its tools.
    tools = () if plan.served is not None else plan.tools.diagnostics
    notes = [each for each in (*plan.notes, *tools) if each not in known]
    lines = [
        ConsoleLine(
            "info" if each.severity is Severity.INFO else "warn",
            f"{each.path}: {each.reason}"[:MAX_NOTE],
        )
        for each in notes[:MAX_NOTES]
    ]
    if len(notes) > MAX_NOTES:
        lines.append(ConsoleLine("warn", f"{len(notes) - MAX_NOTES} more notes are left out"))
    return [ToolConsole("", line) for line in lines]


def _granted(plan: RunPlan, policy: EgressPolicy) -> set[str]:
    """Return the names in the environment of the run's tools."""
    agent, given = plan.agent.key, plan.context.get("env")
    whose = plan.client.organisation
    return {each.name for each in policy.secrets_for(agent, whose)}.union(
        policy.values_for(agent, whose), plan.env, given if isinstance(given, dict) else ()
    )
