"""A concrete tree in pieces, for texts too large for one tree.

The text is split into the program without its large functions, and the insides of those; where
one of these is large itself, its statements are cut into several pieces. A piece is parsed when
something in it is asked for, and only a few trees are kept. ``PieceNode`` makes the pieces look
like one tree of tree-sitter nodes; it keeps no tree in memory.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tree_sitter import Node

from services.executor.bundle.index.bodies import Body
from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.index.kept_trees import KeptTrees
from services.executor.bundle.index.language import LANGUAGE
from services.executor.bundle.index.piece import (
    HOLDERS,
    Key,
    Piece,
    PieceError,
    count_of,
    declarators_in,
    holder_at,
    key_of,
    parts_of,
)

_KINDS = [LANGUAGE.node_kind_for_id(kind) or "" for kind in range(LANGUAGE.node_kind_count)]
_PROGRAM_KIND = LANGUAGE.id_for_node_kind("program", True) or 0


class Pieces:
    """The pieces of one text.

    Args:
        source: the text with one byte for each character.
        bodies: the program and its large function bodies, as ``large_bodies`` lists them.
    """

    def __init__(self, source: bytes, bodies: Sequence[Body]) -> None:
        self.size = len(source)
        self._source = source
        self._bodies = bodies
        self._starts = [body.start for body in bodies]
        self._outer: list[int] = []
        self._pieces: list[list[Piece]] = []  # of each body
        self._trees = KeptTrees(self.size)
        self._split()

    def __repr__(self) -> str:
        """Show how many pieces there are and how many are parsed."""
        return f"Pieces({sum(map(len, self._pieces))}, {self._trees!r})"

    def __len__(self) -> int:
        """Return how many bodies they are of."""
        return len(self._pieces)

    @property
    def root(self) -> PieceNode:
        """The node of the program."""
        return PieceNode(self, self._pieces[0][0], (0, self.size, _PROGRAM_KIND), inside=0)

    def all(self) -> Iterator[Piece]:
        """Yield all pieces."""
        for pieces in self._pieces:
            yield from pieces

    def of(self, body: int) -> list[Piece]:
        """Return the pieces of a body."""
        return self._pieces[body]

    def parsed(self, piece: Piece) -> Node:
        """Return the root of a piece's tree, which is not kept and may have errors."""
        return piece.parsed(self._source)

    def at_brace(self, place: int) -> int | None:
        """Return the number of the body whose opening bracket is at ``place``."""
        index = bisect_right(self._starts, place + 1) - 1
        return index if index > 0 and self._starts[index] == place + 1 else None

    def inside(self, body: int) -> list[PieceNode]:
        """Return the children of the holder, or of the program, whose inside is a body."""
        found = []
        for piece in self._pieces[body]:
            nodes = self.tree(piece).children
            found += [self.made(piece, node) for node in (nodes[1:-1] if piece.literal else nodes)]
        return found

    def count(self, body: int) -> int:
        """Return how many these children are."""
        return sum(self._read(piece).count for piece in self._pieces[body])

    def statements(self, body: int) -> list[PieceNode]:
        """Return the named ones of these children."""
        pieces = self._pieces[body]
        return [self._placed(piece, key) for piece in pieces for key in self._read(piece).named]

    def _read(self, piece: Piece) -> Piece:
        """Return a piece with its parts listed."""
        if piece.count < 0:
            root = self.tree(piece)
            piece.count, piece.named = count_of(piece, root), parts_of(root)
        return piece

    def inside_at(self, body: int, byte: int) -> PieceNode | None:
        """Return the first of these children that ends after ``byte``."""
        pieces = self._pieces[body]
        for piece in pieces[max(0, self._index(pieces, byte)) :]:
            root = self.tree(piece)
            last = root.child(root.child_count - 1) if root.child_count else None
            if last is not None and last.end_byte > byte:
                found = root.first_child_for_byte(byte)
                if found is None or found.start_byte < piece.end:
                    return None if found is None else self.made(piece, found)
        return None

    def smallest(self, start: int, end: int, *, named: bool) -> PieceNode | None:
        """Return the smallest node of the program that holds a range."""
        piece = self.piece_at(start, end)
        if end > piece.end:
            return self.block(piece.body)
        root = self.tree(piece)
        if named:
            found = root.named_descendant_for_byte_range(start, end)
        else:
            found = root.descendant_for_byte_range(start, end)
        if found is None:
            return None
        return self.block(piece.body) if found == root else self.made(piece, found)

    def of_bare(self, node: Node) -> PieceNode:
        """Return a node of one piece's tree, in which there are no other pieces."""
        return self._placed(self.piece_at(node.start_byte, node.end_byte), key_of(node))

    def piece_at(self, start: int, end: int = -1) -> Piece:
        """Return the piece in which a range begins, of the smallest body that holds all of it."""
        end = max(end, start + 1)
        index = bisect_right(self._starts, start) - 1
        while index > 0 and end > self._bodies[index].end:
            index = self._outer[index]
        pieces = self._pieces[index]
        return pieces[max(0, self._index(pieces, start))]

    def block(self, body: int) -> PieceNode:
        """Return the block, the literal or the program whose inside is a body."""
        if body == 0:
            return self.root
        start, outer = self._bodies[body].start, self._outer[body]
        pieces = self._pieces[outer]
        piece = pieces[max(0, self._index(pieces, start - 1))]
        block = holder_at(self.tree(piece), self._bodies[body])
        if block is None:
            raise PieceError("a body begins elsewhere", start)
        return self.made(piece, block)

    def made(self, piece: Piece, node: Node) -> PieceNode:
        """Return a node of a piece as one of the whole."""
        key = key_of(node)
        piece.nodes[key] = node
        return self._placed(piece, key)

    def _placed(self, piece: Piece, key: Key) -> PieceNode:
        inside = self.at_brace(key[0]) if key[2] in HOLDERS else None
        return PieceNode(self, piece, key, inside)

    def node(self, piece: Piece, key: Key) -> Node:
        """Return the node of a piece at a place, parsing the piece again if need be."""
        found = piece.nodes.get(key)
        if found is not None:
            return found
        start, end, kind = key
        node = self.tree(piece).descendant_for_byte_range(start, end)
        while node is not None and key_of(node) != key:
            node = node.parent
        if node is None:
            raise PieceError(f"no node of kind {kind} from {start} to {end}")
        piece.nodes[key] = node
        return node

    def tree(self, piece: Piece) -> Node:
        """Return the root of a piece's tree."""
        if piece.root is not None:
            self._trees.asked(piece)
            return piece.root
        root = self.parsed(piece)
        self.keep(piece, root)
        return root

    def keep(self, piece: Piece, root: Node) -> None:
        """Keep a piece's tree as long as there is room."""
        self._trees.keep(piece, root)

    def keep_if_room(self, piece: Piece, root: Node) -> None:
        """Keep a piece's tree unless others would have to go."""
        self._trees.keep_if_room(piece, root)

    def is_around(self, piece: Piece, node: Node) -> bool:
        """Return whether a node of a piece stands for what all of its parts are in."""
        return node.parent is None or (bool(piece.literal) and node == self.tree(piece))

    def _split(self) -> None:
        stack: list[int] = []
        for index, body in enumerate(self._bodies):
            while stack and self._bodies[stack[-1]].end < body.start:
                stack.pop()
            self._outer.append(stack[-1] if stack else -1)
            stack.append(index)
            places = [body.start, *body.cuts, body.end]
            self._pieces.append([Piece(index, at, end, body) for at, end in pairwise(places)])
            if index > 0:
                pieces = self._pieces[self._outer[-1]]
                pieces[max(0, self._index(pieces, body.start - 1))].bodies.append(body)

    @staticmethod
    def _index(pieces: list[Piece], place: int) -> int:
        return bisect_right(pieces, place, key=lambda piece: piece.start) - 1


class PieceNode:
    """A node of a tree in pieces, with what the reader uses of a tree-sitter node."""

    __slots__ = ("_inside", "_key", "_piece", "_pieces")

    def __init__(self, pieces: Pieces, piece: Piece, key: Key, inside: int | None) -> None:
        self._pieces = pieces
        self._piece = piece
        self._key = key
        self._inside = inside  # the body in pieces of its own, of the program or of a holder

    def __repr__(self) -> str:
        """Show the kind of node and where it is."""
        return f"PieceNode({self.type}, {self.start_byte}, {self.end_byte})"

    @property
    def concrete(self) -> Node:
        """The node of tree-sitter, which lacks the large functions inside it."""
        if self._inside == 0:
            return self._pieces.tree(self._piece)
        return self._pieces.node(self._piece, self._key)

    @property
    def id(self) -> int:
        """Return a number that differs from those of other nodes."""
        start, end, kind = self._key
        return (start << 44) | (end << 12) | kind

    @property
    def type(self) -> str:
        """Return the name of its kind."""
        return _KINDS[self._key[2]]

    @property
    def kind_id(self) -> int:
        """Return the number of its kind."""
        return self._key[2]

    @property
    def is_named(self) -> bool:
        """Return whether it is more than a sign or a keyword."""
        return self.concrete.is_named

    @property
    def start_byte(self) -> int:
        """Return where it begins."""
        return self._key[0]

    @property
    def end_byte(self) -> int:
        """Return where it ends."""
        return self._key[1]

    @property
    def children(self) -> list[PieceNode]:
        """Return its children, with signs and keywords."""
        if self._inside == 0:
            return self._pieces.inside(0)
        nodes = self._made(self.concrete.children)
        if self._inside is None:
            return nodes
        return [nodes[0], *self._pieces.inside(self._inside), *nodes[1:]]

    @property
    def child_count(self) -> int:
        """Return how many children it has."""
        if self._inside is None:
            return self.concrete.child_count
        own = 0 if self._inside == 0 else self.concrete.child_count
        return own + self._pieces.count(self._inside)

    @property
    def named_children(self) -> list[PieceNode]:
        """Return its children without signs and keywords."""
        if self._inside is None:
            return self._made(self.concrete.named_children)
        return self._pieces.statements(self._inside)

    @property
    def parent(self) -> PieceNode | None:
        """Return the node of which it is a child."""
        if self._inside == 0:
            return None
        parent = self.concrete.parent
        if parent is None or self._pieces.is_around(self._piece, parent):
            return self._pieces.block(self._piece.body)
        return self._pieces.made(self._piece, parent)

    def child(self, index: int, /) -> PieceNode | None:
        """Return the child at ``index``."""
        children = self.children
        return children[index] if index < len(children) else None

    def child_by_field_name(self, name: str, /) -> PieceNode | None:
        """Return the child with a name in the grammar."""
        found = None if self._inside == 0 else self.concrete.child_by_field_name(name)
        return None if found is None else self._pieces.made(self._piece, found)

    def first_child_for_byte(self, byte: int, /) -> PieceNode | None:
        """Return the first child that ends after ``byte``."""
        if self._inside is not None and byte >= self.start_byte + bool(self._inside):
            found = self._pieces.inside_at(self._inside, byte)
            if found is not None or self._inside == 0:
                return found
        node = self.concrete
        last = node.child(node.child_count - 1) if node.child_count else None
        if last is None or last.end_byte <= byte:
            return None
        child = node.first_child_for_byte(byte)
        return None if child is None else self._pieces.made(self._piece, child)

    def descendant_for_byte_range(self, start: int, end: int, /) -> PieceNode | None:
        """Return the smallest node of the program that holds a range; only for the root."""
        return self._pieces.smallest(start, end, named=False)

    def named_descendant_for_byte_range(self, start: int, end: int, /) -> PieceNode | None:
        """Return the smallest named node of the program that holds a range; only for the root."""
        return self._pieces.smallest(start, end, named=True)

    def declarators(self) -> list[tuple[PieceNode, Key | None]]:
        """Return the declarators of a declaration, and the names or patterns that they declare."""
        piece = self._piece
        declared = piece.declared.pop(self._key, None) or declarators_in(self.concrete)
        return [(PieceNode(self._pieces, piece, key, None), name) for key, name in declared]

    def bare(self) -> Node | PieceNode:
        """Return the node of tree-sitter if nothing inside it is in pieces of its own."""
        if self._inside is not None:
            return self
        bodies = self._piece.bodies
        index = bisect_right(bodies, self._key[0], key=_start_of)
        if index < len(bodies) and bodies[index].start < self._key[1]:
            return self
        return self.concrete

    def lasting(self, node: Node) -> PieceNode:
        """Return a node of this tree that ``bare`` returned, or one inside it, without its tree."""
        return self._pieces.of_bare(node)

    def _made(self, nodes: Sequence[Node]) -> list[PieceNode]:
        return [self._pieces.made(self._piece, node) for node in nodes]


def bare(node: ConcreteNode) -> ConcreteNode:
    """Return a node for a walk down from it, which is faster without pieces."""
    return node.bare() if isinstance(node, PieceNode) else node


def lasting(node: ConcreteNode | None, around: ConcreteNode) -> ConcreteNode | None:
    """Return a node that was reached from a bare one, as ``around``, one above it, has it.

    It knows what it is in, and keeps no tree in memory.
    """
    if isinstance(around, PieceNode) and isinstance(node, Node):
        return around.lasting(node)
    return node


def _start_of(body: Body) -> int:
    return body.start
