"""Finds in a concrete tree what the reader must know of a whole text: writes, and new names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from tree_sitter import Node

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.index.language import LANGUAGE
from services.executor.bundle.index.matches import matches

# The nodes that a query found, by the name of the capture.
Facts: TypeAlias = dict[str, list[Node]]
# The patterns of writes by an operator, and by functions that define members; see ``written``.
WRITES = """
    (assignment_expression left: (_) @write)
    (augmented_assignment_expression left: (_) @write)
    (update_expression argument: (_) @write)
    (unary_expression operator: "delete" argument: (_) @write)
    (for_in_statement) @loop
    (arguments (_) [(object) (array)]) @arguments
    (call_expression arguments: (arguments . [(identifier) (member_expression)]
      . [(string) (template_string)] . [(arrow_function) (function_expression)]) @arguments) @_
    (call_expression
      function: (member_expression object: (identifier) @_global
        property: (property_identifier) @_method)
      arguments: (arguments) @arguments
      (#any-of? @_global "Object" "Reflect")
      (#any-of? @_method "assign" "defineProperties" "defineProperty" "deleteProperty" "set"
        "setPrototypeOf")) @_
"""
# Everything the reader needs from the whole text, in one pass over its tree.
_FACTS = (
    WRITES
    + """
    (call_expression
      function: (member_expression object: (_) @write property: (property_identifier) @_method)
      (#match? @_method
        "^((copyWithin|fill|pop|push|reverse|shift|sort|splice|unshift)$|__(set|update)[A-Z])")) @_
    (expression_statement
      (call_expression arguments: (arguments
        [(identifier) (member_expression) (subscript_expression)] @write))) @_
    (sequence_expression
      (call_expression arguments: (arguments
        [(identifier) (member_expression) (subscript_expression)] @write))) @_
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
        (parenthesized_expression)] @given)) @_
    (for_in_statement right: (array [(identifier) (member_expression)] @given)) @_
    (call_expression
      function: (member_expression object: (array [(identifier) (member_expression)] @given))
      arguments: (arguments . [(arrow_function) (function_expression)])) @_
    (call_expression
      function: (member_expression property: (property_identifier) @_method)
      arguments: (arguments . (object
        [(pair value: [(identifier) (member_expression)] @given)
         (shorthand_property_identifier) @given]) .)
      (#eq? @_method "values")) @_
    (await_expression) @await
    (for_in_statement "await" @await)
    [(jsx_element) (jsx_self_closing_element) (html_comment) (decorator) (using_declaration)]
      @foreign
    """
)
_IDENTIFIER = LANGUAGE.id_for_node_kind("identifier", True)
_OBJECT = LANGUAGE.id_for_node_kind("object", True)
_SHORTHAND = LANGUAGE.id_for_node_kind("shorthand_property_identifier", True)
_PARENTHESES = LANGUAGE.id_for_node_kind("parenthesized_expression", True)
_MEMBERS = frozenset(
    LANGUAGE.id_for_node_kind(name, True) for name in ("member_expression", "subscript_expression")
)
_PATTERNS = frozenset(
    LANGUAGE.id_for_node_kind(name, True) for name in ("object_pattern", "array_pattern")
)
COMMENTS = frozenset({"comment", "html_comment"})
_PATTERN_PARTS = {"pair_pattern": "value", "assignment_pattern": "left"} | {
    "object_assignment_pattern": "left"
}


def facts_of(root: Node) -> Facts:
    """Return the captures of ``_FACTS``.

    Raises:
        NotIndexedError: there is syntax that the parser reads differently.
    """
    found: Facts = {}
    for captures in matches(_FACTS, root):
        for name, nodes in captures.items():
            found.setdefault(name, []).extend(nodes)
    if "foreign" in found:
        at = found["foreign"][0].start_byte
        raise NotIndexedError("there is syntax that the parser does not take", at)
    if root.kind_id == _OBJECT:  # it is in pieces, and what is done with it is in another
        found.setdefault("given", []).extend(_values(root))
    return found


def _values(holder: Node) -> Iterator[Node]:
    """Yield the values of an object's members."""
    for child in holder.named_children:
        value = child.child_by_field_name("value") if child.type == "pair" else child
        if value is not None:
            yield value


def written(facts: Facts) -> Iterator[ConcreteNode]:
    """Yield the identifiers at the root of what may be assigned to or defined on."""
    for target in facts.get("write", []):
        yield from _roots(target)
    for loop in facts.get("loop", []):
        left = loop.child_by_field_name("left")
        if left is not None and loop.child_by_field_name("kind") is None:
            yield from _roots(left)
    for arguments in facts.get("arguments", []):
        first = next(named(arguments), None)
        if first is not None and first.type != "object":
            yield from _roots(first)


def given(facts: Facts) -> Iterator[ConcreteNode]:
    """Yield the identifiers at the root of anything that may get another name."""
    for value in facts.get("given", []):
        yield from _roots(value)


def named(node: ConcreteNode) -> Iterator[ConcreteNode]:
    """Yield the named children except comments."""
    return (child for child in node.named_children if child.type not in COMMENTS)


def declared_by(pattern: ConcreteNode) -> Iterator[ConcreteNode]:
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


def _roots(node: ConcreteNode) -> Iterator[ConcreteNode]:
    """Yield the identifiers at the root of a target: one for ``a.b[c]``, all of a pattern's."""
    current: ConcreteNode | None = node
    while current is not None:
        kind = current.kind_id
        if kind in (_IDENTIFIER, _SHORTHAND):
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


def _members_in(pattern: ConcreteNode) -> Iterator[ConcreteNode]:
    """Yield the identifiers at the root of the members that a pattern sets."""
    stack = list(pattern.named_children)
    while stack:
        node = stack.pop()
        if node.kind_id in _MEMBERS:
            yield from _roots(node)
        else:
            stack.extend(node.named_children)
