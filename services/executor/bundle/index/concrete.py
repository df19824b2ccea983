"""The concrete syntax of a bundle, as tree-sitter reads it: fast, tolerant, without meaning.

It is used to locate things: statements, function bodies, assignments. It reads a copy of the
text in which each character is one byte, so that its byte offsets are the text's own indexes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tree_sitter import Node, Parser

from services.executor.bundle.index.bodies import MIN_BODY, BracketsError
from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.index.data import DataLiterals
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.language import LANGUAGE
from services.executor.bundle.index.line_ends import LineEnds
from services.executor.bundle.index.matches import matches
from services.executor.bundle.index.piece import PieceError
from services.executor.bundle.index.pieces import PieceNode
from services.executor.bundle.index.sound import likely_bodies, sound_bodies
from services.executor.bundle.index.unread import (
    AskedPlaces,
    Places,
    Told,
    UnreadPieces,
    UnsureError,
    merge,
)
from services.executor.bundle.index.written_names import Facts, facts_of, given, written

# Characters. The tree of a larger text would take hundreds of megabytes.
PIECES_FROM = 4_000_000
# The share of a text that one function, or the program, has for itself. It is parsed at once, most
# of it is asked for again, and its parts are counted first: to read it once is faster.
MOST_OWN = 0.5
_NOT_ASCII = re.compile(r"[^\x01-\x7f]+")
_SPACE = re.compile("[\u00a0\ufeff\u1680\u2000-\u200a\u202f\u205f\u3000]+")
# Replaces characters allowed only in strings and comments.
_NO_CODE = "\x01"
_HOISTED = """
    (variable_declaration) @found
    (for_in_statement kind: "var") @found
    (if_statement consequence: (function_declaration)) @found
    (else_clause (function_declaration)) @found
    (labeled_statement body: (function_declaration)) @found
    """


class Concrete:
    """The concrete tree of one text, in pieces where the text is large.

    Args:
        text: the text.
        pieces_from: the length in characters from which the tree is in pieces.
        unread_from: the length from which a piece is read when it is asked for; None: never.
        most_own: how much of such a text may be the program's own, for that to be worth it.
        min_body: the length in characters from which a function's body is a piece of its own.

    Raises:
        NotIndexedError: the text has a syntax error, or syntax that the parser reads differently.
    """

    def __init__(
        self,
        text: str,
        *,
        pieces_from: int = PIECES_FROM,
        unread_from: int | None = None,
        most_own: float = MOST_OWN,
        min_body: int = MIN_BODY,
    ) -> None:
        self.text = text
        self._facts: Facts = {}
        self._awaits: list[int] = []
        self._asked: AskedPlaces | None = None
        self._written: Places | None = None
        self._given: Places | None = None
        self.data = DataLiterals(text)
        self._line_ends = LineEnds(text)
        self.root: ConcreteNode
        if len(text) >= pieces_from:
            is_unread = unread_from is not None and len(text) >= unread_from
            self.root = self._in_pieces(min_body, most_own if is_unread else None)
            return
        self.root = root = tolerant_tree(self._line_ends.text)
        if root.has_error:
            raise NotIndexedError("there is a syntax error")
        self._line_ends.check(root)
        self._facts = facts_of(root)
        self._awaits = [node.start_byte for node in self._facts.get("await", [])]

    def _in_pieces(self, min_body: int, most_own: float | None) -> ConcreteNode:
        """Return the root of all pieces, and read what must be known of them now."""
        text = self._line_ends.text
        source = one_byte_each(text)
        try:
            bodies = likely_bodies(text, source, min_body, self.data)
            if most_own is not None:
                unread = UnreadPieces(source, bodies, self._line_ends.check)
                own = max(sum(each.size for each in unread.of(n)) for n in range(len(unread)))
                if own <= most_own * len(text):
                    self._asked = AskedPlaces(self.text, unread, self._told)
                    return unread.root
            found = sound_bodies(bodies, source, self._told)
        except UnsureError:
            raise
        except (BracketsError, PieceError) as error:
            raise NotIndexedError(str(error), error.at) from None
        self._written, self._given = {}, {}
        for written_there, given_there, awaits in found.told:
            merge(self._written, written_there)
            merge(self._given, given_there)
            self._awaits += awaits
        return found.pieces.root

    def _told(self, root: Node) -> Told:
        """Return what is kept of a piece's tree: writes, new names, and each ``await``."""
        self._line_ends.check(root)
        facts = facts_of(root)
        written_there: Places = {}
        given_there: Places = {}
        self._add(written_there, written(facts))
        self._add(given_there, given(facts))
        return written_there, given_there, [node.start_byte for node in facts.get("await", [])]

    def awaits(self) -> Iterable[int]:
        """Yield where each ``await`` may be; ``is_await`` tells whether one is there."""
        return self._awaits if self._asked is None else self._asked.awaits()

    def is_await(self, place: int) -> bool:
        """Tell whether one of the places of ``awaits`` is more than a part of a text."""
        return self._asked is None or self._asked.is_await(place)

    def writes(self, name: str, start: int, end: int) -> Iterable[int]:
        """Return where a name is at the root of what may be assigned to or defined on.

        All these places between ``start`` and ``end`` are among them.
        """
        if self._asked is not None:
            return self._asked.writes(name, start, end)
        if self._written is None:
            self._written = {}
            self._add(self._written, written(self._facts))
        return self._written.get(name, ())

    def given(self, name: str, start: int, end: int) -> Iterable[int]:
        """Return where a name is at the root of anything that may get another name, likewise."""
        if self._asked is not None:
            return self._asked.given(name, start, end)
        if self._given is None:
            self._given = {}
            self._add(self._given, given(self._facts))
        return self._given.get(name, ())

    def _add(self, places: Places, identifiers: Iterator[ConcreteNode]) -> None:
        for identifier in identifiers:
            start = identifier.start_byte
            name = self.spelt(start, identifier.end_byte)
            if (found := places.get(name)) is None:
                places[name] = [start]
            else:
                found.append(start)

    def name(self, identifier: ConcreteNode) -> str:
        """Return the name that an identifier spells.

        Raises:
            NotIndexedError: it is written with an escape.
        """
        return self.spelt(identifier.start_byte, identifier.end_byte)

    def spelt(self, start: int, end: int) -> str:
        """Return the name that an identifier at a place spells, likewise."""
        name = self.text[start:end]
        if "\\" in name:
            raise NotIndexedError("a name is spelt with an escape")
        return name

    def function_body(self, start: int) -> ConcreteNode | None:
        """Return the block of the function body that begins at ``start``."""
        brace = self.root.descendant_for_byte_range(start, start + 1)
        block = None if brace is None else brace.parent
        return block if block is not None and block.type == "statement_block" else None

    def body_end(self, start: int) -> int:
        """Return where the function's body that begins at ``start`` ends, its brace included.

        Raises:
            NotIndexedError: there is none.
        """
        block = self.function_body(start)
        # The block's end may follow a comment, so look for a line end before it.
        for brace in reversed(block.children if block is not None else ()):
            if brace.type == "}":
                return brace.end_byte
        raise NotIndexedError("a function's body is somewhere else")


def tolerant_tree(text: str) -> Node:
    """Return the root of the concrete tree of ``text``, even if it has errors."""
    return Parser(LANGUAGE).parse(one_byte_each(text)).root_node


def one_byte_each(text: str) -> bytes:
    """Return ``text`` with one byte for each character and the same concrete syntax."""
    if text.isascii() and "\0" not in text:
        return text.encode("ascii")
    return _NOT_ASCII.sub(_stand_in, text).encode("ascii")


def _stand_in(found: re.Match[str]) -> str:
    characters = found[0]
    if f"a{characters}".isidentifier():
        return "a" * len(characters)
    return "".join(
        " " if _SPACE.match(c) else "a" if f"a{c}".isidentifier() else _NO_CODE for c in characters
    )


def hoists(statement: ConcreteNode) -> bool:
    """Return whether a statement may declare a name for the function around it."""
    node = statement.concrete if isinstance(statement, PieceNode) else statement
    assert isinstance(node, Node)
    return any(True for _ in matches(_HOISTED, node))
