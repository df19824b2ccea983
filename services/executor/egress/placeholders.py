"""Placeholders of secrets: derived, so that they outlive the process, and unguessable.

They stand in conversations. Whoever goes on with a run, in another process or much later, derives
the same ones from the deployment's key, the run and the secret's name; without the key they are
random.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Iterator
from typing import Final

from services.executor.egress.forms import Form

PREFIX: Final = "caisson_secret_"
RANDOM_BYTES: Final = 24
KEY_BYTES: Final = 32
PURPOSE: Final = b"caisson placeholders"


class Placeholders:
    """The placeholders of one environment of one run.

    Args:
        key: the deployment's secret; equal keys give equal placeholders. None for a random one.
        where: the run and the part of it that sees them; others have other placeholders.
    """

    def __init__(self, key: bytes | None = None, where: tuple[str, ...] = ()) -> None:
        # So that nothing else which is derived from the same key can be a placeholder.
        own = hmac.new(key or random.token_bytes(KEY_BYTES), PURPOSE, hashlib.sha256).digest()
        self._key = hmac.new(own, _unambiguous(where), hashlib.sha256).digest()

    def __repr__(self) -> str:
        return "Placeholders()"

    def made(self, name: str, number: int, form: Form | None) -> str:
        """Return the placeholder of the secret of this name; ``number`` tells namesakes apart."""
        drawn = self._bytes(name, number)
        if form is not None:
            return form.placeholder(drawn)
        return PREFIX + bytes(next(drawn) for _ in range(RANDOM_BYTES)).hex()

    def _bytes(self, name: str, number: int) -> Iterator[int]:
        """Yield bytes without end: HKDF's expansion, in which the counter may grow."""
        about, block, counter = _unambiguous((name, str(number))), b"", 0
        while True:
            counter += 1
            text = block + about + counter.to_bytes(4, "big")
            block = hmac.new(self._key, text, hashlib.sha256).digest()
            yield from block


def _unambiguous(parts: tuple[str, ...]) -> bytes:
    """Return texts as bytes that no other texts give."""
    encoded = [part.encode(errors="surrogatepass") for part in parts]
    return b"".join(len(each).to_bytes(4, "big") + each for each in encoded)
