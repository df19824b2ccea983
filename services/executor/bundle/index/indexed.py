"""A program that is read piece by piece, as its evaluator needs it.

The result is the same as parsing the whole text: the same nodes, scopes and writes, made by the
same parser and the same walk, but only for the statements needed. A write to a name may be
anywhere, so the concrete tree gives every place in the text that may write to something, by the
name at its root, and the statements around a name's places are parsed when the writes to the name
are needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from esprima.nodes import Module, Script

from services.executor.bundle.index.bodies import MIN_BODY
from services.executor.bundle.index.concrete import MOST_OWN, PIECES_FROM, Concrete, tolerant_tree
from services.executor.bundle.index.concrete_node import ConcreteNode, child_at
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.regions import Region, Unit
from services.executor.bundle.index.scopes import LazyBinding, RegionScope
from services.executor.bundle.index.shadows import Shadows
from services.executor.bundle.index.slices import SliceParser
from services.executor.bundle.index.walk import UnitWalk
from services.executor.bundle.syntax.deferred import Deferred, filled
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.scope import Binding, MemberWrite, Scope, ScopeTree
from services.executor.bundle.syntax.syntax import Node

MIN_DEFERRED = 100
# Characters. Below, reading all pieces takes three seconds at most, and finds each syntax error.
UNREAD_FROM = 8_000_000
_MODULE_STATEMENTS = frozenset({"export_statement", "import_statement"})
_IMPORT_META = re.compile(r"import\s*\.\s*meta\b")
_ALWAYS_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})


def index_program(
    text: str,
    *,
    min_deferred: int = MIN_DEFERRED,
    pieces_from: int = PIECES_FROM,
    unread_from: int | None = UNREAD_FROM,
    most_own: float = MOST_OWN,
    min_body: int = MIN_BODY,
) -> ParsedProgram:
    """Return the program of ``text``, read piece by piece.

    Args:
        text: the bundle.
        min_deferred: length in characters from which a function's body is parsed on its own.
        pieces_from: length in characters from which the concrete tree is in pieces.
        unread_from: length in characters from which a piece is parsed only when it is asked for;
            None: never.
        most_own: how much of such a text may be in no large function, for that to be done.
        min_body: length in characters from which a function's body is a piece of that tree.

    Raises:
        NotIndexedError: it has to be read as a whole. Reading a piece may raise it too.
        UnsureError: it has to be read with ``unread_from=None``, likewise.
    """
    concrete = Concrete(
        text, pieces_from=pieces_from, unread_from=unread_from, most_own=most_own, min_body=min_body
    )
    statements = {statement.type for statement in concrete.root.named_children}
    if "return_statement" in statements or not statements - {"comment"}:
        raise NotIndexedError("there is nothing, or a `return` outside of functions")
    is_module = bool(statements & _MODULE_STATEMENTS)
    tree = IndexedTree(concrete, is_module=is_module, min_deferred=min_deferred)
    if not is_module:
        _refuse_module_words(tree)
    return ParsedProgram(tree.program, is_module, tree, text)


def concrete_root(parsed: ParsedProgram) -> ConcreteNode:
    """Return the concrete tree of a program, the same however it was parsed.

    Its byte offsets are indexes of ``parsed.text``, and so are those of ESTree nodes.
    """
    if isinstance(parsed.tree, IndexedTree):
        return parsed.tree.concrete.root
    return tolerant_tree(parsed.text)


class IndexedTree(ScopeTree):
    """The scopes of an indexed program; opens regions and parses units when needed."""

    def __init__(self, concrete: Concrete, *, is_module: bool, min_deferred: int) -> None:
        self.concrete = concrete
        self.slices = SliceParser(
            concrete.text,
            is_module=is_module,
            body_end=concrete.body_end,
            data=concrete.data,
            min_deferred=min_deferred,
        )
        self.program: Node = (Module if is_module else Script)([])
        root = RegionScope(self.program, None)
        super().__init__(root, {id(self.program): root}, self)
        self.region = Region(self, root, concrete.root, self.slices.top)
        self._shadows = Shadows(concrete)
        self._free: dict[str, list[tuple[int, MemberWrite]]] = {}
        self._searched: set[str] = set()
        start = self.slices.program_start.index
        self.slices.place(self.program, start, len(concrete.text))
        self.region.open()
        self.program.body = self.region.body

    def __repr__(self) -> str:
        """Show how much text it covers."""
        return f"IndexedTree(characters={len(self.concrete.text)})"

    def of(self, node: Node, default: Scope) -> Scope:
        """Return the scope that ``node`` opens, or ``default`` when it opens none."""
        found = self.by_node.get(id(node))
        if found is None and isinstance(node, Deferred):
            filled(node)  # which opens its scope
            found = self.by_node.get(id(node))
        return default if found is None else found

    def get(self, name: str, default: list[MemberWrite], /) -> list[MemberWrite]:
        """Return the writes to members of an undeclared ``name``; see ``FreeMembers``."""
        if name not in self._searched:
            self._searched.add(name)
            for place in self.concrete.writes(name, 0, len(self.concrete.text)):
                self._parse_at(place, name, None)
        found = self._free.get(name)
        if found is None:
            return default
        found.sort(key=_position)
        return [write for _, write in found]

    def walk(self) -> UnitWalk:
        """Return a walk that opens scopes of this tree."""
        return UnitWalk(self.by_node, self)

    def resolve(self, walk: UnitWalk) -> None:
        """Pass what a walk found to the bindings concerned."""
        walk.resolve(self._add_free)

    def _add_free(self, name: str, write: MemberWrite, position: int) -> None:
        self._free.setdefault(name, []).append((position, write))

    def find_writes(self, binding: LazyBinding) -> None:
        """Parse whatever may write to ``binding``."""
        self._find(binding, self.concrete.writes)

    def find_names(self, binding: LazyBinding) -> None:
        """Parse whatever may make an alias of ``binding``."""
        self._find(binding, self.concrete.given)

    def _find(self, binding: LazyBinding, places: Callable[[str, int, int], Iterable[int]]) -> None:
        scope = binding.scope
        start, end = 0, len(self.concrete.text)
        if scope.parent is not None:
            start, end = scope.node._start, scope.node._end
        if isinstance(scope, RegionScope):
            scope.open()
        for place in [*places(binding.name, start, end)]:
            if start <= place < end:
                self._parse_at(place, binding.name, binding)

    def _parse_at(self, place: int, name: str, binding: Binding | None) -> None:
        """Parse the unit around ``place``, unless ``name`` refers to something else there."""
        region: Region | None = self.region
        while region is not None:
            if not region.opened and self._hidden(region, name, place, binding):
                return
            unit = region.unit_at(place)
            if unit is None:
                return
            if not unit.parsed:
                if self._shadows.hides(unit.concrete, name, place):
                    return
                unit.parse()
            region = unit.hole_at(place)
            if region is not None and _declares_another(region, name, binding):
                return

    def _hidden(self, region: Region, name: str, place: int, binding: Binding | None) -> bool:
        own = binding is not None and binding.scope is region.scope
        return self._shadows.hides(region.concrete, name, place, below=own)


def _declares_another(region: Region, name: str, binding: Binding | None) -> bool:
    """Return whether the region's function declares ``name`` as another binding."""
    known = region.scope.declared.get(name)
    if known is None or known is binding:
        return False
    if binding is None:
        return True
    node = binding.scope.node
    is_inside = binding.scope.parent is not None and region.start <= node._start < region.end
    return not is_inside


def _refuse_module_words(tree: IndexedTree) -> None:
    """Refuse a script that uses module-only syntax; the parser then decides what it is.

    Raises:
        NotIndexedError: there is an ``await`` outside of functions, or ``import.meta``.
    """
    text, root = tree.concrete.text, tree.concrete.root
    for found in _IMPORT_META.finditer(text):
        node = root.named_descendant_for_byte_range(found.start(), found.start() + 1)
        if node is not None and node.type not in ("comment", "string_fragment"):
            raise NotIndexedError("there is an `import.meta` in a script")
    for place in tree.concrete.awaits():
        unit = tree.region.unit_at(place)
        if (unit is None or not _in_function(unit, place)) and tree.concrete.is_await(place):
            raise NotIndexedError("there is an `await` outside of functions in a script")


def _in_function(unit: Unit, index: int) -> bool:
    node = unit.concrete
    if node.type in _ALWAYS_FUNCTIONS:
        return True
    while node.child_count:
        if node.type in ("arrow_function", "function_expression", "method_definition"):
            return True
        if node.type in _ALWAYS_FUNCTIONS or node.type == "generator_function":
            return True
        below = child_at(node, index)
        if below is None or below.start_byte > index:
            return False
        node = below
    return False


def _position(found: tuple[int, MemberWrite]) -> int:
    return found[0]
