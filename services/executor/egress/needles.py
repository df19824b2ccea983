"""Searches for texts in a time that does not depend on partial matches.

An ordinary search takes longer where more of the text matches. An attacker who can put guesses into
the searched text could measure that, and find a secret letter by letter. Here, blocks of eight
bytes are compared at all positions at once, by integer operations whose time depends only on sizes,
and only a match of all blocks causes more work.
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
"""Folds case."""
URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
"""Folds the two alphabets of base64."""
TOKEN: Final = frozenset((string.ascii_letters + string.digits + "-._~+/=").encode())
"""The characters of keys, base64 and hex."""
_IS_TOKEN: Final = bytes(int(each in TOKEN) for each in range(256))


class Runs:
    """The long runs of token characters in a text; most texts have few.

    Args:
        data: the text.
        least: the least bytes of a run.
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
        """Show their number."""
        return f"Runs({len(self._places)})"

    def source(self, place: int) -> int:
        """Return the place in the text of a place in ``joined``."""
        at = bisect_right(self._places, place) - 1
        return self._sources[at] + place - self._places[at]


@dataclass(frozen=True)
class Needle:
    """A text of at least four bytes to look for.

    ``fold`` is a ``bytes.translate`` table: bytes that it makes equal match. A match also includes
    the ``before`` bytes in front of it and the ``after`` bytes behind it.
    """

    text: bytes = field(repr=False)
    fold: bytes = field(repr=False)
    before: int = 0
    after: int = 0

    @property
    def is_token(self) -> bool:
        """Whether it consists of token characters only."""
        return TOKEN.issuperset(self.text)


class Needles:
    """A few texts, searched for at once; many would be slower.

    Args:
        needles: at least one.
    """

    def __init__(self, needles: Sequence[Needle]) -> None:
        self._needles = [(each, each.text.translate(each.fold)) for each in needles]
        self.least: Final = min(len(each.text) for each in needles)
        self.are_tokens: Final = all(each.is_token for each in needles)
        self._most = max(len(each.text) for each in needles)
        width = BLOCK if self.least >= BLOCK else LEAST_BYTES
        # The bytes of a block are the corners of a cube: three steps combine them all.
        self._steps = (1, 2, 4) if width == BLOCK else (1, 2, 0)
        self._blocks = [(first, self._marks(first, width)) for first in _firsts(self.least, width)]

    def __repr__(self) -> str:
        """Show their number."""
        return f"Needles({len(self._needles)})"

    def found_in(self, data: bytes) -> Iterator[tuple[Needle, int]]:
        """Yield each match, and where it starts."""
        starts = len(data) - self.least + 1
        if starts <= 0:
            return
        # Padding that matches everything keeps every integer as long as the data.
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
        """Return a table of bit masks: at which places of a block each byte may be."""
        marks = bytearray(256)
        for needle, folded in self._needles:
            same = _unfolded(needle.fold)
            for bit in range(BLOCK):
                for byte in same[folded[first + bit % width]]:
                    marks[byte] |= 1 << bit
        return bytes(marks)


def _firsts(size: int, width: int) -> list[int]:
    """Return where blocks start: covering ``size`` bytes, or at random places in them."""
    if size > width * MAX_BLOCKS:
        return _RANDOM.sample(range(size - width + 1), MAX_BLOCKS)
    return [min(at, size - width) for at in range(0, size, width)]


@lru_cache(maxsize=4)
def _unfolded(fold: bytes) -> list[list[int]]:
    """Return the bytes that a table folds to each byte."""
    return [[byte for byte in range(256) if fold[byte] == to] for to in range(256)]


@lru_cache(maxsize=16)
def _end(size: int) -> bytes:
    return b"\xff" * size


@lru_cache(maxsize=16)
def _ones(size: int) -> int:
    return int.from_bytes(b"\x01" * size, "little")
