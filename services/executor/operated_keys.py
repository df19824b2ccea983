"""API keys as whoever operates the deployment manages them, in its database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.executor.access.principal import Principal, Role, scopes_of
from services.executor.access_setup import Keys, maker_of
from services.executor.admin_service import KeyAnswers
from services.executor.audit_setup import Audit
from services.executor.key_desk import KeyDesk
from services.executor.run_database import open_run_database
from services.executor.settings import Settings
from services.executor.wire.page_tokens import PageTokens


@asynccontextmanager
async def operators_keys(settings: Settings, organisation: str) -> AsyncIterator[KeyAnswers]:
    """Yield the keys of an organisation in a file that no executor has open, or a PostgreSQL.

    Raises:
        SetupError: an executor uses the file, or there is no key of the deployment.
        DatabaseError: the database cannot be reached.
    """
    roles = frozenset({Role.OWNER, Role.OPERATOR})
    operator = Principal(organisation, "", roles, scopes_of(roles))
    maker = maker_of(settings)
    database = open_run_database(settings)
    try:
        audit = Audit(settings, database.opened.audit)
        desk = KeyDesk(Keys(database.opened.keys, maker), audit.trail)
        try:
            yield KeyAnswers(desk, PageTokens(), operator)
        finally:
            await audit.close()
    finally:
        await database.close()
