"""Parses pieces of a text in place, so that every position in the result is right.

One parser holds the whole text and is moved to the start of a statement or a declarator. Large
function bodies are skipped; their placeholders record where they are and the parser's state
there (strict mode, async, generator).
"""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from esprima.error_handler import Error as EsprimaError
from esprima.nodes import ArrayExpression, ObjectExpression
from esprima.parser import Marker, Params, Parser, Value
from esprima.scanner import RawToken, Scanner
from esprima.token import Token

from services.executor.bundle.index.data import MIN_DATA, DataLiterals
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.line_ends import line_starts
from services.executor.bundle.syntax.deferred import MOST_PARTS, Deferred, DeferredData
from services.executor.bundle.syntax.syntax import Node

# Characters from which a literal of data is skipped that is a part of one.
_MIN_PART = 40
# The parser's state at a place; an untyped class of the parser.
Context: TypeAlias = Any


@dataclass(frozen=True, eq=False)
class Hole:
    """A skipped function body: where its block is, and the parser's state inside."""

    start: int
    end: int
    context: Context


class SliceParser(Parser):  # type: ignore[misc]
    """Esprima's parser, moved to positions in one text.

    Args:
        text: all of it.
        is_module: whether it is parsed as a module.
        body_end: returns where the function body that begins at an index ends.
        data: finds the literals of data in the text.
        min_deferred: length in characters from which a function's body is skipped.
    """

    scanner: Any
    context: Context
    lookahead: Any
    startMarker: Any  # noqa: N815 - the parser's name for it

    def __init__(
        self,
        text: str,
        *,
        is_module: bool,
        body_end: Callable[[int], int],
        data: DataLiterals,
        min_deferred: int,
    ) -> None:
        self._body_end = body_end
        self._min_deferred = min_deferred
        self._slice_end = 0
        self._data = data
        self._min_data = MIN_DATA
        super().__init__("", {"sourceType": "module" if is_module else "script"})
        self._ownedByFacade = True
        self._lineStarts = line_starts(text)
        scanner = Scanner(text, self.errorHandler)
        for name in ("positionEncoding", "ecmaVersion", "isModule"):
            setattr(scanner, name, getattr(self.scanner, name))
        self.scanner = scanner
        if is_module:
            self.context.strict = self.context.isModule = self.context.allowAwait = True
        try:
            self._go_to(0, [])
            self.program_start = copy.copy(self.startMarker)
            self.parseDirectivePrologues()
        except (EsprimaError, RecursionError):
            raise NotIndexedError("the beginning cannot be parsed") from None
        self.top = copy.copy(self.context)

    def statement(self, start: int, end: int, context: Context) -> Node:
        """Return the statement at ``start``, as parsed in a list of statements.

        Raises:
            NotIndexedError: none ends where it should.
        """
        return self._parsed(start, end, context, self.parseStatementListItem)

    def declarator(self, kind: str, start: int, end: int, context: Context) -> Node:
        """Return the declarator at ``start``, one of a declaration of ``kind``."""

        def parse() -> Node:
            if kind == "var":
                return self.parseVariableDeclaration(Params(inFor=False))
            return self.parseLexicalBinding(kind, Params(inFor=False))

        return self._parsed(start, end, context, parse)

    def place(self, node: Node, start: int, end: int) -> Node:
        """Return ``node`` with its place set as the parser sets it."""
        line = bisect_right(self._lineStarts, start)
        node._start, node._end, node._line = start, end, line
        node._column = self.externalColumn(start, start - self._lineStarts[line - 1])
        return node

    def _parsed(self, start: int, end: int, context: Context, parse: Callable[[], Node]) -> Node:
        self._slice_end = end
        try:
            self._go_to(start, [], context)
            self.lastMarker = Marker(start, self.startMarker.line, self.startMarker.column)
            node = parse()
        except (EsprimaError, RecursionError):
            raise NotIndexedError("the parser refuses a statement", start) from None
        if node._start != start or self.lookahead.start < end:
            raise NotIndexedError("a statement ends elsewhere", start)
        return node

    def _go_to(self, index: int, curly: list[str], context: Context | None = None) -> None:
        """Make the token at ``index`` the next one."""
        line = bisect_right(self._lineStarts, index)
        scanner = self.scanner
        scanner.index, scanner.curlyStack = index, curly
        scanner.lineNumber, scanner.lineStart = line, self._lineStarts[line - 1]
        self.startMarker = Marker(index, line, index - scanner.lineStart)
        self.lookahead = RawToken(
            type=Token.EOF, value="", lineNumber=line, lineStart=scanner.lineStart, start=index
        )
        if context is not None:
            self.context = copy.copy(context)
            self.context.labelSet = {}
        self.nextToken()

    def parseArrayInitializer(self) -> Node:  # noqa: N802 - the parser's name for it
        """Parse an array, or skip it when it is large and holds constants only."""
        return self._skipped_data("ArrayExpression") or super().parseArrayInitializer()

    def parseObjectInitializer(self) -> Node:  # noqa: N802 - the parser's name for it
        """Parse an object, or skip it when it is large and holds constants only."""
        return self._skipped_data("ObjectExpression") or super().parseObjectInitializer()

    def _skipped_data(self, kind: str) -> Node | None:
        start = self.lookahead.start
        if self._slice_end - start < self._min_data:
            return None
        end = self._data.end(start, self._min_data)
        if end is None:
            return None
        marker, curly, opening = self.createNode(), self.scanner.curlyStack[:], self.lookahead.value
        hole = Hole(start, end, copy.copy(self.context))
        self.expect(opening)
        self._go_to(end - 1, curly)
        self.expect("]" if opening == "[" else "}")
        self.context.isAssignmentTarget = self.context.isBindingElement = False

        def fill(literal: Deferred) -> None:
            literal.become(self._parsed(hole.start, hole.end, hole.context, self._data_literal))

        return self.finalize(marker, DeferredData(kind, fill))

    def _data_literal(self) -> Node:
        """Parse a literal of data, and skip those in it; of too many parts, only the first."""
        least, self._min_data = self._min_data, _MIN_PART
        try:
            if self.match("["):
                return self._first_parts("[", "]", ArrayExpression, self._element)
            proto = Value(False)
            return self._first_parts(
                "{", "}", ObjectExpression, lambda: self.parseObjectProperty(proto)
            )
        finally:
            self._min_data = least

    def _element(self) -> Node:
        """Parse an element of an array; None for a hole."""
        if self.match(","):
            return None
        return self.inheritCoverGrammar(self.parseAssignmentExpression)

    def _first_parts(
        self,
        opening: str,
        closing: str,
        make: Callable[[list[Node]], Node],
        one: Callable[[], Node],
    ) -> Node:
        marker, parts = self.createNode(), []
        self.expect(opening)
        while not self.match(closing):
            parts.append(one())
            if len(parts) > MOST_PARTS:
                self._go_to(self._slice_end - 1, self.scanner.curlyStack[:])
            elif not self.match(closing):
                self.expect(",")
        self.expect(closing)
        return self.finalize(marker, make(parts))

    def parseFunctionSourceElements(self) -> Node:  # noqa: N802 - the parser's name for it
        """Parse a function's body, or skip it when it is large."""
        start = self.lookahead.start
        if self._slice_end - start < self._min_deferred or not self.match("{"):
            return super().parseFunctionSourceElements()
        end = self._body_end(start)
        if end - start < self._min_deferred:
            return super().parseFunctionSourceElements()
        marker, curly = self.createNode(), self.scanner.curlyStack[:]
        self.expect("{")
        self.parseDirectivePrologues()
        inside = copy.copy(self.context)
        inside.inIteration = inside.inSwitch = False
        inside.inFunctionBody = True
        self._go_to(end - 1, curly)
        self.expect("}")
        return self.finalize(marker, DeferredBody(Hole(start, end, inside), self._fill))

    def _fill(self, block: Deferred) -> None:
        """Parse a body that is inspected before its scope is known, so never as a hole."""
        assert isinstance(block, DeferredBody)
        hole = block.hole
        block.become(self._parsed(hole.start, hole.end, hole.context, self._body))

    def _body(self) -> Node:
        return super().parseFunctionSourceElements()


class DeferredBody(Deferred):
    """A skipped function body; whatever opens its scope sets how it is filled."""

    def __init__(self, hole: Hole, fill: Callable[[Deferred], None]) -> None:
        super().__init__("BlockStatement", fill)
        self.hole = hole

    def on_fill(self, fill: Callable[[Deferred], None]) -> None:
        """Set the function that turns it into a block."""
        self._fill = fill
