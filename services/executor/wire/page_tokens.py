"""Page tokens: where a page starts, signed, and bound to the listing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Final

MAC_BYTES: Final = 16
MOST_CHARACTERS: Final = 256


class BadTokenError(ValueError):
    """A token is not one of ours, or belongs to another listing."""


class PageTokens:
    """Makes and reads tokens.

    Args:
        key: a secret that signs them; executors that share one read each other's. If empty, a
            random one, so that no other executor can, nor this one after a restart.
        reader: the version of the code that reads bundles, whose manifests have the same pages.
    """

    def __init__(self, key: str = "", reader: str = "") -> None:
        given = key.encode(errors="surrogateescape") or secrets.token_bytes(32)
        # So that nothing else which is signed with the same secret passes for a token.
        self._key = hmac.new(given, b"caisson page tokens", hashlib.sha256).digest()
        self.reader = reader

    def __repr__(self) -> str:
        return "PageTokens()"

    def token(self, about: tuple[str, ...], place: tuple[int, ...]) -> str:
        """Return the token of the page that starts at ``place`` in the listing ``about``."""
        where = ".".join(map(str, place)).encode()
        return base64.urlsafe_b64encode(self._mac(about, where) + where).decode()

    def place(self, about: tuple[str, ...], token: str) -> tuple[int, ...]:
        """Return where the page of a token starts; raises BadTokenError."""
        if len(token) > MOST_CHARACTERS:
            raise BadTokenError
        try:
            data = base64.b64decode(token, altchars=b"-_", validate=True)
        except ValueError:
            raise BadTokenError from None
        mac, where = data[:MAC_BYTES], data[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(about, where)):
            raise BadTokenError
        return tuple(map(int, where.split(b".")))

    def _mac(self, about: tuple[str, ...], where: bytes) -> bytes:
        text = json.dumps(about).encode() + where
        return hmac.new(self._key, text, hashlib.sha256).digest()[:MAC_BYTES]
