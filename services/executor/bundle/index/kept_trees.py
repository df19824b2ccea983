"""Which trees of the pieces of a text are kept in memory."""

from __future__ import annotations

from collections import OrderedDict

from tree_sitter import Node

from services.executor.bundle.index.piece import Piece, memory_left

# Nodes, of 100 to 130 bytes each, of the trees that are kept for good, and of those of the others
# that were asked for last.
KEPT_NODES = 750_000
LAST_NODES = 250_000
# Nodes of the trees that are kept for good while so much of the process's memory is left.
MOST_NODES = 5_000_000
SPARE_FOR_TREES = 0.35


class KeptTrees:
    """The trees of one text that are kept, in their pieces.

    Most trees are asked for again, in the order of the text: if each took the place of the one that
    was not asked for the longest, it would be gone before its next turn.

    Args:
        size: characters of the text.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._for_good = 0  # nodes
        self._last: OrderedDict[Piece, int] = OrderedDict()
        self._last_nodes = 0
        self._met_nodes = self._met_characters = 0

    def __repr__(self) -> str:
        """Show how many nodes are kept."""
        return f"KeptTrees({self._for_good} for good, {self._last_nodes} last)"

    def keep(self, piece: Piece, root: Node) -> None:
        """Keep a tree: for good if there is room, else until others were asked for."""
        piece.root = root
        nodes = root.descendant_count
        self._met_nodes += nodes
        self._met_characters += piece.size
        if self._has_room(nodes):
            self._for_good += nodes
            return
        self._last[piece] = nodes
        self._last_nodes += nodes
        while len(self._last) > 1 and self._last_nodes > LAST_NODES:
            dropped, nodes = self._last.popitem(last=False)
            self._last_nodes -= nodes
            dropped.root = None
            dropped.nodes = {}

    def keep_if_room(self, piece: Piece, root: Node) -> None:
        """Keep a tree unless others would have to go."""
        nodes = root.descendant_count
        if self._has_room(nodes) or self._last_nodes + nodes <= LAST_NODES:
            self.keep(piece, root)

    def asked(self, piece: Piece) -> None:
        """Note that a tree that is kept was asked for."""
        if piece in self._last:
            self._last.move_to_end(piece)

    def _has_room(self, nodes: int) -> bool:
        """Return whether a tree may be kept for good.

        Of a text whose trees do not all fit, few are: much more is to be made of it.
        """
        nodes += self._for_good
        if nodes <= KEPT_NODES:
            return True
        expected = self._met_nodes * self._size / max(1, self._met_characters)
        if max(nodes, expected) > MOST_NODES:
            return False
        return (memory_left() or 0) > SPARE_FOR_TREES
