"""Builds the executor's admin port: who may see its debug pages, and what these show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from services.executor.access.access import Access
from services.executor.access.methods import DEBUG_PAGES
from services.executor.access.principal import NOBODY
from services.executor.access_errors import ForbiddenError, UnauthenticatedError
from services.executor.access_interceptor import credentials_in, note_refusal
from services.executor.access_settings import needs_credentials
from services.executor.admission import Admission
from services.executor.agent.overview import QUEUED
from services.executor.audit.ports import AuditTrail
from services.executor.errors import ExecutorError
from services.executor.runs.live_runs import LiveRuns
from services.executor.settings import Settings
from services.front.listening import is_local
from services.telemetry.admin.local_only import local_guard
from services.telemetry.admin.pages import FORBIDDEN, UNAVAILABLE, Asked, Guard, Page, Refusal
from services.telemetry.admin.tasks import tasks_page

logger = logging.getLogger(__name__)

UNAUTHENTICATED: Final = 401
MOST_RUNS: Final = 1000
IN_PLAIN_TEXT: Final = (
    "the admin port listens on %s, which other machines may reach, without TLS: health and metrics "
    "are for everyone there, and the credentials of operators can be read on the way"
)


def guard_of(settings: Settings, access: Access, trail: AuditTrail) -> Guard:
    """Return who may see debug pages: operators; everyone on this machine if nobody has to say."""
    if not needs_credentials(vars(settings)):
        return local_guard(settings.admin_address)

    async def guard(asked: Asked) -> Refusal | None:
        principal = NOBODY
        try:
            principal = await access.asking(DEBUG_PAGES, credentials_in(*asked.authorization))
            access.check(DEBUG_PAGES, principal)
        except (UnauthenticatedError, ForbiddenError) as error:
            note_refusal(trail, DEBUG_PAGES, principal, error)
            is_known = isinstance(error, ForbiddenError)
            return Refusal(FORBIDDEN if is_known else UNAUTHENTICATED, str(error))
        except ExecutorError as error:
            return Refusal(UNAVAILABLE, str(error))
        return None

    return guard


def warn_of_plain_text(settings: Settings) -> None:
    """Tell the log when other machines may reach the admin port."""
    if settings.admin_address and not is_local(settings.admin_address):
        logger.warning(IN_PLAIN_TEXT, settings.admin_address)


def pages_of(live: LiveRuns, admission: Admission) -> Mapping[str, Page]:
    """Return the debug pages of an executor."""
    return {"tasks": tasks_page, "runs": lambda: runs_page(live, admission)}


def runs_page(live: LiveRuns, admission: Admission) -> dict[str, Any]:
    """Return the runs that this process has, ``MOST_RUNS`` of them, without their content."""
    now = asyncio.get_running_loop().time()
    runs = [
        {"run": run_id, "age_s": round(now - run.began_s, 1), **run.overview}
        for run_id, run in live.all.items()
    ]
    return {
        "runs": len(runs),
        "queued": sum(each["state"] == QUEUED for each in runs),
        "slots": admission.runs.slots.held,
        "watchers": admission.watchers.slots.held,
        "shown": min(len(runs), MOST_RUNS),
        "each": runs[:MOST_RUNS],
    }
