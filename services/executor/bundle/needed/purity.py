"""What evaluating an expression may do, as far as its form tells.

Reading a member counts as without effect, as bundlers count it, and so does a call that its bundler
marked as pure.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.needed.known import MAKERS
from services.executor.bundle.needed.tokens import named

MAX_NODES = 20_000
_PURE = frozenset(
    {
        *("identifier", "this", "super", "number", "string", "template_string", "regex", "true"),
        *("false", "null", "undefined", "arrow_function", "function_expression", "object", "array"),
        *("generator_function", "parenthesized_expression", "unary_expression", "pair", "pattern"),
        *("binary_expression", "ternary_expression", "member_expression", "subscript_expression"),
        *("method_definition", "spread_element", "computed_property_name", "property_identifier"),
        *("shorthand_property_identifier", "template_substitution", "sequence_expression"),
        *("private_property_identifier", "string_fragment", "escape_sequence", "meta_property"),
        *("import", "object_pattern", "optional_chain", "regex_pattern", "regex_flags"),
        *("array_pattern", "shorthand_property_identifier_pattern", "pair_pattern", "rest_pattern"),
        *("assignment_pattern", "object_assignment_pattern", "variable_declarator", "arguments"),
    }
)
# Expressions with an effect that call nothing.
_PLAIN = frozenset({"assignment_expression", "unary_expression", "update_expression"})
_FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_MODULES = _FUNCTIONS | {"method_definition"}
_CALLS = frozenset({"call_expression", "new_expression"})
# The head of a universal module, which is given the module's function.
_UNIVERSAL = re.compile(r"\btypeof (?:exports|module|define)\b")
_MARK = ("/* @__PURE__ */", "/*@__PURE__*/", "/* #__PURE__ */", "/*#__PURE__*/")
_FROZEN = frozenset(
    {"Object.freeze", "Object.create", "Symbol.for", "Object.keys", "Object.values"}
)


@dataclass(slots=True)
class Evaluation:
    """What evaluating a unit may do.

    ``is_pure`` depends on ``wrappers`` and ``globals``: names that must mean a bundler's wrapper,
    and the platform's own object, by their places. ``modules`` are those of wrappers around modules
    whose functions have units. ``calls`` tells whether it may call anything.
    """

    is_pure: bool = False
    calls: bool = True
    wrappers: list[int] = field(default_factory=list)
    globals: list[int] = field(default_factory=list)
    modules: list[int] = field(default_factory=list)


def evaluation_of(
    value: ConcreteNode, text: str, module_wrappers: AbstractSet[str] = frozenset()
) -> tuple[Evaluation, list[ConcreteNode]]:
    """Return what an expression may do, and the functions that run as the program loads."""
    walk = _Walk(text, module_wrappers)
    walk.run(value)
    return walk.found, walk.functions


def is_pure_class(node: ConcreteNode, text: str) -> bool:
    """Tell whether making a class does nothing else: no static code, decorators or odd names."""
    body = node.child_by_field_name("body")
    for child in named(node):
        if child.type == "decorator":
            return False
        if child.type == "class_heritage" and not _has_pure_heritage(child, text):
            return False
    return body is not None and all(_is_pure_member(member, text) for member in named(body))


def _has_pure_heritage(heritage: ConcreteNode, text: str) -> bool:
    return all(is_pure(each, text) for each in named(heritage))


def is_pure(value: ConcreteNode, text: str) -> bool:
    """Tell whether an expression has no effect, whatever its names mean."""
    found, _ = evaluation_of(value, text)
    return found.is_pure and not found.wrappers and not found.globals


def _is_pure_member(member: ConcreteNode, text: str) -> bool:
    if member.type == "class_static_block":
        return False
    for child in named(member):
        if child.type == "decorator":
            return False
        if child.type == "computed_property_name" and not is_pure(child, text):
            return False
    if member.type == "field_definition" and any(
        child.type == "static" for child in member.children
    ):
        value = member.child_by_field_name("value")
        return value is None or is_pure(value, text)
    return True


class _Walk:
    def __init__(self, text: str, module_wrappers: AbstractSet[str]) -> None:
        self._module_wrappers = module_wrappers
        self.found = Evaluation(is_pure=True, calls=False)
        self.functions: list[ConcreteNode] = []
        self._text = text

    def run(self, value: ConcreteNode) -> None:
        stack = [value]
        for _ in range(MAX_NODES):
            if not stack:
                return
            node = stack.pop()
            kind = node.type
            if kind in _FUNCTIONS or kind == "comment":
                continue
            if kind in ("class", "class_declaration"):
                if not is_pure_class(node, self._text):
                    self.found.is_pure = False
                    self.found.calls = True
                continue
            if kind in ("function_declaration", "generator_function_declaration"):
                continue
            if kind == "method_definition":
                stack += [each for each in named(node) if each.type == "computed_property_name"]
                continue
            if kind in _CALLS:
                self._call(node)
            elif kind not in _PURE or (kind == "unary_expression" and self._is_delete(node)):
                self.found.is_pure = False
                self.found.calls |= kind not in _PLAIN
            stack += named(node)
        self.found.is_pure = False
        self.found.calls = True

    def _is_delete(self, node: ConcreteNode) -> bool:
        return self._text.startswith("delete", node.start_byte)

    def _call(self, node: ConcreteNode) -> None:
        self.found.calls = True
        callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        callee = None if callee is None else _bare(callee)
        arguments = node.child_by_field_name("arguments")
        given = [] if arguments is None else list(named(arguments))
        if callee is None:
            self.found.is_pure = False
        elif callee.type in _FUNCTIONS:
            self.found.is_pure = False
            self.functions.append(callee)
            if _UNIVERSAL.search(self._text, callee.start_byte, callee.end_byte):
                self.functions += [each for each in given if each.type in _FUNCTIONS]
        elif self._is_marked(node):
            return
        elif self._is_maker(callee, given):
            self.found.globals.append(callee.start_byte)
        elif callee.type == "identifier":
            self.found.wrappers.append(callee.start_byte)
            if self._text[callee.start_byte : callee.end_byte] in self._module_wrappers:
                self._module(callee, given)
        else:
            self.found.is_pure = False

    def _module(self, wrapper: ConcreteNode, given: list[ConcreteNode]) -> None:
        functions = _wrapped(given)
        if functions:
            self.found.modules.append(wrapper.start_byte)
            self.functions += functions
        else:
            self.found.is_pure = False  # what the module does is not known

    def _is_marked(self, call: ConcreteNode) -> bool:
        before = self._text[max(0, call.start_byte - 20) : call.start_byte].rstrip()
        return before.endswith(_MARK)

    def _is_maker(self, callee: ConcreteNode, given: list[ConcreteNode]) -> bool:
        name = self._text[callee.start_byte : callee.end_byte]
        if name == "require":
            return len(given) == 1 and given[0].type == "string"
        if name not in MAKERS and name not in _FROZEN:
            return False
        return not any(each.type in _FUNCTIONS for each in given)


def _wrapped(given: list[ConcreteNode]) -> list[ConcreteNode]:
    """Return the functions among arguments and directly in objects among them."""
    found = []
    for each in map(_bare, given):
        members = named(each) if each.type == "object" else ()
        values = [member.child_by_field_name("value") or member for member in members]
        found += [value for value in [each, *map(_bare, values)] if value.type in _MODULES]
    return found


def _bare(node: ConcreteNode) -> ConcreteNode:
    """Return an expression without the parentheses around it."""
    while node.type == "parenthesized_expression":
        inner = next(named(node), None)
        if inner is None:
            break
        node = inner
    return node
