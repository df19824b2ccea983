"""One piece of a large text: where it is, and how its tree is made."""

from __future__ import annotations

import resource
from itertools import count
from pathlib import Path
from typing import TypeAlias

from tree_sitter import Node, Parser, Range

from services.executor.bundle.index.bodies import Body
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.language import FUNCTIONS, LANGUAGE

_BLOCK_KIND = LANGUAGE.id_for_node_kind("statement_block", True)
_DATA_KINDS = frozenset(LANGUAGE.id_for_node_kind(name, True) for name in ("array", "object"))
# The kinds of nodes whose inside may be in pieces of its own.
HOLDERS = _DATA_KINDS | {_BLOCK_KIND}
# More parts of the text than this are not left out as ranges.
MAX_RANGES = 200
# Characters from which it is watched how much memory a tree takes, and what it must leave of all.
WATCHED = 1_000_000
SPARE = 0.3
READ_BYTES = 65_536
# Where a node begins and ends, and the number of its kind.
Key: TypeAlias = tuple[int, int, int]


class PieceError(NotIndexedError):
    """A text has a syntax error; ``at`` is where, None if that is not known."""


class Piece:
    """Statements of one body, or parts of a literal, without ``bodies``, pieces of their own.

    ``named`` are its statements or parts, and ``count`` is how many children its holder has in
    all, -1 when it was not read; whoever reads a piece sets them.
    """

    __slots__ = ("bodies", "body", "count", "end", "literal", "named", "nodes", "root", "start")

    def __init__(self, body: int, start: int, end: int, literal: str = "") -> None:
        self.body = body
        self.start = start
        self.end = end
        self.literal = literal  # its bracket, as that of the body
        self.bodies: list[Body] = []
        self.root: Node | None = None
        self.nodes: dict[Key, Node] = {}
        self.named: list[Key] = []
        self.count = -1

    @property
    def key(self) -> tuple[int, ...]:
        """What its tree depends on: the places where the text goes on or leaves something out."""
        places = (at for body in self.bodies for at in (body.start, body.end))
        return self.start, *places, self.end

    @property
    def size(self) -> int:
        """Return how many characters belong to it."""
        return self.end - self.start - sum(body.end - body.start for body in self.bodies)

    def parsed(self, source: bytes) -> Node:
        """Return the node whose children it is; that of statements may have errors.

        Args:
            source: the text with one byte for each character.

        Raises:
            PieceError: it is data with an error.
        """
        if self.literal:
            return self._literal(source)
        if len(self.bodies) <= MAX_RANGES:
            return _parse(source, self._ranges(self.start, self.end))
        return _parse(self._blanked(source), [_range(self.start, self.end)])

    def _literal(self, source: bytes) -> Node:
        """Parse parts within brackets, behind a sign: an object alone would be a block."""
        begin, end = self.start - 2, self.end + 1
        opening = b"!" + self.literal.encode()
        closing = b"]" if self.literal == "[" else b"}"
        around = b"".join([bytes(begin), opening, source[self.start : self.end], closing])
        node: Node | None = _parse(around, self._ranges(begin, end))
        while node is not None and node.kind_id not in _DATA_KINDS:
            node = node.named_child(0)
        if node is None or node.has_error or node.end_byte != end:
            raise PieceError("there is a syntax error", self.start)
        return node

    def _ranges(self, at: int, end: int) -> list[Range]:
        """Return what belongs to it of the text from ``at`` to ``end``."""
        ranges = []
        for body in self.bodies:
            ranges.append(_range(at, body.start))
            at = body.end
        return [*ranges, _range(at, end)]

    def _blanked(self, source: bytes) -> bytes:
        """Return the source with blanks for the bodies in it: ranges take quadratic time."""
        parts, at = [], 0
        for body in self.bodies:
            parts += [source[at : body.start], b" " * (body.end - body.start)]
            at = body.end
        return b"".join([*parts, source[at:]])


def key_of(node: Node) -> Key:
    """Return where a node is, and what kind it is of."""
    return node.start_byte, node.end_byte, node.kind_id


def holder_at(root: Node, body: Body) -> Node | None:
    """Return the emptied block of a function, or literal; None where it is something else."""
    brace = root.descendant_for_byte_range(body.start - 1, body.start)
    holder = brace.parent if brace is not None else None
    if holder is None or holder.start_byte != body.start - 1:
        return None
    if holder.kind_id not in (_DATA_KINDS if body.literal else (_BLOCK_KIND,)):
        return None
    # A comment after the block may count as a part of it, so its brace is looked for.
    closing = "]" if body.literal == "[" else "}"
    if not any(each.type == closing and each.start_byte == body.end for each in holder.children):
        return None
    if body.literal:
        return holder
    return holder if holder.parent is not None and holder.parent.type in FUNCTIONS else None


def _parse(source: bytes, ranges: list[Range]) -> Node:
    parser = Parser(LANGUAGE, included_ranges=ranges)
    if sum(each.end_byte - each.start_byte for each in ranges) < WATCHED:
        return parser.parse(source).root_node
    # The process would be ended by the parser, which cannot go on without memory.
    steps = count()
    try:
        tree = parser.parse(
            lambda at, _point: source[at : at + READ_BYTES],
            progress_callback=lambda _at, _failed: next(steps) % 1_000 == 0 and _is_full(),
        )
    except ValueError:
        what = "an expression, or a part without functions, takes too much memory"
        raise NotIndexedError(what, ranges[0].start_byte) from None
    return tree.root_node


def _is_full() -> bool:
    """Return whether so little of the process's memory is left that its tree would not fit."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return False
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    return pages * resource.getpagesize() > limit * (1 - SPARE)


def _range(start: int, end: int) -> Range:
    return Range((0, start), (0, end), start, end)
