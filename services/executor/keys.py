"""Keys of a deployment, as its settings write them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

KEY_BYTES: Final = 32
MOST_KEY_CHARACTERS: Final = 1024
HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]+")
KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
HOW_TO_MAKE: Final = "such as `openssl rand -base64 32` prints"


@dataclass(frozen=True)
class NamedKey:
    """A key with the id by which what it encrypted names it."""

    key_id: str
    key: bytes = field(repr=False)


def key_of(text: str) -> bytes:
    """Return a key that is written in base64 or hexadecimal.

    Raises:
        ValueError: it is neither, or has fewer than ``KEY_BYTES``; the text is not shown.
    """
    if len(text) > MOST_KEY_CHARACTERS:
        raise ValueError(f"it has more than {MOST_KEY_CHARACTERS} characters")
    try:
        if HEXADECIMAL.fullmatch(text) and len(text) >= 2 * KEY_BYTES:
            key = bytes.fromhex(text)
        else:
            plain = text.rstrip("=").replace("-", "+").replace("_", "/")
            key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("it is neither base64 nor hexadecimal") from None
    if len(key) < KEY_BYTES:
        raise ValueError(f"it has {len(key)} bytes and must have at least {KEY_BYTES}")
    return key


def named_keys(words: tuple[str, ...]) -> tuple[NamedKey, ...]:
    """Return the keys that ``ID:KEY`` words name, in their order.

    Raises:
        ValueError: one is malformed, or two have the same id; no key is shown.
    """
    keys: list[NamedKey] = []
    for number, word in enumerate(words, 1):
        key_id, colon, text = word.partition(":")
        if not colon or not KEY_ID.fullmatch(key_id):
            raise ValueError(f"its entry {number} is not ID:KEY")
        if key_id in {each.key_id for each in keys}:
            raise ValueError(f"the id {key_id} has two keys")
        try:
            keys.append(NamedKey(key_id, key_of(text)))
        except ValueError as error:
            raise ValueError(f"the key {key_id} cannot be used: {error}") from None
    return tuple(keys)
