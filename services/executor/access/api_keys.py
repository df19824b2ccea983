"""API keys, ``ck_ID_SECRET``: only a MAC of the secret is kept; made-up ids cost nothing.

The last eight digits of an id are a MAC of the others, so that no database is asked about an id
that was never given out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from services.executor.access.principal import Principal, Role, Scope, scopes_of

PREFIX: Final = "ck_"
RANDOM_DIGITS, MAC_DIGITS = 16, 8
SECRET_BYTES: Final = 32
MAX_NAME: Final = 128
MAX_KEYS: Final = 10_000
FORM: Final = re.compile(r"ck_([0-9a-f]{24})_([A-Za-z0-9_-]{43})")
ORGANISATION: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
ORGANISATION_FORM: Final = "1 to 63 of a-z, 0-9, dots, hyphens and underscores, such as acme"


@dataclass(frozen=True)
class KeyRow:
    """An API key as it is kept.

    Attributes:
        key_id: its id.
        organisation: whose it is.
        name: what its owner calls it.
        roles: what it may do,
        scopes: narrowed to these; None for all of its roles.
        resource_id: the only resource that it sees; None for all of them.
        digest: HMAC-SHA-256 of its secret.
        created_ns, expires_ns, revoked_ns: times since 1970; 0 for never.
        created_by: the subject that made it; empty for the operator.
    """

    key_id: str
    organisation: str
    name: str
    roles: frozenset[Role]
    scopes: frozenset[Scope] | None
    resource_id: str | None
    digest: bytes = field(repr=False)
    created_ns: int
    expires_ns: int = 0
    revoked_ns: int = 0
    created_by: str = ""

    def is_valid(self, now_ns: int) -> bool:
        """Return whether it can be used."""
        return not self.revoked_ns and not 0 < self.expires_ns <= now_ns

    def principal(self) -> Principal:
        """Return who uses it."""
        granted = scopes_of(self.roles, self.scopes)
        subject = f"key:{self.name}"
        return Principal(
            self.organisation,
            subject,
            self.roles,
            granted,
            self.key_id,
            self.resource_id,
            self.expires_ns,
        )


@dataclass(frozen=True)
class AskedKey:
    """A key that somebody asks for; see ``KeyRow``."""

    name: str
    roles: frozenset[Role]
    scopes: frozenset[Scope] | None
    resource_id: str | None
    expires_ns: int

    @property
    def granted(self) -> frozenset[Scope]:
        """What it may do."""
        return scopes_of(self.roles, self.scopes)


class KeyStore(Protocol):
    """Where API keys are kept; raises DatabaseError where it cannot be reached."""

    async def find(self, key_id: str) -> KeyRow | None:
        """Return a key by its id."""
        ...

    async def add(self, row: KeyRow) -> bool:
        """Keep a key; False if its organisation has ``MAX_KEYS`` already."""
        ...

    async def revoke(self, organisation: str, key_id: str, now_ns: int) -> KeyRow | None:
        """Revoke a key for ever, and return it; None if the organisation has none of that id."""
        ...

    async def of(self, organisation: str) -> Sequence[KeyRow]:
        """Return the keys of an organisation, the latest first."""
        ...


class MemoryKeys:
    """Keys in memory, until the process ends."""

    def __init__(self) -> None:
        self._rows: dict[str, KeyRow] = {}

    def __repr__(self) -> str:
        return f"MemoryKeys({len(self._rows)})"

    async def find(self, key_id: str) -> KeyRow | None:
        """See ``KeyStore``."""
        return self._rows.get(key_id)

    async def add(self, row: KeyRow) -> bool:
        """See ``KeyStore``."""
        if len(await self.of(row.organisation)) >= MAX_KEYS:
            return False
        self._rows[row.key_id] = row
        return True

    async def revoke(self, organisation: str, key_id: str, now_ns: int) -> KeyRow | None:
        """See ``KeyStore``."""
        row = self._rows.get(key_id)
        if row is None or row.organisation != organisation:
            return None
        self._rows[key_id] = row = replace(row, revoked_ns=row.revoked_ns or now_ns)
        return row

    async def of(self, organisation: str) -> Sequence[KeyRow]:
        """See ``KeyStore``."""
        rows = [row for row in self._rows.values() if row.organisation == organisation]
        return sorted(rows, key=lambda row: (row.created_ns, row.key_id), reverse=True)


@dataclass(frozen=True)
class KeyMaker:
    """Makes and recognises keys.

    Args:
        pepper: at least 32 bytes, the same for all executors of a deployment: without it, nobody
            who reads the database can make a key or test one.
    """

    pepper: bytes = field(repr=False)

    def made(self) -> tuple[str, str, bytes]:
        """Return a new key: its id, its text, which is shown once, and the digest to keep."""
        random = secrets.token_hex(RANDOM_DIGITS // 2)
        key_id = random + self._mac_of(random)
        secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=")
        return key_id, f"{PREFIX}{key_id}_{secret}", self.digest(key_id, secret)

    def parsed(self, text: str) -> tuple[str, str] | None:
        """Return the id and the secret of a key; None if it was never given out."""
        found = FORM.fullmatch(text)
        if found is None:
            return None
        key_id, secret = found.groups()
        random, mac = key_id[:RANDOM_DIGITS], key_id[RANDOM_DIGITS:]
        return (key_id, secret) if hmac.compare_digest(mac, self._mac_of(random)) else None

    def digest(self, key_id: str, secret: str) -> bytes:
        """Return what is kept of a secret."""
        return hmac.new(self.pepper, f"key {key_id} {secret}".encode(), hashlib.sha256).digest()

    def _mac_of(self, random: str) -> str:
        whole = hmac.new(self.pepper, f"id {random}".encode(), hashlib.sha256)
        return whole.hexdigest()[:MAC_DIGITS]


def pepper_of(key: bytes) -> bytes:
    """Return the pepper of API keys that belongs to a deployment's key."""
    return hmac.new(key, b"caisson api keys", hashlib.sha256).digest()
