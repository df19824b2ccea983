"""Lists of statements that are parsed one by one, on demand.

A region is the program or a large function's body. Opening it finds its statements and what they
declare in the concrete tree; only those that may declare something in an unusual way are parsed
then. A unit is a statement, or one declarator of a declaration; a large function body in it is a
region again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Protocol

from esprima.nodes import BlockStatement, VariableDeclaration

from services.executor.bundle.index.concrete import Concrete, hoists
from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.language import LANGUAGE
from services.executor.bundle.index.piece import Key
from services.executor.bundle.index.pieces import PieceNode
from services.executor.bundle.index.scopes import Finder, LazyBinding, RegionScope
from services.executor.bundle.index.slices import Context, SliceParser
from services.executor.bundle.index.walk import UnitWalk
from services.executor.bundle.index.written_names import named
from services.executor.bundle.syntax.deferred import Deferred
from services.executor.bundle.syntax.scope import BindingKind
from services.executor.bundle.syntax.syntax import Node

_IDENTIFIER = LANGUAGE.id_for_node_kind("identifier", True)
# Maps statements of the concrete tree to their ESTree types.
_STATEMENTS = {
    "break_statement": "BreakStatement",
    "class_declaration": "ClassDeclaration",
    "continue_statement": "ContinueStatement",
    "debugger_statement": "DebuggerStatement",
    "do_statement": "DoWhileStatement",
    "empty_statement": "EmptyStatement",
    "export_statement": "",
    "expression_statement": "ExpressionStatement",
    "for_in_statement": "",
    "for_statement": "ForStatement",
    "function_declaration": "FunctionDeclaration",
    "generator_function_declaration": "FunctionDeclaration",
    "if_statement": "IfStatement",
    "import_statement": "ImportDeclaration",
    "labeled_statement": "LabeledStatement",
    "lexical_declaration": "VariableDeclaration",
    "return_statement": "ReturnStatement",
    "statement_block": "BlockStatement",
    "switch_statement": "SwitchStatement",
    "throw_statement": "ThrowStatement",
    "try_statement": "TryStatement",
    "variable_declaration": "VariableDeclaration",
    "while_statement": "WhileStatement",
    "with_statement": "WithStatement",
}
_NAMED = {"FunctionDeclaration": BindingKind.FUNCTION, "ClassDeclaration": BindingKind.CLASS}
_PLAIN = frozenset({"ExpressionStatement", "ReturnStatement", "ThrowStatement", "EmptyStatement"})


class Index(Finder, Protocol):
    """The index, as its regions see it."""

    @property
    def concrete(self) -> Concrete:
        """The concrete tree."""
        ...

    @property
    def slices(self) -> SliceParser:
        """The parser of pieces."""
        ...

    def walk(self) -> UnitWalk:
        """Return a walk that opens scopes and declares names."""
        ...

    def resolve(self, walk: UnitWalk) -> None:
        """Pass what a walk found to the bindings concerned."""
        ...


class Unit:
    """A statement or a declarator.

    ``kind`` is the declaration's for a declarator, "" for a statement. A large program has hundreds
    of thousands of them, so each holds little before it is asked for.
    """

    __slots__ = ("_stub", "_stub_type", "binding", "concrete", "holes", "kind", "parsed", "region")

    def __init__(self, region: Region, concrete: ConcreteNode, stub_type: str, kind: str) -> None:
        self.region = region
        self.concrete = concrete
        self.kind = kind
        self._stub_type = stub_type
        self._stub: Node | None = None
        self.binding: LazyBinding | None = None
        self.holes: tuple[Region, ...] = ()
        self.parsed = False

    @property
    def stub(self) -> Node:
        """Return what becomes its ESTree node when it is parsed."""
        if self._stub is None:
            self._stub = Deferred(self._stub_type, self._fill)
        return self._stub

    @property
    def start(self) -> int:
        """Return where it begins."""
        return self.concrete.start_byte

    @property
    def end(self) -> int:
        """Return where it ends."""
        return self.concrete.end_byte

    def _fill(self, _stub: Deferred) -> None:
        self.parse()

    def made(self) -> LazyBinding:
        """Return the binding of the one name that it declares, which nobody asked for before."""
        name = self.concrete.child_by_field_name("name")
        assert name is not None
        index = self.region.index
        made = LazyBinding(
            index.concrete.name(name), BindingKind.VARIABLE, self.region.scope, index, self.parse
        )
        made.home = self.region.scope
        if self.parsed:
            made.node, made.value = self.stub.id, self.stub.init
        self.binding = made
        return made

    def parse(self) -> None:
        """Parse it and walk its contents, unless already done."""
        if self.parsed:
            return
        self.become()
        index, scope = self.region.index, self.region.scope
        walk = index.walk()
        if self.kind:
            walk.inside_declarator(self.stub, scope)
        else:
            walk.inside_statement(self.stub, scope)
        self.take_holes(walk)
        index.resolve(walk)

    def become(self) -> None:
        """Parse it without walking it."""
        self.parsed = True
        slices, context = self.region.index.slices, self.region.context
        if self.kind:
            node = slices.declarator(self.kind, self.start, self.end, context)
        else:
            node = slices.statement(self.start, self.end, context)
        if self._stub_type and node.type != self._stub_type:
            raise NotIndexedError(f"{node.type} was taken for {self._stub_type}")
        self.stub.become(node)
        if self.binding is not None and self.kind:
            self.binding.node, self.binding.value = node.id, node.init

    def take_holes(self, walk: UnitWalk) -> None:
        """Make regions of the function bodies found by walking this unit."""
        index = self.region.index
        found = []
        for block, scope in walk.holes:
            hole = block.hole
            concrete = index.concrete.function_body(hole.start)
            if concrete is None:
                raise NotIndexedError("a function's body is somewhere else")
            region = Region(index, scope, concrete, hole.context)
            block.on_fill(region.fill)
            found.append(region)
        self.holes = (*self.holes, *found)
        walk.holes.clear()

    def hole_at(self, index: int) -> Region | None:
        """Return the large function body around ``index``."""
        return next((hole for hole in self.holes if hole.start < index < hole.end), None)


class Region:
    """The statements of a program or of a large function body.

    Args:
        index: the index.
        scope: the program's or the function's.
        concrete: the program, or the function's block.
        context: the parser's state inside.
    """

    def __init__(
        self, index: Index, scope: RegionScope, concrete: ConcreteNode, context: Context
    ) -> None:
        self.index = index
        self.scope = scope
        self.concrete = concrete
        self.context = context
        self.start, self.end = concrete.start_byte, concrete.end_byte
        self.opened = False
        self.body: list[Node] = []
        self._units: list[Unit] = []
        self._starts: list[int] = []
        scope.open = self.open

    def fill(self, block: Deferred) -> None:
        """Turn a skipped function body into a block of these statements."""
        self.open()
        filled_block = BlockStatement(self.body)
        for name in ("_start", "_end", "_line", "_column"):
            setattr(filled_block, name, getattr(block, name))
        block.become(filled_block)

    def unit_at(self, index: int) -> Unit | None:
        """Return the unit around ``index``."""
        self.open()
        found = bisect_right(self._starts, index) - 1
        if found < 0 or index >= self._units[found].end:
            return None
        return self._units[found]

    def open(self) -> None:
        """Find the statements and what they declare, unless already done."""
        if self.opened:
            return
        self.opened = True
        walk = self.index.walk()
        for statement in named(self.concrete):
            kind = _STATEMENTS.get(statement.type)
            if kind is None:
                raise NotIndexedError(f"a {statement.type} is no statement that is known")
            if kind == "VariableDeclaration":
                self.body.append(self._declaration(statement, walk))
            else:
                self.body.append(self._statement(statement, kind, walk))
        self.index.resolve(walk)

    def _unit(self, concrete: ConcreteNode, stub_type: str, kind: str = "") -> Unit:
        unit = Unit(self, concrete, stub_type, kind)
        self._units.append(unit)
        self._starts.append(concrete.start_byte)
        return unit

    def _statement(self, statement: ConcreteNode, kind: str, walk: UnitWalk) -> Node:
        unit = self._unit(statement, kind)
        if kind in _NAMED:
            name = statement.child_by_field_name("name")
            if name is None:
                raise NotIndexedError("a declaration has no name")
            spelt = self.index.concrete.name(name)
            binding = LazyBinding(spelt, _NAMED[kind], self.scope, self.index)
            binding.node = binding.value = unit.stub
            unit.binding = binding
            self.scope.declared[binding.name] = binding
        elif kind == "ExpressionStatement":
            _refuse_doubtful(self.index.concrete.text, statement)
        elif kind not in _PLAIN and (not kind or kind == "ImportDeclaration" or hoists(statement)):
            unit.become()
            walk.statement(unit.stub, self.scope)
            unit.take_holes(walk)
        return unit.stub

    def _declaration(self, statement: ConcreteNode, walk: UnitWalk) -> Node:
        kind = self.index.concrete.text[statement.start_byte : statement.start_byte + 5]
        kind = "const" if kind == "const" else kind[:3]
        units = []
        for declarator, name in _declarators(statement):
            unit = self._unit(declarator, "VariableDeclarator", kind)
            units.append(unit)
            text = "" if name is None else self.index.concrete.spelt(name[0], name[1])
            if name is None or name[2] != _IDENTIFIER or text in self.scope.declared:
                unit.become()
                walk.declarator(unit.stub, self.scope, statement.start_byte)
                unit.take_holes(walk)
                continue
            self.scope.declared.later(text, unit)
        return _Declaration(units, statement.start_byte, statement.end_byte)


class _Declaration(Deferred):
    """A declaration whose node is made when it is asked for."""

    def __init__(self, units: list[Unit], start: int, end: int) -> None:
        super().__init__("VariableDeclaration", _declare)
        self.units = units
        self.start = start
        self.end = end


def _declare(stub: Deferred) -> None:
    """Turn a declaration into its node."""
    assert isinstance(stub, _Declaration)
    unit = stub.units[0]
    node = VariableDeclaration([each.stub for each in stub.units], unit.kind)
    stub.become(unit.region.index.slices.place(node, stub.start, stub.end))


def _declarators(statement: ConcreteNode) -> Iterator[tuple[ConcreteNode, Key | None]]:
    if isinstance(statement, PieceNode):
        yield from statement.declarators()
        return
    for child in statement.named_children:
        if child.type == "variable_declarator":
            name = child.child_by_field_name("name")
            yield child, None if name is None else (name.start_byte, name.end_byte, name.kind_id)


def _refuse_doubtful(text: str, statement: ConcreteNode) -> None:
    """Refuse what the parser reads differently: `let` before a line end, a block as an object."""
    start, end = statement.start_byte, statement.end_byte
    if text[start] == "{" or (end - start < 6 and text[start:end].rstrip("; ") == "let"):
        raise NotIndexedError("an expression may be a block, or a declaration that goes on below")
