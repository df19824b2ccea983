"""The concrete syntax of a bundle, as tree-sitter reads it: fast, tolerant, without meaning.

It is used to locate things: statements, function bodies, assignments. It reads a copy of the
text in which each character is one byte, so that its byte offsets are the text's own indexes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from services.executor.bundle.index.errors import NotIndexedError

_LANGUAGE = Language(tree_sitter_javascript.language())
_NOT_ASCII = re.compile(r"[^\x01-\x7f]+")
# Line ends that only JavaScript recognises.
_STRANGE_LINE_ENDS = ("\u2028", "\u2029")
_LONE_RETURN = re.compile("\r(?!\n)")
_SPACE = re.compile("[\u00a0\ufeff\u1680\u2000-\u200a\u202f\u205f\u3000]+")
# Replaces characters allowed only in strings and comments.
_NO_CODE = "\x01"
# Everything the reader needs from the whole text, in one pass over its tree.
_FACTS = Query(
    _LANGUAGE,
    """
    (assignment_expression left: (_) @write)
    (augmented_assignment_expression left: (_) @write)
    (update_expression argument: (_) @write)
    (unary_expression operator: "delete" argument: (_) @write)
    (for_in_statement) @loop
    (arguments (_) [(object) (array)]) @arguments
    (call_expression
      function: (member_expression object: (_) @write property: (property_identifier) @_method)
      (#any-of? @_method "copyWithin" "fill" "pop" "push" "reverse" "shift" "sort" "splice"
        "unshift"))
    (call_expression
      function: (member_expression object: (identifier) @_global
        property: (property_identifier) @_method)
      arguments: (arguments) @arguments
      (#any-of? @_global "Object" "Reflect")
      (#any-of? @_method "assign" "defineProperties" "defineProperty" "deleteProperty" "set"
        "setPrototypeOf"))
    (expression_statement
      (call_expression arguments: (arguments
        [(identifier) (member_expression) (subscript_expression)] @write)))
    (sequence_expression
      (call_expression arguments: (arguments
        [(identifier) (member_expression) (subscript_expression)] @write)))
    (variable_declarator value: [(identifier) (member_expression) (subscript_expression)
      (parenthesized_expression)] @given)
    (assignment_expression right: [(identifier) (member_expression) (subscript_expression)
      (parenthesized_expression)] @given)
    (augmented_assignment_expression right: [(identifier) (member_expression)
      (subscript_expression) (parenthesized_expression)] @given)
    (call_expression
      function: [(parenthesized_expression) (arrow_function) (function_expression)
        (generator_function)]
      arguments: (arguments [(identifier) (member_expression) (subscript_expression)
        (parenthesized_expression)] @given))
    (await_expression) @await
    (for_in_statement "await" @await)
    [(jsx_element) (jsx_self_closing_element) (html_comment) (decorator) (using_declaration)]
      @foreign
    """,
)
_HOISTED = Query(
    _LANGUAGE,
    """
    (variable_declaration) @found
    (for_in_statement kind: "var") @found
    (if_statement consequence: (function_declaration) @found)
    (else_clause (function_declaration) @found)
    (labeled_statement body: (function_declaration) @found)
    """,
)
_IDENTIFIER = _LANGUAGE.id_for_node_kind("identifier", True)
_PARENTHESES = _LANGUAGE.id_for_node_kind("parenthesized_expression", True)
_MEMBERS = frozenset(
    _LANGUAGE.id_for_node_kind(name, True) for name in ("member_expression", "subscript_expression")
)
_PATTERNS = frozenset(
    _LANGUAGE.id_for_node_kind(name, True) for name in ("object_pattern", "array_pattern")
)
COMMENTS = frozenset({"comment", "html_comment"})
_PATTERN_PARTS = {"pair_pattern": "value", "assignment_pattern": "left"} | {
    "object_assignment_pattern": "left"
}


class Concrete:
    """The concrete tree of one text.

    Raises:
        NotIndexedError: the text has a syntax error, or syntax that the parser reads differently.
    """

    def __init__(self, text: str) -> None:
        if any(end in text for end in _STRANGE_LINE_ENDS) or _LONE_RETURN.search(text):
            raise NotIndexedError("there are line ends of another kind")
        self.text = text
        self.root = tolerant_tree(text)
        if self.root.has_error:
            raise NotIndexedError("there is a syntax error")
        self._facts = QueryCursor(_FACTS).captures(self.root)
        if "foreign" in self._facts:
            raise NotIndexedError("there is syntax that the parser does not take")

    def awaits(self) -> list[Node]:
        """Return every ``await``."""
        return self._facts.get("await", [])

    def writes(self) -> Iterator[Node]:
        """Yield the identifiers at the root of anything that may be assigned to or defined on."""
        for target in self._facts.get("write", []):
            yield from _roots(target)
        for loop in self._facts.get("loop", []):
            left = loop.child_by_field_name("left")
            if left is not None and loop.child_by_field_name("kind") is None:
                yield from _roots(left)
        for arguments in self._facts.get("arguments", []):
            first = next(named(arguments), None)
            if first is not None and first.type != "object":
                yield from _roots(first)

    def given(self) -> Iterator[Node]:
        """Yield the identifiers at the root of anything that may get another name."""
        for value in self._facts.get("given", []):
            yield from _roots(value)

    def name(self, identifier: Node) -> str:
        """Return the name that an identifier spells.

        Raises:
            NotIndexedError: it is written with an escape.
        """
        name = self.text[identifier.start_byte : identifier.end_byte]
        if "\\" in name:
            raise NotIndexedError("a name is spelt with an escape")
        return name

    def function_body(self, start: int) -> Node | None:
        """Return the block of the function body that begins at ``start``."""
        brace = self.root.descendant_for_byte_range(start, start + 1)
        block = None if brace is None else brace.parent
        return block if block is not None and block.type == "statement_block" else None

    def body_end(self, start: int) -> int:
        """Return where the function's body that begins at ``start`` ends, its brace included.

        Raises:
            NotIndexedError: there is none.
        """
        block = self.function_body(start)
        # The block's end may follow a comment, so look for a line end before it.
        for brace in reversed(block.children if block is not None else ()):
            if brace.type == "}":
                return brace.end_byte
        raise NotIndexedError("a function's body is somewhere else")


def tolerant_tree(text: str) -> Node:
    """Return the root of the concrete tree of ``text``, even if it has errors."""
    return Parser(_LANGUAGE).parse(one_byte_each(text)).root_node


def one_byte_each(text: str) -> bytes:
    """Return ``text`` with one byte for each character and the same concrete syntax."""
    if text.isascii() and "\0" not in text:
        return text.encode("ascii")
    return _NOT_ASCII.sub(_stand_in, text).encode("ascii")


def _stand_in(found: re.Match[str]) -> str:
    characters = found[0]
    if f"a{characters}".isidentifier():
        return "a" * len(characters)
    return "".join(
        " " if _SPACE.match(c) else "a" if f"a{c}".isidentifier() else _NO_CODE for c in characters
    )


def named(node: Node) -> Iterator[Node]:
    """Yield the named children except comments."""
    return (child for child in node.named_children if child.type not in COMMENTS)


def hoists(statement: Node) -> bool:
    """Return whether a statement may declare a name for the function around it."""
    return bool(QueryCursor(_HOISTED).captures(statement))


def declared_by(pattern: Node) -> Iterator[Node]:
    """Yield the identifiers that a binding pattern, or a list of parameters, declares."""
    stack = [pattern]
    while stack:
        node = stack.pop()
        if node.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield node
        elif node.type in _PATTERN_PARTS:
            part = node.child_by_field_name(_PATTERN_PARTS[node.type])
            if part is not None:
                stack.append(part)
        elif node.type in ("object_pattern", "array_pattern", "rest_pattern", "formal_parameters"):
            stack.extend(node.named_children)


def _roots(node: Node) -> Iterator[Node]:
    """Yield the identifiers at the root of a target: one for ``a.b[c]``, all of a pattern's."""
    current: Node | None = node
    while current is not None:
        kind = current.kind_id
        if kind == _IDENTIFIER:
            yield current
            return
        if kind in _MEMBERS:
            current = current.child(0)
        elif kind == _PARENTHESES:
            current = next(named(current), None)
        else:
            if kind in _PATTERNS:
                yield from declared_by(current)
                yield from _members_in(current)
            return


def _members_in(pattern: Node) -> Iterator[Node]:
    """Yield the identifiers at the root of the members that a pattern sets."""
    stack = list(pattern.named_children)
    while stack:
        node = stack.pop()
        if node.kind_id in _MEMBERS:
            yield from _roots(node)
        else:
            stack.extend(node.named_children)
