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
_DECLARATOR = LANGUAGE.id_for_node_kind("variable_declarator", True)
DECLARATIONS = frozenset(
    LANGUAGE.id_for_node_kind(name, True)
    for name in ("lexical_declaration", "variable_declaration")
)
_NAME = LANGUAGE.field_id_for_name("name") or 0
# The kinds of nodes whose inside may be in pieces of its own.
HOLDERS = _DATA_KINDS | {_BLOCK_KIND}
# More parts of the text than this are not left out as ranges.
MAX_RANGES = 200
# Characters from which it is watched how much memory a tree takes, and what trees leave of all.
WATCHED = 1_000_000
SPARE = 0.3
# Each name that a query compares is read so, too: a long piece would be copied for a short name.
READ_BYTES = 1_024
# Where a node begins and ends, and the number of its kind.
Key: TypeAlias = tuple[int, int, int]
# A declarator, and the name or pattern that it declares, if there is one.
Declarator: TypeAlias = tuple[Key, Key | None]


class PieceError(NotIndexedError):
    """A text has a syntax error; ``at`` is where, None if that is not known."""


class Piece:
    """Statements of one body, or parts of a literal, without ``bodies``, pieces of their own.

    ``named`` are its statements or parts, and ``count`` is how many children its holder has in
    all, -1 when it was not read; whoever reads a piece sets them. ``declared`` are what its
    declarations declare, as far as whoever read it kept that.
    """

    __slots__ = (
        *("bodies", "body", "count", "declared", "end", "is_data", "literal", "named", "nodes"),
        *("root", "start"),
    )

    def __init__(self, body: int, start: int, end: int, of: Body) -> None:
        self.body = body
        self.start = start
        self.end = end
        self.literal = of.literal
        self.is_data = of.is_data
        self.bodies: list[Body] = []
        self.root: Node | None = None
        self.nodes: dict[Key, Node] = {}
        self.named: list[Key] = []
        self.declared: dict[Key, list[Declarator]] = {}
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
            PieceError: it is a part of a literal with an error.
        """
        holder = self.holder(self.tree(source))
        if holder is None:
            raise PieceError("there is a syntax error", self.start)
        return holder

    def tree(self, source: bytes) -> Node:
        """Return the root of its tree, which may have errors.

        Parts of a literal are in brackets, behind a sign: an object alone would be a block.
        """
        begin, end, opening, closing = self.start, self.end, b"", b""
        if self.literal:
            begin, end, opening = begin - 2, end + 1, b"!" + self.literal.encode()
            closing = b"]" if self.literal == "[" else b"}"
        if len(self.bodies) > MAX_RANGES:
            ranges, inside = [_range(begin, end)], self._blanked(source)
        else:
            ranges, inside = self._ranges(begin, end), source[self.start : self.end]
        part = b"".join([opening, inside, closing])
        return _parse(part, begin, ranges, watched=self.size >= WATCHED)

    def holder(self, root: Node) -> Node | None:
        """Return the node whose children it is, in its tree; None for a literal with an error."""
        if not self.literal:
            return root
        node: Node | None = root
        while node is not None and node.kind_id not in _DATA_KINDS:
            node = node.named_child(0)
        if node is None or root.has_error or node.end_byte != self.end + 1:
            return None
        return node

    def _ranges(self, at: int, end: int) -> list[Range]:
        """Return what belongs to it of the text from ``at`` to ``end``."""
        ranges = []
        for body in self.bodies:
            ranges.append(_range(at, body.start))
            at = body.end
        return [*ranges, _range(at, end)]

    def _blanked(self, source: bytes) -> bytes:
        """Return its text with blanks for the bodies in it: ranges take quadratic time."""
        parts, at = [], self.start
        for body in self.bodies:
            parts += [source[at : body.start], b" " * (body.end - body.start)]
            at = body.end
        return b"".join([*parts, source[at : self.end]])


def key_of(node: Node) -> Key:
    """Return where a node is, and what kind it is of."""
    return node.start_byte, node.end_byte, node.kind_id


def declarators_in(statement: Node) -> list[Declarator]:
    """Return the declarators of a declaration."""
    found: list[Declarator] = []
    for child in statement.named_children:
        if child.kind_id == _DECLARATOR:
            name = child.child_by_field_id(_NAME)
            found.append((key_of(child), None if name is None else key_of(name)))
    return found


def count_of(piece: Piece, root: Node) -> int:
    """Return how many children of a piece's root are its parts, and signs between them."""
    return root.child_count - (2 if piece.literal else 0)


def declared_in(root: Node) -> dict[Key, list[Declarator]]:
    """Return what the declarations among the statements of a piece declare."""
    return {
        key_of(node): declarators_in(node)
        for node in root.named_children
        if node.kind_id in DECLARATIONS
    }


def parts_of(root: Node) -> list[Key]:
    """Return the statements or the parts of a piece."""
    return [key_of(node) for node in root.named_children]


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


def _parse(part: bytes, begin: int, ranges: list[Range], *, watched: bool) -> Node:
    """Return the tree of a part of the text that begins at ``begin``."""
    parser = Parser(LANGUAGE, included_ranges=ranges)
    steps = count()

    def read(at: int, _point: object) -> bytes:
        return part[at - begin : at - begin + READ_BYTES] if at >= begin else b""

    if not watched:
        return parser.parse(read).root_node
    # The process would be ended by the parser, which cannot go on without memory.
    try:
        tree = parser.parse(
            read,
            progress_callback=lambda _at, _failed: next(steps) % 1_000 == 0 and _is_full(),
        )
    except ValueError:
        what = "an expression, or a part without functions, takes too much memory"
        raise NotIndexedError(what, ranges[0].start_byte) from None
    return tree.root_node


def _is_full() -> bool:
    """Return whether so little of the process's memory is left that its tree would not fit."""
    left = memory_left()
    return left is not None and left < SPARE


def memory_left() -> float | None:
    """Return the share of the memory that the process may have and has not; None for no limit."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    return 1 - pages * resource.getpagesize() / limit


def _range(start: int, end: int) -> Range:
    return Range((0, start), (0, end), start, end)
