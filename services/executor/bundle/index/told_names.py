"""Where names are written, or may get another name, anywhere in a text.

Of a text in pieces only those are looked through that mention a name somebody asks for: most of a
large bundle is never asked about.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeAlias

from tree_sitter import Node

from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.piece import Piece
from services.executor.bundle.index.pieces import Pieces
from services.executor.bundle.index.written_names import facts_of, given, refuse_foreign, written

# Places in the text by the name there.
Places: TypeAlias = dict[str, list[int]]
# How often the text may be searched for names; then all pieces are looked through. So they are when
# a half of the text has been.
MOST_SEARCHES = 40
# One of these is in each piece with syntax that the parser reads differently.
_FOREIGN = ("</", "/>", "<!--", "-->", "@", "using")
_ESCAPE = "\\u"
_TEXTS = frozenset({"string", "regex", "comment"})
_IN_TEXTS = frozenset({"escape_sequence", "string_fragment", "regex_pattern"})


@dataclass
class ToldNames:
    """What is known of trees: writes, new names, and each ``await``, by their places."""

    text: str = field(repr=False)
    written: Places = field(default_factory=dict, repr=False)
    given: Places = field(default_factory=dict, repr=False)
    awaits: list[int] = field(default_factory=list, repr=False)

    def tell(self, root: Node) -> None:
        """Look through a tree.

        Raises:
            NotIndexedError: a name is spelt with an escape, or there is foreign syntax.
        """
        facts = facts_of(root)
        for places, found in ((self.written, written(facts)), (self.given, given(facts))):
            for identifier in found:
                name = name_of(self.text, identifier.start_byte, identifier.end_byte)
                places.setdefault(name, []).append(identifier.start_byte)
        self.awaits += [node.start_byte for node in facts.get("await", [])]

    def writes_to(self, name: str, _start: int, _end: int) -> list[int]:
        """Return where a name is at the root of what may be assigned to or defined on."""
        return self.written.get(name, [])

    def gives(self, name: str, _start: int, _end: int) -> list[int]:
        """Return where a name is at the root of anything that may get another name."""
        return self.given.get(name, [])

    def outer_awaits(self) -> list[int]:
        """Return where each ``await`` is that may be outside of functions."""
        return self.awaits


class NamesInPieces:
    """The same for a text in pieces, whose trees are looked through when they must be.

    Args:
        text: the text.
        pieces: those of the text, each read without an error.

    Raises:
        NotIndexedError: a name is spelt with an escape, or there is foreign syntax.
    """

    def __init__(self, text: str, pieces: Pieces) -> None:
        self._text = text
        self._pieces = pieces
        self._known = ToldNames(text)
        self._told = {piece for piece in pieces.all() if piece.is_data}  # it has no names
        self._untold = sum(piece.size for piece in pieces.all() if not piece.is_data)
        spans = sorted(
            ((start, piece) for piece in pieces.all() for start in piece.starts),
            key=itemgetter(0),
        )
        self._starts = [start for start, _ in spans]
        self._owners = [piece for _, piece in spans]
        self._left = MOST_SEARCHES * len(text)
        self._refuse_foreign()

    def __repr__(self) -> str:
        """Show how many pieces were looked through, with those of data."""
        return f"NamesInPieces(told={len(self._told)})"

    def writes_to(self, name: str, start: int, end: int) -> list[int]:
        """Return where a name is written in a part of the text; see ``ToldNames``."""
        self._tell_those_with(name, start, end)
        return self._known.writes_to(name, start, end)

    def gives(self, name: str, start: int, end: int) -> list[int]:
        """Return where a name may be given on in a part of the text; see ``ToldNames``."""
        self._tell_those_with(name, start, end)
        return self._known.gives(name, start, end)

    def outer_awaits(self) -> list[int]:
        """Return where each ``await`` is that may be outside of functions."""
        for piece, _, _ in self._with("await"):
            if not self._pieces.is_in_function(piece.body):
                self._tell(piece)
        return self._known.awaits

    def _tell(self, piece: Piece) -> None:
        if piece not in self._told:
            self._told.add(piece)
            self._untold -= piece.size
            self._known.tell(self._pieces.tree(piece))

    def _tell_those_with(self, name: str, start: int, end: int) -> None:
        if self._left < 0:
            return
        self._left -= end - start
        if self._left < 0 or 2 * self._untold < len(self._text):
            self._left = -1
            for piece in self._pieces.all():
                self._tell(piece)
            return
        escaped = re.escape(name)
        # A member's name is none of its own, but `...name` is.
        word = re.compile(rf"{escaped}(?<![\w$]{escaped})(?<![^.]\.{escaped})(?![\w$])")

        def find(at: int) -> int:
            found = word.search(self._text, at, end)
            return -1 if found is None else found.start()

        for piece, _, _ in self._found(find, start):
            self._tell(piece)

    def _with(self, part: str) -> Iterator[tuple[Piece, int, int]]:
        return self._found(lambda at: self._text.find(part, at), 0)

    def _found(self, find: Callable[[int], int], at: int) -> Iterator[tuple[Piece, int, int]]:
        """Yield the pieces, but those that are told, in which something is found.

        Also where it is, and where that part of the piece ends: there are holes in pieces.
        """
        starts, owners = self._starts, self._owners
        while (at := find(at)) >= 0:
            index = bisect_right(starts, at)
            piece, end = owners[index - 1], [*starts[index : index + 1], len(self._text)][0]
            if piece not in self._told:
                yield piece, at, end
            at = end

    def _refuse_foreign(self) -> None:
        """Raise NotIndexedError for syntax that the parser reads differently."""
        signed = {piece: None for sign in _FOREIGN for piece, _, _ in self._with(sign)}
        for piece in signed:
            refuse_foreign(self._pieces.tree(piece))
        for piece, at, end in self._with(_ESCAPE):
            if self._may_escape_names(piece, at, end):
                self._tell(piece)

    def _may_escape_names(self, piece: Piece, at: int, end: int) -> bool:
        """Return whether an escape in a part of a piece may be in a name."""
        root = self._pieces.tree(piece)
        while 0 <= at < end:
            node = root.descendant_for_byte_range(at, at + 1)
            if node is not None and node.type in _IN_TEXTS:
                node = node.parent
            if node is None or node.type not in _TEXTS:
                return True
            at = self._text.find(_ESCAPE, node.end_byte, end)
        return False


def name_of(text: str, start: int, end: int) -> str:
    """Return the name that an identifier spells.

    Raises:
        NotIndexedError: it is written with an escape.
    """
    name = text[start:end]
    if "\\" in name:
        raise NotIndexedError("a name is spelt with an escape")
    return name
