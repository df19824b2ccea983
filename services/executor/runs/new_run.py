"""A planned run, as it is recorded when it begins."""

from __future__ import annotations

import hashlib

from services.executor.agent.plan import RunPlan
from services.executor.runs.rows import NewRun


def new_run(plan: RunPlan, spec: bytes, *, continues: bool, resource_id: str = "") -> NewRun:
    """Return what is recorded of a planned run.

    Args:
        plan: its plan.
        spec: its request, a serialized ``RunSpec`` without its bundle.
        continues: whether it goes on without its client.
        resource_id: whose it is within the organisation.
    """
    digest = plan.bundle.manifest.digest
    # The spec names a deployed agent; sent again it is the same request, whichever version it gets.
    asked = digest.encode() if plan.version is None else b"deployed "
    return NewRun(
        run_id=plan.run_id,
        tenant=plan.client.organisation,
        host=plan.client.host,
        connection=plan.client.connection,
        request_id=plan.request_id,
        spec=spec,
        spec_digest=hashlib.sha256(asked + spec).hexdigest(),
        program=digest,
        agent=plan.agent.key,
        session=plan.session,
        policy=plan.session_policy,
        continues=continues,
        deployed="" if plan.version is None else plan.version.name,
        resource_id="" if plan.session is not None else resource_id,
    )
