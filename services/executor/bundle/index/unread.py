"""Pieces of a very large text that are read when something in them is asked for, and not before.

Reading all pieces tells at once where names are written, and that the scanner of brackets was
right; for dense code of 16 MB that is most of the time. Here a piece is checked when its tree is
first made, and where a name is written is read from the pieces that spell the name. What nobody
asks for is not parsed: a syntax error in it is not found.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from tree_sitter import Node

from services.executor.bundle.index.bodies import Body
from services.executor.bundle.index.piece import (
    Piece,
    PieceError,
    count_of,
    holder_at,
    parts_of,
)
from services.executor.bundle.index.pieces import Pieces
from services.executor.bundle.index.sound import MOST_MEMBERS, MOST_STATEMENTS, refuse_too_many
from services.executor.bundle.index.words import next_word, words

# Places in the text by the name there.
Places: TypeAlias = dict[str, list[int]]
# Writes, new names, and each ``await`` of a piece.
Told: TypeAlias = tuple[Places, Places, list[int]]
# How often the text is searched for names, in all; then each piece is read. From half of them on,
# pieces that are parsed for something else are read as well.
MAX_SEARCHES = 32
# Fewer parts of a body are never too many; more of them are counted with care.
FEW_PARTS = min(MOST_MEMBERS, MOST_STATEMENTS)
# What is read at once where it stands: an ASCII letter that may be a part of a name under an
# escape, and what begins or ends a comment of HTML in a script.
_READ_AT_ONCE = re.compile(
    r"\\u(?:0024|003[0-9]|00[46][1-9a-fA-F]|00[57][0-9aA]|005[fF]|\{)|<!--|-->"
)


class UnsureError(PieceError):
    """The scanner of brackets was wrong, or there is a syntax error: reading all pieces tells."""


class UnreadPieces(Pieces):
    """Pieces that are checked when they are read first.

    Args:
        source: the text with one byte for each character.
        bodies: the program and its large function bodies, as the scanner of brackets found them.
        check: raises NotIndexedError for a tree that is not to be trusted.
    """

    def __init__(
        self, source: bytes, bodies: Sequence[Body], check: Callable[[Node], None]
    ) -> None:
        super().__init__(source, bodies)
        self._check = check
        self._parts: Counter[int] = Counter()  # of each body, as far as it was read
        self.told: Callable[[Piece, Node], None] = _nothing  # called for each that was read

    def __repr__(self) -> str:
        """Show how many pieces there are, and how many of them were read."""
        pieces = list(self.all())
        return f"UnreadPieces({len(pieces)}, read={sum(each.count >= 0 for each in pieces)})"

    def parsed(self, piece: Piece) -> Node:
        """Return the root of a piece's tree, which has no errors.

        Raises:
            UnsureError: it does not fit.
            NotIndexedError: it is not to be trusted, or too large.
        """
        if piece.count >= 0:
            return super().parsed(piece)
        root = piece.tree(self._source)
        holder = piece.holder(root)
        if holder is None or root.has_error:
            raise UnsureError("there is a syntax error", piece.start)
        if any(holder_at(root, inside) is None for inside in piece.bodies):
            raise UnsureError("its functions cannot be told apart", piece.start)
        self._check(holder)
        piece.count, piece.named = count_of(piece, holder), parts_of(holder)
        self._parts[piece.body] += len(piece.named)
        if self._parts[piece.body] > FEW_PARTS:
            refuse_too_many(self.of(piece.body))
        self.told(piece, holder)
        return holder

    def once(self, piece: Piece) -> Node:
        """Return the root of a piece's tree, which is kept only if there is room for it."""
        if piece.root is not None:
            return piece.root
        root = self.parsed(piece)
        self.keep_if_room(piece, root)
        return root


class AskedPlaces:
    """Where names are written, or get other names, in pieces that were not read.

    Args:
        text: the text.
        pieces: its pieces.
        tell: reads from a piece's root what is to know of it.
    """

    def __init__(self, text: str, pieces: UnreadPieces, tell: Callable[[Node], Told]) -> None:
        self._text = text
        self._pieces = pieces
        self._tell = tell
        self._written: Places = {}
        self._given: Places = {}
        self._told: set[Piece] = set()
        self._left = MAX_SEARCHES * len(text)
        self._few = self._left // 2
        pieces.told = self._met
        for found in _READ_AT_ONCE.finditer(text):
            self._read(pieces.piece_at(found.start()))

    def __repr__(self) -> str:
        """Show how many pieces were read."""
        return f"AskedPlaces(told={len(self._told)})"

    def writes(self, name: str, start: int, end: int) -> list[int]:
        """Return where ``name`` is written between two places."""
        self._find(name, start, end)
        return self._written.get(name, [])

    def given(self, name: str, start: int, end: int) -> list[int]:
        """Return where ``name`` may get another name between two places."""
        self._find(name, start, end)
        return self._given.get(name, [])

    def awaits(self) -> Iterable[int]:
        """Yield where ``await`` stands, as a word of the language or anything else."""
        return words(self._text, "await", 0, len(self._text))

    def is_await(self, place: int) -> bool:
        """Tell whether an ``await`` is a word of the language."""
        found = self._pieces.smallest(place, place + len("await"), named=False)
        return found is not None and found.type == "await"

    def _find(self, name: str, start: int, end: int) -> None:
        """Read the pieces that spell ``name`` between two places."""
        if self._left <= 0:
            return
        self._left -= end - start
        if self._left <= 0 or not name.isascii():
            self._left = 0
            for piece in self._pieces.all():
                self._read(piece)
            return
        at = next_word(self._text, name, start, end)
        while at >= 0:
            piece = self._pieces.piece_at(at)
            self._read(piece)
            at = next_word(self._text, name, self._end_of(piece, at), end)

    def _end_of(self, piece: Piece, place: int) -> int:
        """Return where the part of a piece ends that is around a place."""
        bodies = piece.bodies
        index = bisect_right(bodies, place, key=_start_of)
        return min(piece.end, bodies[index].start) if index < len(bodies) else piece.end

    def _read(self, piece: Piece) -> None:
        if piece not in self._told and not piece.is_data:
            self._add(piece, self._pieces.once(piece))

    def _met(self, piece: Piece, root: Node) -> None:
        """Read a piece that was parsed for something else, where it will be asked for.

        The program's own statements are all parsed to begin with, and spell most names.
        """
        if (piece.body == 0 or self._left < self._few) and not piece.is_data:
            self._add(piece, root)

    def _add(self, piece: Piece, root: Node) -> None:
        if piece in self._told:
            return
        self._told.add(piece)
        written, given, _ = self._tell(root)
        merge(self._written, written)
        merge(self._given, given)


def merge(places: Places, others: Places) -> None:
    """Add places to others."""
    for name, found in others.items():
        places.setdefault(name, []).extend(found)


def _nothing(_piece: Piece, _root: Node) -> None:
    pass


def _start_of(body: Body) -> int:
    return body.start
