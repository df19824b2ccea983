"""API keys in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from services.executor.access.api_keys import MAX_KEYS, KeyRow
from services.executor.access.principal import ROLES, SCOPES
from services.executor.adapters.database.key_tables import API_KEYS
from services.executor.adapters.database.lanes import Lanes


class DatabaseKeys:
    """See ``KeyStore``."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def __repr__(self) -> str:
        return f"DatabaseKeys({self._lanes!r})"

    async def find(self, key_id: str) -> KeyRow | None:
        """See ``KeyStore``."""
        asked = select(API_KEYS).where(API_KEYS.c.key_id == key_id)

        def work(connection: Connection) -> KeyRow | None:
            found = connection.execute(asked).one_or_none()
            return _row(found) if found is not None else None

        return await self._lanes.reader.run(work)

    async def add(self, row: KeyRow) -> bool:
        """See ``KeyStore``."""
        counted = select(func.count()).where(API_KEYS.c.organisation == row.organisation)

        def work(connection: Connection) -> bool:
            if connection.execute(counted).scalar_one() >= MAX_KEYS:
                return False
            connection.execute(insert(API_KEYS).values(_values(row)))
            return True

        return await self._lanes.beside.run(work)

    async def revoke(self, organisation: str, key_id: str, now_ns: int) -> KeyRow | None:
        """See ``KeyStore``."""
        whose = (API_KEYS.c.key_id == key_id) & (API_KEYS.c.organisation == organisation)

        def work(connection: Connection) -> KeyRow | None:
            connection.execute(
                update(API_KEYS).where(whose, API_KEYS.c.revoked_ns == 0).values(revoked_ns=now_ns)
            )
            found = connection.execute(select(API_KEYS).where(whose)).one_or_none()
            return _row(found) if found is not None else None

        return await self._lanes.beside.run(work)

    async def of(self, organisation: str) -> Sequence[KeyRow]:
        """See ``KeyStore``."""
        asked = (
            select(API_KEYS)
            .where(API_KEYS.c.organisation == organisation)
            .order_by(API_KEYS.c.created_ns.desc(), API_KEYS.c.key_id.desc())
        )

        def work(connection: Connection) -> Sequence[KeyRow]:
            return [_row(found) for found in connection.execute(asked)]

        return await self._lanes.reader.run(work)


def _values(row: KeyRow) -> dict[str, Any]:
    scopes = None if row.scopes is None else " ".join(sorted(each.value for each in row.scopes))
    return {
        **vars(row),
        "roles": " ".join(sorted(each.value for each in row.roles)),
        "scopes": scopes,
    }


def _row(found: Any) -> KeyRow:
    """Return a key; a role or a scope of a newer version grants nothing here."""
    narrowed = None
    if found.scopes is not None:
        narrowed = frozenset(SCOPES[each] for each in found.scopes.split() if each in SCOPES)
    return KeyRow(
        key_id=found.key_id,
        organisation=found.organisation,
        name=found.name,
        roles=frozenset(ROLES[each] for each in found.roles.split() if each in ROLES),
        scopes=narrowed,
        resource_id=found.resource_id,
        digest=bytes(found.digest),
        created_ns=found.created_ns,
        expires_ns=found.expires_ns,
        revoked_ns=found.revoked_ns,
        created_by=found.created_by,
    )
