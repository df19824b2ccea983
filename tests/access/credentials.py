"""Credentials of every kind, good and bad, for tests of who is admitted."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from services.executor.access.api_keys import KeyRow
from services.executor.access.principal import Role, Scope
from services.executor.access_setup import maker_of
from services.executor.adapters.database.database import open_database
from services.executor.settings import Settings
from tests.loopback import listening

KEY = base64.b64encode(bytes(range(32))).decode()
ISSUER, AUDIENCE = "https://id.example", "caisson"


async def add_key(
    folder: Path | str,
    organisation: str,
    *roles: Role,
    name: str = "test",
    scopes: frozenset[Scope] | None = None,
    resource_id: str | None = None,
    expires_ns: int = 0,
    revoked_ns: int = 0,
) -> str:
    """Keep an API key in a database that no executor has open, and return its text."""
    key_id, text, digest = maker_of(Settings(api_keys=True, key=KEY)).made()
    row = KeyRow(
        key_id=key_id,
        organisation=organisation,
        name=name,
        roles=frozenset(roles or (Role.OWNER,)),
        scopes=scopes,
        resource_id=resource_id,
        digest=digest,
        created_ns=time.time_ns(),
        expires_ns=expires_ns,
        revoked_ns=revoked_ns,
    )
    database = open_database(folder)
    try:
        assert await database.keys.add(row)
    finally:
        await database.close()
    return text


class Signer:
    """A key pair of an issuer."""

    def __init__(self, key_id: str, algorithm: str = "ES256") -> None:
        self.key_id, self.algorithm = key_id, algorithm
        self.private: Any
        if algorithm.startswith("ES"):
            self.private = ec.generate_private_key(ec.SECP256R1())
        elif algorithm == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def jwk(self) -> dict[str, Any]:
        """Its public key, as a JSON Web Key."""
        makes = jwt.get_algorithm_by_name(self.algorithm)
        made: dict[str, Any] = json.loads(makes.to_jwk(self.private.public_key()))
        return {**made, "kid": self.key_id, "use": "sig", "alg": self.algorithm}

    def token(
        self, headers: dict[str, Any] | None = None, without: Sequence[str] = (), **claims: Any
    ) -> str:
        """A token, good unless the claims say otherwise."""
        now = int(time.time())
        whole = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "alice",
            "org": "acme",
            "roles": ["owner"],
            "iat": now,
            "exp": now + 600,
            **claims,
        }
        for name in without:
            del whole[name]
        return jwt.encode(
            whole, self.private, self.algorithm, {"kid": self.key_id, **(headers or {})}
        )


class Issuing:
    """The key set of an issuer on loopback: how often it was fetched, and what is in it."""

    def __init__(self, *signers: Signer) -> None:
        self.signers = list(signers)
        self.fetched = 0
        self.broken = False
        self.url = ""

    @property
    def setting(self) -> str:
        """The setting that trusts it."""
        entry = {
            "issuer": ISSUER,
            "audience": AUDIENCE,
            "jwks_url": self.url,
            "organisation_claim": "org",
            "roles_claim": "roles",
        }
        return json.dumps([entry])

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        await reader.readuntil(b"\r\n\r\n")
        self.fetched += 1
        body = json.dumps({"keys": [each.jwk for each in self.signers]}).encode()
        status = "500 Broken" if self.broken else "200 OK"
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()


@asynccontextmanager
async def issuing(*signers: Signer) -> AsyncIterator[Issuing]:
    """Serve the key set of an issuer."""
    issuer = Issuing(*signers)
    async with listening(issuer.answer) as port:
        issuer.url = f"http://127.0.0.1:{port}/jwks.json"
        yield issuer
