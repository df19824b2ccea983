"""What owners ask of their organisation's API keys."""

from __future__ import annotations

import time
from collections.abc import Sequence

from services.executor.access.api_keys import MAX_KEYS, AskedKey, KeyRow
from services.executor.access.principal import Principal
from services.executor.access_errors import ForbiddenError, KeyNotFoundError
from services.executor.access_setup import Keys
from services.executor.audit.entries import Action, by, refused
from services.executor.audit.ports import AuditTrail
from services.executor.errors import FieldViolation, RequestError

NO_ORGANISATION = (
    "The request has no credential, so there is no organisation whose keys these could be. Set "
    "CAISSON_EXECUTOR_API_KEYS=true, and make the first key with `caisson keys create` without "
    "--server (docs/access.md)."
)
NO_KEYS = "This executor admits no API keys: CAISSON_EXECUTOR_API_KEYS is not set."


class KeyDesk:
    """Makes, lists and revokes the API keys of an organisation.

    Args:
        keys: all there are.
        trail: is told who makes and revokes them.
    """

    def __init__(self, keys: Keys, trail: AuditTrail) -> None:
        self._keys = keys
        self._trail = trail

    def __repr__(self) -> str:
        return f"KeyDesk({self._keys!r})"

    async def create(self, asked: AskedKey, principal: Principal) -> tuple[str, KeyRow]:
        """Make a key for the caller's organisation; return its text, and what is kept of it.

        Raises:
            RequestError: there is no organisation, or no room for it.
            ForbiddenError: it could do more than the caller.
        """
        maker = self._keys.maker
        if maker is None:
            raise RequestError(NO_KEYS)
        try:
            _check_grant(principal, asked)
        except ForbiddenError:
            self._trail.count(refused(by(principal, Action.KEY_CREATED, "")))
            raise
        key_id, text, digest = maker.made()
        row = KeyRow(
            key_id=key_id,
            organisation=organisation_of(principal),
            name=asked.name,
            roles=asked.roles,
            scopes=asked.scopes,
            resource_id=asked.resource_id,
            digest=digest,
            created_ns=time.time_ns(),
            expires_ns=asked.expires_ns,
            created_by=principal.subject,
        )
        if not await self._keys.store.add(row):
            raise RequestError(f"The organisation has {MAX_KEYS:,} keys, and more are not kept.")
        roles = " ".join(sorted(role.value for role in row.roles))
        self._trail.record(by(principal, Action.KEY_CREATED, key_id, roles=roles))
        return text, row

    async def of(self, principal: Principal) -> Sequence[KeyRow]:
        """Return the keys that the caller may see, the latest first; raises RequestError."""
        rows = await self._keys.store.of(organisation_of(principal))
        return [row for row in rows if _is_seen(row, principal)]

    async def revoke(self, key_id: str, principal: Principal) -> KeyRow:
        """End a key that the caller may see; raises RequestError, KeyNotFoundError."""
        organisation, store = organisation_of(principal), self._keys.store
        row = await store.find(key_id)
        if row is not None:
            is_seen = _is_seen(row, principal)
            row = await store.revoke(organisation, key_id, time.time_ns()) if is_seen else None
        if row is None:
            raise KeyNotFoundError(
                f'The organisation has no API key of the id "{key_id[:64]}". ListKeys (`caisson '
                "keys list`) lists its keys."
            )
        if self._keys.known is not None:
            self._keys.known.forget(row.key_id)
        self._trail.record(by(principal, Action.KEY_REVOKED, row.key_id))
        return row


def organisation_of(principal: Principal) -> str:
    """Return whose keys somebody asks about; raises RequestError for nobody's request."""
    if not principal.organisation:
        raise RequestError(NO_ORGANISATION)
    return principal.organisation


def _is_seen(row: KeyRow, principal: Principal) -> bool:
    """Tell whether somebody may see a key: whoever sees one resource alone, only those for it."""
    own = principal.resource_id
    return row.organisation == principal.organisation and own in (None, row.resource_id)


def _check_grant(principal: Principal, asked: AskedKey) -> None:
    """Check that nobody gives away more than they have; raises ForbiddenError."""
    more = asked.granted - principal.scopes
    if more:
        names = ", ".join(sorted(each.value for each in more))
        raise ForbiddenError(f"The key could do more than its maker, who lacks {names}.")
    if principal.resource_id is not None and asked.resource_id != principal.resource_id:
        raise ForbiddenError(
            "This credential sees one resource alone, and can only make keys for the same.",
            violations=(FieldViolation("resource_id", "It must be the caller's own."),),
        )
    if principal.expires_ns and not 0 < asked.expires_ns <= principal.expires_ns:
        raise ForbiddenError(
            "The key would outlive its maker's: give it an expiry that is no later.",
            violations=(FieldViolation("expire_time", "It must be no later than the caller's."),),
        )
