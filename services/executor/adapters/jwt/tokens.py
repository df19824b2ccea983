"""Admits by JSON Web Tokens (RFC 7519, RFC 8725), verified with PyJWT."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import jwt

from services.executor.access.issuers import ClaimError, Issuer
from services.executor.access.ports import Credentials
from services.executor.access.principal import Principal
from services.executor.adapters.jwt.key_sets import Fetch, KeySet

REQUIRED: Final = ["exp", "iss", "aud", "sub"]
MAX_TOKEN: Final = 8 * 1024
PARTS: Final = 3
REMEMBERED_S: Final = 5.0
MOST_REMEMBERED: Final = 10_000


class Tokens:
    """Admits whoever has a valid token of one of some issuers.

    A token that was verified is remembered for ``REMEMBERED_S``, but not beyond its expiry.

    Args:
        issuers: the only ones that are trusted.
        fetch: fetches the URL of an issuer's keys.
        fresh_s: seconds after which keys are fetched again.
        clock: a clock that only goes forward, in seconds.
        now: the time since 1970, in seconds.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        fetch: Fetch,
        fresh_s: float,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = [(each, KeySet(each, fetch, fresh_s, clock)) for each in issuers]
        self._clock, self._now = clock, now
        self._known: OrderedDict[bytes, tuple[Principal, float, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"Tokens({[each.issuer for each, _ in self._issuers]})"

    async def principal(self, credentials: Credentials) -> Principal | None:
        """See ``Authenticator``."""
        text = credentials.bearer
        if text is None or len(text) > MAX_TOKEN or text.count(".") != PARTS - 1:
            return None
        digest = hashlib.sha256(text.encode(errors="replace")).digest()
        known = self._known.get(digest)
        if known is not None:
            principal, until, expires = known
            if self._clock() < until and self._now() < expires:
                return principal
            del self._known[digest]
        return await self._verified(text, digest)

    async def close(self) -> None:
        """See ``Authenticator``."""
        for _, keys in self._issuers:
            await keys.close()

    async def _verified(self, text: str, digest: bytes) -> Principal | None:
        try:
            header = jwt.get_unverified_header(text)
            claims = jwt.decode(text, options={"verify_signature": False})
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        if "crit" in header:  # RFC 7515: what must be understood, and is not, closes
            return None
        for issuer, keys in self._issuers:
            if claims.get("iss") != issuer.issuer or header.get("alg") not in issuer.algorithms:
                continue
            key_id = header.get("kid")
            if key_id is not None and not isinstance(key_id, str):
                continue
            key = await keys.key(key_id)
            if key is not None and (found := self._of(issuer, key, text, digest)) is not None:
                return found
        return None

    def _of(self, issuer: Issuer, key: jwt.PyJWK, text: str, digest: bytes) -> Principal | None:
        """Return who a token of an issuer stands for, None if it is not valid."""
        if key.algorithm_name not in issuer.algorithms:
            return None
        try:
            claims = jwt.decode(
                text,
                key,
                algorithms=list(issuer.algorithms),
                audience=issuer.audience,
                issuer=issuer.issuer,
                leeway=issuer.leeway_s,
                options={"require": REQUIRED},
            )
            if issuer.longest_s is not None and not _is_short(claims, issuer.longest_s):
                return None
            principal = issuer.principal(claims)
        except (jwt.PyJWTError, ClaimError, ValueError, RecursionError, OverflowError):
            return None
        expires = float(claims["exp"]) + issuer.leeway_s
        self._known[digest] = principal, self._clock() + REMEMBERED_S, expires
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return principal


def _is_short(claims: Mapping[str, Any], longest_s: float) -> bool:
    """Return whether a token was made for at most some seconds; ``iat`` must then be there."""
    made, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(made, int | float) or not isinstance(expires, int | float):
        return False
    return 0 <= expires - made <= longest_s
