"""What of a bundle runs while it loads: the top level, and the functions that it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.env_names import own_name
from services.executor.bundle.reach.regions import Node

MAX_DEPTH: Final = 200
# Functions whose calls are looked for, in a text of megabytes each.
MAX_CALLED: Final = 24
MAX_CALLS: Final = 50
MAX_STEPS: Final = 3
_TEXTS: Final = frozenset({"comment", "string", "string_fragment", "template_string", "regex"})
# What bundlers wrap the modules in that they evaluate when something imports them.
_WRAPS_MODULES: Final = re.compile(r"__(?:esm|esmMin|commonJS|commonJSMin)\d*")
_MODULE_KEY: Final = re.compile(r"\d+|[\"'](?:\.{0,2}/|\d)[^\"']*[\"']")
_SHORT: Final = 3


class LoadTime:
    """Tells of places of one program whether they run while it loads.

    Args:
        root: its tree.
        text: what it was made from.
    """

    def __init__(self, root: ConcreteNode, text: str) -> None:
        self.root = root
        self.text = text
        self._called: dict[int, bool] = {}

    def __repr__(self) -> str:
        """Show for how many functions it was asked."""
        return f"LoadTime(functions={len(self._called)})"

    def node_at(self, place: int) -> Node | None:
        """Return the smallest node at a place."""
        return self.root.named_descendant_for_byte_range(place, place + 1)

    def text_of(self, node: Node) -> str:
        """Return the text of a node."""
        return self.text[node.start_byte : node.end_byte]

    def arguments_at(self, callee: int, opening: int) -> Sequence[Node]:
        """Return the arguments of the call whose callee begins at a place, and its brackets."""
        given = self.node_at(opening)
        while given is not None and given.kind_id != grammar.ARGUMENTS:
            given = given.parent
        call = None if given is None else given.parent
        if given is None or call is None or call.start_byte != callee:
            return ()
        return given.named_children

    def runs(self, place: int, *, in_texts: bool = False, by_name: bool = True) -> bool:
        """Tell whether the code at a place may run while the bundle loads.

        Functions do that are called where they are written, and ``by_name`` also those that code
        of the load calls by their name, and the modules that bundlers wrap in functions.
        """
        node = self.node_at(place)
        if node is None or (node.type in _TEXTS and not in_texts):
            return False
        return self._runs(node, MAX_STEPS if by_name else -1)

    def _runs(self, node: Node, steps: int) -> bool:
        for each in around(node):
            if each.kind_id == grammar.PROGRAM:
                return True
            if each.kind_id in grammar.FUNCTIONS and not self._is_called(each, steps):
                return False
        return False

    def _is_called(self, function: Node, steps: int) -> bool:
        if immediate_call(function) is not None:
            return True
        if steps < 0:
            return False
        known = self._called.get(function.id)
        if known is None:
            self._called[function.id] = False  # while it is looked for, and for itself
            known = self._is_module(function) or (
                steps > 0 and len(self._called) <= MAX_CALLED and self._is_run(function, steps - 1)
            )
            self._called[function.id] = known
        return known

    def _is_module(self, function: Node) -> bool:
        holder = function if function.kind_id == grammar.METHOD else function.parent
        if holder is None or holder.kind_id not in (grammar.METHOD, grammar.PAIR):
            return False
        modules = holder.parent
        if modules is None or modules.kind_id != grammar.OBJECT or modules.parent is None:
            return False
        call = modules.parent.parent
        if modules.parent.kind_id == grammar.ARGUMENTS and call is not None:
            callee = call.named_children[0]
            if _WRAPS_MODULES.fullmatch(self.text_of(callee)) is not None:
                return True
        return _MODULE_KEY.fullmatch(self.text_of(holder.named_children[0])) is not None

    def _is_run(self, function: Node, steps: int) -> bool:
        """Tell whether code that runs at load calls a function by its name, or makes its class."""
        named = name_of(function, self.text)
        if named is None:
            return False
        name = self.text_of(named)
        outer = None if function.parent is None else function_of(function.parent)
        span = (0, len(self.text)) if outer is None else (outer.start_byte, outer.end_byte)
        called = re.compile(rf"{own_name(name)}(?=\()")
        for call in islice(called.finditer(self.text, *span), MAX_CALLS):
            node = self.node_at(call.start())
            if node is None or node.type in _TEXTS or node.id == named.id:
                continue
            # A short name deeper inside is often another.
            is_known = len(name) >= _SHORT or _is_same(function_of(node), outer)
            if is_known and self._runs(node, steps):
                return True
        return False


def _is_same(left: Node | None, right: Node | None) -> bool:
    return left is right or (left is not None and right is not None and left.id == right.id)


def name_of(function: Node, text: str) -> Node | None:
    """Return the name that a function is called by: its own, its variable's, or its class's."""
    holder: Node | None = function
    if function.kind_id == grammar.METHOD:
        named = function.child_by_field_name("name")
        if named is None or text[named.start_byte : named.end_byte] != "constructor":
            return None
        holder = None if function.parent is None else function.parent.parent
    named = None if holder is None else holder.child_by_field_name("name")
    if named is not None or holder is None:
        return named
    parent = holder.parent
    if parent is not None and parent.kind_id == grammar.DECLARATOR:
        return parent.child_by_field_name("name")
    return None


def around(node: Node | None) -> Iterator[Node]:
    """Yield a node and what is around it, from the inside to the program; at most 200."""
    for _ in range(MAX_DEPTH):
        if node is None:
            return
        yield node
        node = None if node.kind_id == grammar.PROGRAM else node.parent


def function_of(node: Node) -> Node | None:
    """Return the innermost function around a node, None outside of any."""
    return next((each for each in around(node) if each.kind_id in grammar.FUNCTIONS), None)


def immediate_call(function: Node) -> Node | None:
    """Return the call of a function that is called where it is written, ``(() => {...})()``."""
    node, parent = function, function.parent
    while parent is not None and parent.kind_id == grammar.PARENTHESES:
        node, parent = parent, parent.parent
    if parent is None or parent.kind_id != grammar.CALL:
        return None
    return parent if parent.named_children[0].id == node.id else None
