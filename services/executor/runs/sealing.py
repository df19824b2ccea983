"""Encryption at rest: AES-256-GCM with keys of the deployment, the first of which encrypts.

Sealed bytes are a mark, the key's id, a random nonce, and the ciphertext with its tag. Each owner
(a run, or all conversations) has a key of its own, derived by HKDF, so that random nonces never
come near their limit of 2**32 under one key. The place of the bytes is authenticated with them:
they cannot be read in another row, nor as another kind.

Bytes without the mark were written before there were keys, and are returned as they are. No
protobuf message and no JSON text begins like the mark.
"""

from __future__ import annotations

import base64
import os
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.executor.keys import NamedKey
from services.executor.run_errors import SealedError

MARK: Final = b"\x00sealed1"
TEXT_MARK: Final = "\x01sealed:"
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
CIPHER_KEY_BYTES: Final = 32
DERIVED_KEPT: Final = 4096


class Sealer:
    """Seals and opens bytes.

    Args:
        keys: at least one; the first seals, all open.
    """

    def __init__(self, keys: Sequence[NamedKey]) -> None:
        self._current = keys[0].key_id
        self._keys = {each.key_id: each.key for each in keys}
        self._derived: OrderedDict[tuple[str, str], AESGCM] = OrderedDict()

    def __repr__(self) -> str:
        return f"Sealer({', '.join(self._keys)})"

    def seal(self, owner: str, place: Sequence[str | int], data: bytes) -> bytes:
        """Return bytes sealed for ``place``, which belongs to ``owner``."""
        key_id, nonce = self._current, os.urandom(NONCE_BYTES)
        sealed = self._cipher(key_id, owner).encrypt(nonce, data, _bound(owner, place))
        name = key_id.encode()
        return b"".join((MARK, bytes([len(name)]), name, nonce, sealed))

    def opened(self, owner: str, place: Sequence[str | int], data: bytes) -> bytes:
        """Return what was sealed for ``place``, or bytes as they are if they are not sealed.

        Raises:
            SealedError: the key is not set, or the bytes are damaged or belong elsewhere.
        """
        if not data.startswith(MARK):
            return data
        begin = len(MARK) + 1
        end = begin + (data[begin - 1] if len(data) >= begin else 0)
        key_id = data[begin:end].decode("ascii", "replace")
        if len(data) < end + NONCE_BYTES + TAG_BYTES:
            raise SealedError("Encrypted bytes in the database are cut off; they cannot be read.")
        if key_id not in self._keys:
            raise SealedError(
                f"The database has bytes that are encrypted with the key {key_id!r}, which is not "
                "set. Add it to CAISSON_EXECUTOR_JOURNAL_KEYS, behind the first."
            )
        nonce, sealed = data[end : end + NONCE_BYTES], data[end + NONCE_BYTES :]
        try:
            return self._cipher(key_id, owner).decrypt(nonce, sealed, _bound(owner, place))
        except InvalidTag:
            raise SealedError(
                f"Bytes in the database cannot be decrypted with the key {key_id!r}: they are "
                "damaged, were moved from another row, or the key has changed under its id."
            ) from None

    def seal_text(self, owner: str, place: Sequence[str | int], text: str) -> str:
        """Return a text sealed for ``place``, as a text."""
        data = self.seal(owner, place, text.encode(errors="surrogatepass"))
        return TEXT_MARK + base64.urlsafe_b64encode(data).decode()

    def opened_text(self, owner: str, place: Sequence[str | int], text: str) -> str:
        """Return what ``seal_text`` sealed; see ``opened``."""
        if not text.startswith(TEXT_MARK):
            return text
        try:
            data = base64.b64decode(text[len(TEXT_MARK) :], altchars=b"-_", validate=True)
        except ValueError:
            raise SealedError("Encrypted text in the database is damaged.") from None
        if not data.startswith(MARK):
            raise SealedError("Encrypted text in the database is damaged.")
        return self.opened(owner, place, data).decode(errors="surrogatepass")

    def _cipher(self, key_id: str, owner: str) -> AESGCM:
        """Return the cipher of an owner; the ones used last are kept."""
        found = self._derived.get((key_id, owner))
        if found is None:
            info = b"caisson journal\0" + owner.encode(errors="surrogatepass")
            derive = HKDF(algorithm=SHA256(), length=CIPHER_KEY_BYTES, salt=None, info=info)
            found = AESGCM(derive.derive(self._keys[key_id]))
            self._derived[key_id, owner] = found
            if len(self._derived) > DERIVED_KEPT:
                self._derived.popitem(last=False)
        else:
            self._derived.move_to_end((key_id, owner))
        return found


def _bound(owner: str, place: Sequence[str | int]) -> bytes:
    """Return an owner and a place as bytes that no others give."""
    texts = [str(each).encode(errors="surrogatepass") for each in (owner, *place)]
    return b"".join(len(each).to_bytes(4, "big") + each for each in texts)
