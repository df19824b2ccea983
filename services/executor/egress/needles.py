"""Finds texts in another in a time that does not depend on how much of them is there.

An ordinary search goes further where more of the text agrees. Whoever can put guesses into what is
searched could measure that, and find a secret out letter by letter. Here, blocks of eight bytes are
compared for all positions at once, by operations on whole numbers whose time depends on sizes
alone, and only where all blocks agree is there anything more to do.
"""

from __future__ import annotations

import secrets
import string
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hmac import compare_digest
from typing import Final

LEAST_BYTES: Final = 4
BLOCK: Final = 8
MAX_BLOCKS: Final = 3
_RANDOM: Final = secrets.SystemRandom()

LETTERS: Final = bytes(range(256)).lower()
"""Folds the case of letters."""
URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
"""Folds the two alphabets of base64."""
TOKEN: Final = frozenset((string.ascii_letters + string.digits + "-._~+/=").encode())
"""What keys, base64 and hex are made of."""
_IS_TOKEN: Final = bytes(int(each in TOKEN) for each in range(256))


class Runs:
    """The long runs of token characters of a text, which most texts have few of.

    Args:
        data: the text.
        least: bytes of a run; shorter ones are left out.
    """

    def __init__(self, data: bytes, least: int) -> None:
        flags, run = data.translate(_IS_TOKEN), b"\x01" * least
        found: list[bytes] = []
        self._places: list[int] = []
        self._sources: list[int] = []
        place, at = 0, flags.find(run)
        while at >= 0:
            end = flags.find(0, at)
            end = len(data) if end < 0 else end
            self._places.append(place)
            self._sources.append(at)
            found.append(data[at:end])
            place += end - at + 1
            at = flags.find(run, end)
        self.joined: Final = b"\n".join(found)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Runs({len(self._places)})"

    def source(self, place: int) -> int:
        """Return where in the text a place of ``joined`` is."""
        at = bisect_right(self._places, place) - 1
        return self._sources[at] + place - self._places[at]


@dataclass(frozen=True)
class Needle:
    """A text of at least four bytes to look for.

    ``fold`` is a table of ``bytes.translate``: what it makes equal is equal. The ``before`` bytes
    in front of a find and the ``after`` ones behind it belong to it too.
    """

    text: bytes = field(repr=False)
    fold: bytes = field(repr=False)
    before: int = 0
    after: int = 0

    @property
    def is_token(self) -> bool:
        """Whether it stands in one run of token characters."""
        return TOKEN.issuperset(self.text)


class Needles:
    """Some texts, all of which are looked for at once; at most a few, or they are slower to tell.

    Args:
        needles: at least one.
    """

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._needles = [(each, each.text.translate(each.fold)) for each in needles]
        self.least: Final = min(len(each.text) for each in needles)
        self.are_tokens: Final = all(each.is_token for each in needles)
        self._most = max(len(each.text) for each in needles)
        width = BLOCK if self.least >= BLOCK else LEAST_BYTES
        # The bytes of a block are the corners of a cube: three steps bring all of them together.
        self._steps = (1, 2, 4) if width == BLOCK else (1, 2, 0)
        self._blocks = [(first, self._marks(first, width)) for first in _firsts(self.least, width)]

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Needles({len(self._needles)})"

    def found_in(self, data: bytes) -> Iterator[tuple[Needle, int]]:
        """Yield each find, and where it begins."""
        starts = len(data) - self.least + 1
        if starts <= 0:
            return
        # What agrees everywhere behind the data keeps every number as long as the data.
        end, candidates = _end(self._most + BLOCK), -1
        for first, marks in self._blocks:
            agreed = int.from_bytes(data.translate(marks) + end, "little")
            for corner, step in enumerate(self._steps):
                agreed &= agreed >> (8 * step + (1 << corner))
            candidates &= agreed >> (8 * first)
        candidates &= _ones(starts)
        if not candidates:
            return
        flags = candidates.to_bytes(starts, "little")
        at = flags.find(1)
        while at >= 0:
            for needle, folded in self._needles:
                if compare_digest(data[at : at + len(folded)].translate(needle.fold), folded):
                    yield needle, at
            at = flags.find(1, at + 1)

    def _marks(self, first: int, width: int) -> bytes:
        """Return a table that says of each byte, by bits, in which places of a block it may be."""
        marks = bytearray(256)
        for needle, folded in self._needles:
            same = _unfolded(needle.fold)
            for bit in range(BLOCK):
                for byte in same[folded[first + bit % width]]:
                    marks[byte] |= 1 << bit
        return bytes(marks)


def _firsts(size: int, width: int) -> list[int]:
    """Return where blocks begin: they cover ``size`` bytes, or are at random places of them."""
    if size > width * MAX_BLOCKS:
        return _RANDOM.sample(range(size - width + 1), MAX_BLOCKS)
    return [min(at, size - width) for at in range(0, size, width)]


@lru_cache(maxsize=4)
def _unfolded(fold: bytes) -> list[list[int]]:
    """Return which bytes a table folds to each byte."""
    return [[byte for byte in range(256) if fold[byte] == to] for to in range(256)]


@lru_cache(maxsize=16)
def _end(size: int) -> bytes:
    return b"\xff" * size


@lru_cache(maxsize=16)
def _ones(size: int) -> int:
    return int.from_bytes(b"\x01" * size, "little")
