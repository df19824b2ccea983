"""The JSON Web Key Sets of issuers (RFC 7517): fetched through the egress checks, and kept."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import jwt

from services.executor.access.issuers import Issuer
from services.executor.access_errors import IssuerAwayError
from services.executor.clients import OWN_PROCESS
from services.executor.egress.ports import ExchangeFactory, OutgoingRequest
from services.executor.egress.rules import OperatorsServer
from services.executor.egress.web_url import parse_url
from services.executor.errors import EgressError

logger = logging.getLogger(__name__)

AGAIN_S: Final = 2.0
"""How soon a set is fetched again for a key that it lacks, or after a fetch that failed."""
STALE_S: Final = 24 * 3600.0
FETCH_S: Final = 5.0
WAIT_S: Final = 1.0
"""How long a token waits for a key that the set lacks: anybody can name one."""
MAX_BYTES: Final = 256 * 1024
MAX_KEYS: Final = 100
HEADERS: Final = (("accept", "application/json"), ("user-agent", "caisson"))

Fetch = Callable[[str], Awaitable[bytes]]


def fetcher(exchanges: ExchangeFactory) -> Fetch:
    """Return what fetches a URL that the operator has named, and nothing else, over HTTP."""

    async def fetch(url: str) -> bytes:
        target = parse_url(url)
        connections = exchanges(OperatorsServer(target.host, target.port), OWN_PROCESS)
        body = bytearray()
        try:
            async with asyncio.timeout(FETCH_S):
                async with connections.send(
                    OutgoingRequest("GET", target, HEADERS, b"")
                ) as response:
                    if response.status != 200:
                        raise ValueError(f"it answered with status {response.status}")
                    async for piece in response.pieces():
                        body += piece
                        if len(body) > MAX_BYTES:
                            raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
        finally:
            await connections.close()
        return bytes(body)

    return fetch


class KeySet:
    """The keys of one issuer. They are fetched once for all who wait.

    A set is fetched again after ``fresh_s``, while the old one is used, and when a token names a
    key that it lacks, at most every ``AGAIN_S``. An old one is used for ``STALE_S`` while its URL
    cannot be fetched.

    Args:
        issuer: whose keys they are.
        fetch: fetches a URL.
        fresh_s: seconds after which a set is fetched again.
        clock: a clock that only goes forward, in seconds.
    """

    def __init__(
        self, issuer: Issuer, fetch: Fetch, fresh_s: float, clock: Callable[[], float]
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._fresh_s = fresh_s
        self._clock = clock
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        if issuer.jwks is not None:
            self._keys = keys_of(issuer.jwks)

    def __repr__(self) -> str:
        return f"KeySet({self._issuer.issuer}, keys={len(self._keys)})"

    async def key(self, key_id: str | None) -> jwt.PyJWK | None:
        """Return the key that a token names; the only key, if it names none.

        Raises IssuerAwayError: no keys are known, and they cannot be fetched now.
        """
        if self._issuer.jwks is None:
            age = self._clock() - self._fetched
            if age > STALE_S:
                await self._refresh()
            elif age > self._fresh_s:
                self._begin()
        found = self._named(key_id)
        if found is None and self._issuer.jwks is None:
            await self._refresh()
            found = self._named(key_id)
        return found

    async def close(self) -> None:
        """End a fetch that is under way; idempotent."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _named(self, key_id: str | None) -> jwt.PyJWK | None:
        if self._issuer.jwks is None and self._clock() - self._fetched > STALE_S:
            return None
        if key_id is not None:
            return self._keys.get(key_id)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _refresh(self) -> None:
        task = self._begin()
        if task is not None:
            done, _ = await asyncio.wait([task], timeout=WAIT_S)
            for each in done:
                each.result()
        if self._clock() - self._fetched > STALE_S:
            raise IssuerAwayError(
                f"The keys of the issuer {self._issuer.issuer} cannot be fetched now, so that its "
                "tokens cannot be checked. Send the request again later.",
                retry_after_s=AGAIN_S,
            )

    def _begin(self) -> asyncio.Task[None] | None:
        """Begin a fetch, or return that which is under way; None while it is too early."""
        if self._fetching is None and self._clock() - self._tried >= AGAIN_S:
            self._tried = self._clock()
            self._fetching = asyncio.create_task(self._fetch_once())
            self._fetching.add_done_callback(self._done)
        return self._fetching

    def _done(self, task: asyncio.Task[None]) -> None:
        self._fetching = None
        self._tried = self._clock()

    async def _fetch_once(self) -> None:
        url = self._issuer.jwks_url
        try:
            self._keys = keys_of(json.loads(await self._fetch(url)))
            self._fetched = self._clock()
        except (EgressError, TimeoutError, ValueError, RecursionError) as error:
            why = str(error) or "it does not answer in time"
            logger.warning(
                "the keys of the issuer %s cannot be fetched from %s: %s. %s",
                *(self._issuer.issuer, url, why),
                "The old ones are still used." if self._keys else "Its tokens are refused.",
            )


def keys_of(document: Any) -> Mapping[str, jwt.PyJWK]:
    """Return the keys of a set by their ids; what is for no signature by a key pair is left out.

    Raises:
        ValueError: it is no JSON Web Key Set, or none of its keys can be used.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise ValueError(f"it is no JSON Web Key Set of at most {MAX_KEYS} keys")
    found: dict[str, jwt.PyJWK] = {}
    for entry in listed:
        if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        if entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry)
        except jwt.PyJWTError:
            continue  # of a kind that is not supported
        found[key.key_id or ""] = key
    if not found:
        raise ValueError("it has no key for signatures that is supported")
    return found
