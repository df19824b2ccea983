"""Pieces that are each read without an error.

The scanner of brackets may take something for a function's body that is none, such as a class whose
parent is made by a call, or cut where no statement begins. What does not fit is put back into the
text around it and read again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tree_sitter import Node

from services.executor.bundle.index.bodies import Body, BracketsError, large_bodies
from services.executor.bundle.index.data import DataLiterals, Literal, with_data, without_data
from services.executor.bundle.index.kept_trees import KEPT_NODES
from services.executor.bundle.index.language import LANGUAGE
from services.executor.bundle.index.piece import (
    Declarator,
    Key,
    Piece,
    PieceError,
    count_of,
    declared_in,
    holder_at,
    parts_of,
)
from services.executor.bundle.index.pieces import Pieces

MAX_ROUNDS = 12
# How often pieces of one body are joined because one of them has an error.
MAX_JOINED = 4
# How often the text may be read again in all, in characters of it.
MAX_TIMES = 3
# Statements of one body, and members of one object of code, which take a kilobyte and more each.
MOST_STATEMENTS = 400_000
MOST_MEMBERS = 200_000
# From this size of a piece on, smaller bodies are pieces of their own too.
LARGE_PIECE = 1_000_000
SMALL_BODY = 200

COMMENT_KINDS = frozenset(
    LANGUAGE.id_for_node_kind(name, True) for name in ("comment", "html_comment")
)
Told = TypeVar("Told")


@dataclass(frozen=True)
class Sound(Generic[Told]):
    """The pieces of a text, and what was told of each, in the order of the text."""

    pieces: Pieces
    told: list[Told]


def sound_pieces(
    text: str,
    source: bytes,
    min_body: int,
    tell: Callable[[Node], Told],
    data: DataLiterals | None = None,
) -> Sound[Told]:
    """Return the pieces of a text.

    Args:
        text: the text.
        source: the same with one byte for each character.
        min_body: the length in characters from which a function's body is a piece of its own.
        tell: reads from a piece's root what is kept of its tree; it may get a piece twice.
        data: finds the literals of data in the text.

    Raises:
        BracketsError: the brackets do not match.
        PieceError: there is a syntax error, or too much does not fit.
    """
    bodies = likely_bodies(text, source, min_body, data or DataLiterals(text))
    return sound_bodies(bodies, source, tell)


def sound_bodies(
    bodies: Sequence[Body], source: bytes, tell: Callable[[Node], Told]
) -> Sound[Told]:
    """Return the pieces of a text whose likely bodies are known; see ``sound_pieces``."""
    checked = _Checked(source, tell)
    for _ in range(MAX_ROUNDS):
        fitting = checked.fitting(bodies)
        if fitting is bodies:
            return checked.sound(Pieces(source, bodies))
        bodies = fitting
    raise PieceError("its functions cannot be told apart")


def likely_bodies(text: str, source: bytes, min_body: int, data: DataLiterals) -> Sequence[Body]:
    """Return the bodies of a text, as the scanner of brackets tells them.

    Raises:
        BracketsError: the brackets do not match.
    """
    literals = data.all()
    bodies = _bodies(text, literals, min_body)
    for piece in list(Pieces(source, bodies).all()):
        if not piece.is_data and piece.size > LARGE_PIECE:
            bodies = _with_small(bodies, piece, text, min(min_body, SMALL_BODY))
    return bodies


def _bodies(text: str, literals: list[Literal], min_body: int) -> Sequence[Body]:
    try:
        bodies = large_bodies(without_data(text, literals), min_body)
    except BracketsError:  # what looks like data begins in a string, or ends in one
        bodies = large_bodies(text, min_body)
    return with_data(bodies, literals, text)


def _with_small(bodies: Sequence[Body], piece: Piece, text: str, min_body: int) -> Sequence[Body]:
    """Return bodies with the smaller ones in a piece, which is large because of them."""
    parts, at = [], piece.start
    for each in piece.bodies:
        parts += [text[at : each.start], " " * (each.end - each.start)]
        at = each.end
    try:
        found = large_bodies("".join([*parts, text[at : piece.end]]), min_body)
    except BracketsError:
        return bodies
    known = {each.start for each in piece.bodies}
    moved = [
        replace(
            each,
            start=each.start + piece.start,
            end=each.end + piece.start,
            cuts=tuple(cut + piece.start for cut in each.cuts),
        )
        for each in found[1:]
    ]
    new = [each for each in moved if each.start not in known]
    return sorted([*bodies, *new], key=lambda body: body.start)


def refuse_too_many(pieces: Sequence[Piece]) -> None:
    """Raise PieceError for what the process has not the memory, nor the time, to read.

    Args:
        pieces: those of one body, of which those count that were read.
    """
    of_body = [each for each in pieces if not each.is_data]
    parts = sum(len(each.named) for each in of_body)
    most, what = MOST_STATEMENTS, "statements"
    if of_body and of_body[0].literal:
        most, what = MOST_MEMBERS, "members of one object"
    if parts > most:
        keys = (key for each in of_body for key in each.named)
        parts = sum(key[2] not in COMMENT_KINDS for key in keys)
    if parts > most:
        raise PieceError(f"there are more than {most:,} {what}", of_body[0].start)


class _Checked(Generic[Told]):
    """What is known of the pieces that were read so far."""

    def __init__(self, source: bytes, tell: Callable[[Node], Told]) -> None:
        self._source = source
        self._tell = tell
        self._known: dict[
            tuple[int, ...], tuple[int, list[Key], dict[Key, list[Declarator]], Told]
        ] = {}
        self._trees: dict[tuple[int, ...], Node] = {}
        self._room = KEPT_NODES
        self._joined: dict[int, int] = {}  # how often pieces of a body were joined
        self._left = MAX_TIMES * len(source)

    def fitting(self, bodies: Sequence[Body]) -> Sequence[Body]:
        """Return these bodies if all of them fit, else without those that do not."""
        pieces = Pieces(self._source, bodies)
        changed: dict[int, Body | None] = {}
        passed = 0
        for index, body in enumerate(bodies):
            if body.start < passed:
                continue
            for piece in () if body.is_data else pieces.of(index):
                if body.start not in changed:
                    changed |= self._misfits(pieces, piece, body)
            if body.start in changed:
                passed = body.end  # what is inside is read with what is around it
        if not changed:
            return bodies
        return [each for body in bodies if (each := changed.get(body.start, body)) is not None]

    def sound(self, pieces: Pieces) -> Sound[Told]:
        """Return pieces that were all read."""
        told = []
        for piece in pieces.all():
            if piece.is_data:
                continue  # it has nothing to tell, and is read when somebody asks for it
            piece.count, piece.named, piece.declared, what = self._known[piece.key]
            told.append(what)
            tree = self._trees.get(piece.key)
            if tree is not None:
                pieces.keep(piece, tree)
        for body in range(len(pieces)):
            refuse_too_many(pieces.of(body))
        return Sound(pieces, told)

    def _misfits(self, pieces: Pieces, piece: Piece, body: Body) -> dict[int, Body | None]:
        """Return what stands for the bodies, by their starts, that are no bodies in this piece."""
        if piece.key in self._known:
            return {}
        self._left -= piece.size
        if self._left < 0:
            raise PieceError("its functions cannot be told apart")
        root = piece.tree(self._source)
        wrong: dict[int, Body | None] = {
            inside.start: None for inside in piece.bodies if holder_at(root, inside) is None
        }
        if wrong:
            return wrong
        holder = piece.holder(root)
        if holder is not None and not root.has_error:
            self._known[piece.key] = (
                count_of(piece, holder),
                parts_of(holder),
                # The program's declarations are all asked for.
                declared_in(holder) if piece.body == 0 else {},
                self._tell(holder),
            )
            self._room -= root.descendant_count
            if self._room > 0:
                self._trees[piece.key] = holder
            return {}
        around = [cut for cut in body.cuts if cut in (piece.start, piece.end)]
        self._joined[body.start] = joined = self._joined.get(body.start, 0) + 1
        if around and joined <= MAX_JOINED:
            cuts = tuple(cut for cut in body.cuts if cut not in around)
            return {body.start: replace(body, cuts=cuts)}
        if body.start == 0:
            raise PieceError("there is a syntax error", _first_error(root))
        return {body.start: None}


def _first_error(root: Node) -> int:
    """Return where the first error is in a tree that has one."""
    node = root
    while not (node.is_error or node.is_missing):
        below = next((child for child in node.children if child.has_error), None)
        if below is None:
            break
        node = below
    return node.start_byte
