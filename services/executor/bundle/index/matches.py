"""What a query finds in a tree, in time that is linear in the tree's size however deep it is.

At each node a query looks at all matches that were begun and may still go on, which are as many as
there are calls around the node: a chain of 100,000 calls would take hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from tree_sitter import Node, QueryCursor

from services.executor.bundle.index.language import query

# The nodes of one match, by the names of the captures.
Match: TypeAlias = dict[str, list[Node]]
# How many matches may be begun at once; real code has up to 60.
MOST_BEGUN = 128
# How many levels of a tree are queried at once: a cursor counts 65,535 at most; and how many of
# one that begins too many matches.
LEVELS = 20_000
FEW_LEVELS = 16


def matches(patterns: str, root: Node) -> Iterator[Match]:
    """Yield what each match of a query captured, in any order.

    Args:
        patterns: the query. Each pattern that a deep child may keep waiting captures its outermost
            node; it would not be noticed else that it waits.
        root: where to look.
    """
    levels, starts = LEVELS, [root]
    while starts:
        start = starts.pop()
        cursor = QueryCursor(query(patterns))
        if levels == LEVELS:
            cursor.match_limit = MOST_BEGUN
        cursor.set_max_start_depth(levels)
        found = cursor.matches(start)
        if levels == LEVELS and cursor.did_exceed_match_limit:
            levels = FEW_LEVELS
            starts.append(start)
            continue
        yield from (captured for _, captured in found)
        starts += _far_below(start, levels)


def _far_below(start: Node, levels: int) -> Iterator[Node]:
    """Yield the nodes right below so many levels."""
    cursor, left = start.walk(), levels  # its own depth is counted anew each time
    while True:
        node = cursor.node
        assert node is not None
        if left < 0:
            yield node
        elif node.descendant_count > left and cursor.goto_first_child():
            left -= 1
            continue  # else nothing in it is so deep
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            left += 1
