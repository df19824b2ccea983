"""The form of a placeholder: what an example of a key looks like, for clients that check theirs.

An example such as ``sk_live_4eC39HqLyjWDarjtT1zdp7dc`` gives placeholders with its prefix, length
and alphabet: each letter and digit after the prefix becomes a random one of its kind. A JSON Web
Token keeps its header and claims, a UUID its shape. ``sk_live_...`` gives only the prefix.
"""

from __future__ import annotations

import base64
import json
import math
import re
import string
import uuid
from collections.abc import Iterator
from typing import Final

from services.executor.errors import SetupError

LEAST_BITS: Final = 64
"""How unguessable a placeholder must be."""
MOST_CHARACTERS: Final = 4096
AFTER_PREFIX: Final = 32
ELLIPSES: Final = ("...", "\u2026")
EXAMPLE: Final = re.compile(r"[!-+\--~]+")  # printable ASCII without blanks and commas
PREFIX: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,15}[_.:-](?:[A-Za-z]{1,15}[0-9]{0,2}[_.:-])*")
SEPARATOR: Final = re.compile(r"[_.:-]")
JWT: Final = re.compile(r"([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.)([A-Za-z0-9_-]+)")
UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
HEXADECIMAL: Final = (re.compile(r"[0-9a-f]+"), re.compile(r"[0-9A-F]+"))
KEPT_WITHOUT_SEPARATOR: Final = 4
CLASSES: Final = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


class Form:
    """The form of one secret's placeholders.

    Args:
        name: the secret's.
        example: an example of a value, or a prefix and ``...``.

    Raises:
        SetupError: it is malformed, or too short to be unguessable; the example is not shown.
    """

    def __init__(self, name: str, example: str) -> None:
        self._start, self._alphabets = "", list[str]()
        self._is_uuid = False
        self._upper = example.upper() == example
        mark = next((each for each in ELLIPSES if example.endswith(each)), "")
        plain = example.removesuffix(mark) if mark else example
        if len(example) > MOST_CHARACTERS or (plain and not EXAMPLE.fullmatch(plain)):
            raise SetupError(
                f"The form of the secret {name} must be printable ASCII without blanks and commas."
            )
        if mark:
            self._start = plain
            self._alphabets = [string.ascii_letters + string.digits] * AFTER_PREFIX
        elif UUID.fullmatch(plain):
            self._is_uuid = True
        else:
            self._start, rest = _parts(plain)
            self._alphabets = _alphabets(rest)
        self._check(name)

    def __repr__(self) -> str:
        """Show how long it is."""
        return f"Form({len(self._start)} kept, {len(self._alphabets)} more)"

    def _check(self, name: str) -> None:
        bits = sum(math.log2(len(each)) for each in self._alphabets)
        if not self._is_uuid and bits < LEAST_BITS:
            raise SetupError(
                f"The form of the secret {name} is too short: after its prefix it has only "
                f"{sum(len(each) > 1 for each in self._alphabets)} letters and digits that can be "
                "random, so its placeholder could be guessed. Give an example as long as a real "
                "key, or PREFIX..., such as like=sk_live_..."
            )

    def placeholder(self, drawn: Iterator[int]) -> str:
        """Return the placeholder that random bytes without end give."""
        if self._is_uuid:
            made = str(uuid.UUID(bytes=bytes(next(drawn) for _ in range(16)), version=4))
            return made.upper() if self._upper else made
        return self._start + "".join(_chosen(each, drawn) for each in self._alphabets)


def _chosen(characters: str, drawn: Iterator[int]) -> str:
    """Return one of some characters, each as likely as any other."""
    most = 256 - 256 % len(characters)
    return characters[next(each for each in drawn if each < most) % len(characters)]


def _parts(example: str) -> tuple[str, str]:
    """Return what a placeholder keeps of an example, and what becomes random."""
    token = JWT.fullmatch(example)
    if token is not None and _is_json(example.partition(".")[0]):
        return token[1], token[2]
    prefix = PREFIX.match(example)
    if prefix is not None:
        return prefix[0], example[prefix.end() :]
    if any(each.fullmatch(example) for each in HEXADECIMAL):
        return "", example
    return example[:KEPT_WITHOUT_SEPARATOR], example[KEPT_WITHOUT_SEPARATOR:]


def _is_json(part: str) -> bool:
    try:
        return isinstance(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))), dict)
    except ValueError:
        return False


def _alphabets(rest: str) -> list[str]:
    """Return the characters from which each one is chosen: those of its kind."""
    bare = SEPARATOR.sub("", rest)
    for pattern, digits in zip(HEXADECIMAL, ("0123456789abcdef", "0123456789ABCDEF"), strict=True):
        if pattern.fullmatch(bare) and not bare.isdigit():
            return [digits if each in digits else each for each in rest]
    return [next((kind for kind in CLASSES if each in kind), each) for each in rest]
