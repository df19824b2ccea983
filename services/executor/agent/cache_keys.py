"""What tells providers which prompts begin alike."""

from __future__ import annotations

import hashlib

from services.executor.agent.plan import RunPlan
from services.executor.conversation import SessionKey


def cache_key(plan: RunPlan) -> str:
    """Return a key shared by the prompts of one conversation, or else of one agent.

    It goes to the provider, so it does not reveal whose conversation it is.
    """
    session, organisation = plan.session or SessionKey("", ""), plan.client.organisation
    # Else an organisation could tell by a query's time that another one has the same bundle.
    whose = (organisation,) if organisation else ()
    about = (plan.bundle.manifest.digest, plan.agent.key, session.resource_id, session.session_id)
    parts = (*about, *whose)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
