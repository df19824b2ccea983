"""The parts of a program that may be left out: statements, and parts of lists in them.

A unit is a statement, a declarator of a declaration, a part of a sequence of expressions, or a name
in `export {...}`. The body of a function that runs while the program loads has units too: one
that is called at once, or that a bundler's wrapper takes (`__commonJS`, `__esm`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.needed.purity import Evaluation, evaluation_of, is_pure_class
from services.executor.bundle.needed.tokens import named

MAX_UNITS = 200_000
MAX_DEPTH = 40
PROGRAM = -1
# What a CommonJS bundle exports: `module.exports = __toCommonJS(index_exports)`.
_CONVERTED = re.compile(r"\bmodule\.exports\s*=\s*[\w$]+\(\s*([\w$]+)\s*\)")
_DECLARATIONS = frozenset({"lexical_declaration", "variable_declaration"})
_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})


class Listed(Enum):
    """What units of one list are parts of."""

    STATEMENT = "statement"
    NAMES = "names"  # of `export {...}`, which may be empty


@dataclass(slots=True, eq=False)
class Unit:
    """A part that may be left out.

    Attributes:
        start, end: where it is.
        parent: the unit in whose function body it is; None for one of the program.
        function: where that function begins; ``PROGRAM`` for the program.
        depth: how many functions with units are around it.
        evaluation: what evaluating it does; None for a declaration, which does nothing.
        export: the name by which it is exported; "" for none.
        keep: whether it stays wherever its parent does.
        is_call: whether it is a call whose result is not used.
    """

    start: int
    end: int
    parent: Unit | None
    function: int
    depth: int
    evaluation: Evaluation | None
    export: str = ""
    keep: bool = False
    is_call: bool = False
    children: list[Unit] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True)
class UnitList:
    """Units that commas separate, and the whole of which they are parts."""

    units: tuple[Unit, ...]
    start: int
    end: int
    listed: Listed


@dataclass(slots=True)
class Units:
    """All units of a program, those around others first, and the lists of several.

    ``namespaces`` are where a bundler's helper gives an object the exports of a module.
    """

    units: list[Unit] = field(default_factory=list)
    lists: list[UnitList] = field(default_factory=list)
    namespaces: list[int] = field(default_factory=list)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Units({len(self.units)}, lists={len(self.lists)})"


def units_of(root: ConcreteNode, text: str, module_wrappers: AbstractSet[str]) -> Units:
    """Return the units of a program; raises NotIndexedError for one with too many.

    ``module_wrappers`` are names of the bundler's wrappers around modules.
    """
    reading = _Reading(text, module_wrappers)
    reading.run(root)
    return reading.found


class _Reading:
    def __init__(self, text: str, module_wrappers: AbstractSet[str]) -> None:
        self.found = Units()
        self._text = text
        self._module_wrappers = module_wrappers
        converted = _CONVERTED.search(text)
        self._exports = None if converted is None else converted[1]
        self._bodies: list[tuple[ConcreteNode, Unit, int, int]] = []

    def run(self, root: ConcreteNode) -> None:
        self._statements(named(root), None, PROGRAM, 0)
        while self._bodies:
            body, parent, function, depth = self._bodies.pop()
            self._statements(named(body), parent, function, depth)

    def _statements(
        self, statements: Iterable[ConcreteNode], parent: Unit | None, function: int, depth: int
    ) -> None:
        around = _Around(parent, function, depth)
        for statement in statements:
            self._statement(statement, around)
            if len(self.found.units) > MAX_UNITS:
                raise NotIndexedError("there are too many statements")

    def _statement(self, node: ConcreteNode, around: _Around) -> None:
        kind = node.type
        if kind in _DECLARATIONS:
            declarators = [each for each in named(node) if each.type == "variable_declarator"]
            self._list(node, declarators, around)
        elif kind == "expression_statement":
            self._expression(node, around)
        elif kind in _FUNCTIONS:
            self._unit(node, None, around)
        elif kind == "class_declaration":
            self._unit(node, _of_class(node, self._text), around)
        elif kind == "export_statement":
            self._export(node, around)
        elif kind != "empty_statement":
            unit = self._unit(node, Evaluation(), around)
            unit.keep = kind in ("import_statement", "debugger_statement")

    def _expression(self, node: ConcreteNode, around: _Around) -> None:
        whole = next(named(node), None)
        if whole is None:
            return
        if whole.type == "string":
            self._unit(node, None, around).keep = True  # a directive
        elif whole.type == "sequence_expression":
            self._list(node, list(_parts(whole)), around)
        elif self._text.startswith(("0 &&", "0&&"), whole.start_byte):
            self._unit(node, None, around)  # lists the exports for other tools, and does nothing
        else:
            unit = self._evaluated(node, whole, around)
            unit.is_call = _is_call(whole)
            self._exported(whole, unit, around)

    def _export(self, node: ConcreteNode, around: _Around) -> None:
        declaration = node.child_by_field_name("declaration")
        value = node.child_by_field_name("value")
        clause = next((each for each in named(node) if each.type == "export_clause"), None)
        is_default = any(child.type == "default" for child in node.children)
        if node.child_by_field_name("source") is not None:
            self._unit(node, None, around).keep = True
        elif clause is not None:
            units = [self._unit(each, None, around) for each in named(clause)]
            for unit, each in zip(units, named(clause), strict=True):
                name = each.child_by_field_name("alias") or each.child_by_field_name("name")
                unit.export = self._name(name)
            self._listed(units, clause, Listed.NAMES)
        elif is_default:
            whole = value or declaration
            self._evaluated(node, whole, around).export = "default"
        elif declaration is not None and declaration.type in _DECLARATIONS:
            declarators = [each for each in named(declaration) if each.type != "comment"]
            units = self._list(node, declarators, around)
            for unit, each in zip(units, declarators, strict=True):
                name = each.child_by_field_name("name")
                is_plain = name is not None and name.type == "identifier"
                unit.export, unit.keep = self._name(name), not is_plain
        elif declaration is not None:
            evaluation = None
            if declaration.type == "class_declaration":
                evaluation = _of_class(declaration, self._text)
            unit = self._unit(node, evaluation, around)
            unit.export = self._name(declaration.child_by_field_name("name"))
        else:
            self._unit(node, Evaluation(), around).keep = True

    def _exported(self, call: ConcreteNode, unit: Unit, around: _Around) -> None:
        """Make units of what a bundler's helper exports: `__export(exports, {a: () => a})`."""
        function = call.child_by_field_name("function")
        arguments = call.child_by_field_name("arguments")
        given = [] if arguments is None else list(named(arguments))
        if function is None or function.type != "identifier" or len(given) != 2:
            return
        if given[0].type != "identifier" or given[1].type != "object":
            return
        pairs = list(named(given[1]))
        if not all(_is_getter(pair) for pair in pairs):
            return
        self.found.namespaces.append(given[0].start_byte)
        if self._name(given[0]) != self._exports or around.parent is not None:
            return
        inside = _Around(unit, around.function, around.depth)
        units = [self._unit(pair, None, inside) for pair in pairs]
        for each, pair in zip(units, pairs, strict=True):
            each.export = self._name(pair.child_by_field_name("key"))
        self._listed(units, given[1], Listed.NAMES)

    def _list(
        self, whole: ConcreteNode, parts: Sequence[ConcreteNode], around: _Around
    ) -> list[Unit]:
        """Make a unit of each part; the whole is one where there is a single part."""
        units = []
        for part in parts:
            place = whole if len(parts) == 1 else part
            value: ConcreteNode | None = part
            if part.type == "variable_declarator":
                name, value = part.child_by_field_name("name"), part.child_by_field_name("value")
                if name is not None and name.type != "identifier":
                    value = part
            unit = self._evaluated(place, value, around)
            unit.is_call = part.type != "variable_declarator" and _is_call(part)
            if unit.is_call:
                self._exported(part, unit, around)
            units.append(unit)
        if len(units) > 1:
            self._listed(units, whole, Listed.STATEMENT)
        return units

    def _listed(self, units: Sequence[Unit], whole: ConcreteNode, listed: Listed) -> None:
        found = UnitList(tuple(units), whole.start_byte, whole.end_byte, listed)
        self.found.lists.append(found)

    def _evaluated(self, node: ConcreteNode, value: ConcreteNode | None, around: _Around) -> Unit:
        if value is None:
            return self._unit(node, None, around)
        evaluation, functions = evaluation_of(value, self._text, self._module_wrappers)
        unit = self._unit(node, evaluation, around)
        if around.depth < MAX_DEPTH:
            for function in functions:
                body = function.child_by_field_name("body")
                if body is not None and body.type == "statement_block":
                    self._bodies.append((body, unit, function.start_byte, around.depth + 1))
        return unit

    def _unit(self, node: ConcreteNode, evaluation: Evaluation | None, around: _Around) -> Unit:
        unit = Unit(
            node.start_byte,
            node.end_byte,
            around.parent,
            around.function,
            around.depth,
            evaluation,
        )
        self.found.units.append(unit)
        if around.parent is not None:
            around.parent.children.append(unit)
        return unit

    def _name(self, node: ConcreteNode | None) -> str:
        if node is None:
            return ""
        return self._text[node.start_byte : node.end_byte].strip("\"'")


@dataclass(frozen=True, slots=True)
class _Around:
    parent: Unit | None
    function: int
    depth: int


def _of_class(node: ConcreteNode, text: str) -> Evaluation | None:
    return None if is_pure_class(node, text) else Evaluation()


def _parts(sequence: ConcreteNode) -> Iterator[ConcreteNode]:
    """Yield the expressions of a sequence, which may hold sequences."""
    stack = [sequence]
    while stack:
        node = stack.pop()
        if node.type == "sequence_expression":
            stack.extend(reversed(list(named(node))))
        else:
            yield node


def _is_getter(pair: ConcreteNode) -> bool:
    """Tell whether a member of an object is `name: () => value`."""
    value = pair.child_by_field_name("value") if pair.type == "pair" else None
    return value is not None and value.type == "arrow_function"


def _is_call(node: ConcreteNode) -> bool:
    while node.type in ("await_expression", "unary_expression", "parenthesized_expression"):
        inner = next(named(node), None)
        if inner is None:
            return False
        node = inner
    return node.type in ("call_expression", "new_expression")
