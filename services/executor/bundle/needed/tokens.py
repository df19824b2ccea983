"""What must be known of a whole program's text to tell which of its statements are needed.

It is found piece by piece, as places in the text, so that no tree of a large program is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from services.executor.bundle.index.bodies import BracketsError
from services.executor.bundle.index.concrete import one_byte_each
from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.matches import matches
from services.executor.bundle.index.piece import PieceError
from services.executor.bundle.index.sound import sound_pieces
from services.executor.bundle.index.written_names import WRITES, declared_by, written

_FUNCTION_VALUES = "[(arrow_function) (function_expression) (generator_function) (class)]"
_CLOSURES = (
    "(arrow_function) (function_expression) (parenthesized_expression (arrow_function)) "
    "(parenthesized_expression (function_expression))"
)
_ONLY_RETURNS = f"(statement_block . (return_statement [{_CLOSURES}]) .)"
# Operators that make no alias of what they are given.
_OPERATORS = (
    '["===" "!==" "==" "!=" "<" ">" "<=" ">=" "instanceof" "in" "+" "-" "*" "/" "%" "**" "|" "&" '
    '"^" "<<" ">>" ">>>"]'
)
# Methods that change nothing, or only write a log.
_READING = " ".join(
    f'"{name}"'
    for name in [
        "at",
        "concat",
        "debug",
        "endsWith",
        "entries",
        "error",
        "every",
        "fatal",
        "filter",
        "find",
        "findIndex",
        "flat",
        "flatMap",
        "forEach",
        "get",
        "has",
        "includes",
        "indexOf",
        "info",
        "join",
        "keys",
        "lastIndexOf",
        "log",
        "map",
        "reduce",
        "slice",
        "some",
        "startsWith",
        "toString",
        "trace",
        "values",
        "warn",
    ]
)
_TOKENS = f"""
    (identifier) @name
    (shorthand_property_identifier) @name
    (shorthand_property_identifier_pattern) @name
    (import_specifier name: (identifier) @foreign alias: (identifier))
    (export_specifier alias: (identifier) @foreign)
    (namespace_export (identifier) @foreign)

    (variable_declaration (variable_declarator name: (_) @var)) @_
    (for_in_statement kind: "var" left: (_) @var)
    (lexical_declaration (variable_declarator name: (_) @let)) @_
    (for_in_statement kind: ["let" "const"] left: (_) @let)
    (class_declaration name: (identifier) @let)
    (import_clause (identifier) @let)
    (namespace_import (identifier) @let)
    (import_specifier name: (identifier) @let !alias)
    (import_specifier alias: (identifier) @let)
    (function_declaration name: (identifier) @function)
    (generator_function_declaration name: (identifier) @function)
    (function_expression name: (identifier) @let)
    (generator_function name: (identifier) @let)
    (class name: (identifier) @let)
    (formal_parameters) @let
    (arrow_function parameter: (identifier) @let)
    (catch_clause parameter: (_) @let)

    (arrow_function) @arrow
    [(function_declaration) (generator_function_declaration) (function_expression)
      (generator_function) (method_definition) (class_static_block)] @scope_of_function
    [(statement_block) (for_statement) (for_in_statement) (catch_clause) (switch_body) (class)]
      @block

    (variable_declarator name: (identifier) @code value: {_FUNCTION_VALUES})
    (class_declaration name: (identifier) @code)
    (variable_declarator name: (identifier) @constant value:
      [(string) (number) (true) (false) (null) (undefined) (template_string)
        (unary_expression argument: (number))])
    (variable_declarator name: (identifier) @wrapper
      value: (arrow_function body: [{_CLOSURES} {_ONLY_RETURNS}]))
    (variable_declarator name: (identifier) @wrapper
      value: (function_expression body: {_ONLY_RETURNS}))
    (function_declaration name: (identifier) @wrapper body: {_ONLY_RETURNS})
    (variable_declarator name: (identifier) @built_in value: (member_expression))
    (variable_declarator name: (identifier) @converter value: (arrow_function))
    (function_declaration name: (identifier) @converter)

    (call_expression function: (identifier) @callee)
    (new_expression constructor: (identifier) @callee)
    (class_heritage (identifier) @inert)
    (unary_expression operator: ["typeof" "!" "void" "-" "+" "~"] argument: (identifier) @inert)
    (binary_expression left: (identifier) @inert operator: {_OPERATORS})
    (binary_expression operator: {_OPERATORS} right: (identifier) @inert) @_
    (ternary_expression condition: (identifier) @inert)
    (if_statement condition: (parenthesized_expression (identifier) @inert))
    (member_expression object: (identifier) @read)
    (variable_declarator value: (member_expression object: (identifier) @alias))
    (call_expression function: (member_expression object: (identifier) @receiver))
    (call_expression
      function: (member_expression object: (identifier) @reader
        property: (property_identifier) @_method)
      (#any-of? @_method {_READING}))
    (call_expression function: (subscript_expression object: (identifier) @receiver))
    (call_expression function: (member_expression
      object: [(member_expression object: (identifier) @receiver)
        (subscript_expression object: (identifier) @receiver)]))

    {WRITES}

    (return_statement) @return
    (throw_statement) @throw
    [(this) (super)] @this
    (with_statement) @with
    (call_expression function: (identifier) @require arguments: (arguments . (string) @module .))
    (import_statement source: (string) @imported)
    (export_statement source: (string) @imported)
    """
_PLACES = frozenset(
    {
        *("foreign", "code", "constant", "wrapper", "helper", "callee", "inert", "return", "throw"),
        *("this", "read", "alias", "receiver", "reader"),
    }
)
# A bundler's wrapper around a module, which runs it at its first use.
_WRAPS_MODULE = re.compile(r"exports\s*:\s*\{\}|\(\s*[\w$]+\s*=\s*0\s*\)")
# A bundler's helper that makes a module of another form.
_CONVERTS_MODULE = re.compile(r"__esModule")
_BUILT_IN = re.compile(r"(?:Object|Reflect|Array|Symbol|Math|JSON|String|Number)(?:\.\w+)+")
_UNCLEAR = "its functions cannot be told apart"
_WRAPPER_CHARACTERS = 400
_MEMBERS = frozenset({"member_expression", "subscript_expression"})


@dataclass(frozen=True, slots=True)
class ScopeRange:
    """Where a scope is; ``is_arrow`` of a function without a `this` of its own."""

    start: int
    end: int
    is_function: bool
    is_arrow: bool = False


@dataclass(slots=True)
class Tokens:
    """The tokens of one program, by where they begin.

    Attributes:
        names: where each identifier begins and ends.
        declared: the names that are declared, and whether for the block around them, the function
            around them ("var") or the scope around the function that they name ("function").
        places: sets of places by what is there.
        written: names at the root of what is assigned to or defined on; ``assigned`` those that are
            assigned to themselves.
        modules: the packages that `require("...")` names, by the place of `require`.
        module_wrappers: names of wrappers around modules.
        imported: those that import and export statements name, by where the name is.
    """

    names: dict[int, int] = field(default_factory=dict)
    declared: dict[int, str] = field(default_factory=dict)
    scopes: list[ScopeRange] = field(default_factory=list)
    places: dict[str, set[int]] = field(default_factory=lambda: {each: set() for each in _PLACES})
    written: set[int] = field(default_factory=set)
    assigned: set[int] = field(default_factory=set)
    modules: dict[int, str] = field(default_factory=dict)
    imported: dict[int, str] = field(default_factory=dict)
    module_wrappers: set[str] = field(default_factory=set)

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"Tokens(names={len(self.names)}, scopes={len(self.scopes)})"


def read_tokens(text: str, min_body: int) -> tuple[Tokens, ConcreteNode]:
    """Return the tokens of a program, and its root.

    Raises:
        NotIndexedError: it cannot be read in pieces.
    """
    tokens = Tokens()
    root = _read_in_pieces(text, min_body, lambda piece: _read(piece, text, tokens))
    tokens.scopes = list(dict.fromkeys(tokens.scopes))  # a piece may have been read twice
    return tokens, root


def check_program(text: str, min_body: int) -> None:
    """Raise NotIndexedError unless a text is a program."""
    _read_in_pieces(text, min_body, lambda _: None)


def _read_in_pieces(text: str, min_body: int, tell: Callable[[Node], None]) -> ConcreteNode:
    """Pass the root of each piece on, and return the root of all."""
    try:
        found = sound_pieces(text, one_byte_each(text), min_body, tell)
    except (BracketsError, PieceError):
        raise NotIndexedError(_UNCLEAR) from None
    return found.pieces.root


def _read(root: Node, text: str, tokens: Tokens) -> None:
    found: dict[str, list[Node]] = {}
    for captures in matches(_TOKENS, root):
        if "require" in captures:
            tokens.modules[captures["require"][0].start_byte] = _string(captures["module"][0], text)
            continue
        for kind, nodes in captures.items():
            found.setdefault(kind, []).extend(nodes)
    if "with" in found:
        raise NotIndexedError("there is a `with` statement")
    for node in found.get("name", ()):
        tokens.names[node.start_byte] = node.end_byte
    for kind in ("var", "let", "function"):
        for pattern in found.get(kind, ()):
            tokens.declared.update((each.start_byte, kind) for each in declared_by(pattern))
    for kind in _PLACES:
        tokens.places[kind].update(node.start_byte for node in found.get(kind, ()))
    for node in found.get("imported", ()):
        tokens.imported[node.start_byte] = _string(node, text)
    _read_helpers(found, text, tokens)
    _read_scopes(found, tokens)
    tokens.written.update(each.start_byte for each in written(_facts(found)))
    tokens.assigned.update(each.start_byte for each in written(_direct(found)))


def _read_helpers(found: dict[str, list[Node]], text: str, tokens: Tokens) -> None:
    """Find the helpers of bundlers, and short names of the platform's functions."""
    for node in found.get("wrapper", ()):
        if _WRAPS_MODULE.search(text, node.end_byte, node.end_byte + _WRAPPER_CHARACTERS):
            tokens.module_wrappers.add(text[node.start_byte : node.end_byte])
            tokens.places["helper"].add(node.start_byte)
    for node in found.get("converter", ()):
        around = node.parent
        if around is None or around.end_byte - around.start_byte > _WRAPPER_CHARACTERS:
            continue
        if _CONVERTS_MODULE.search(text, node.end_byte, around.end_byte):
            tokens.places["wrapper"].add(node.start_byte)
            tokens.places["helper"].add(node.start_byte)
    for node in found.get("built_in", ()):
        value = node.next_named_sibling
        if value is not None and _BUILT_IN.fullmatch(text, value.start_byte, value.end_byte):
            tokens.places["helper"].add(node.start_byte)


def _read_scopes(found: dict[str, list[Node]], tokens: Tokens) -> None:
    for kind in ("arrow", "scope_of_function", "block"):
        for node in found.get(kind, ()):
            place = node.start_byte, node.end_byte
            tokens.scopes.append(ScopeRange(*place, kind != "block", kind == "arrow"))


def _facts(found: dict[str, list[Node]]) -> dict[str, list[Node]]:
    return {kind: found.get(kind, []) for kind in ("write", "loop", "arguments")}


def _direct(found: dict[str, list[Node]]) -> dict[str, list[Node]]:
    return {
        "write": [node for node in found.get("write", ()) if node.type not in _MEMBERS],
        "loop": found.get("loop", []),
    }


def _string(node: Node, text: str) -> str:
    return text[node.start_byte + 1 : node.end_byte - 1]


def named(node: ConcreteNode) -> Iterator[ConcreteNode]:
    """Yield the named children except comments."""
    return (child for child in node.named_children if child.type != "comment")
