"""Which environment variables a bundle uses as an address or a path: they are no secrets.

Each mention is followed to where its value goes: the beginning of a URL or its host, an argument of
`fetch`, `new URL` or a function of `fs` and `path`, or a property such as `baseURL`. One such use
is enough.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.occurrences import occurrences
from services.executor.bundle.reach.regions import Node

MAX_MENTIONS: Final = 60
MAX_MET: Final = 2_000
MAX_STEPS: Final = 16
MAX_RENAMED: Final = 3
_KEYS: Final = re.compile(
    r"_?(?:api|base|server|service|root|proxy)?_?(?:url|uri|endpoint|origin|host|hostname|domain|"
    r"address|baseurl|basepath)s?",
    re.IGNORECASE,
)
_CALLS: Final = re.compile(
    r"(?:^|\.)(?:fetch|URL|axios|got|ky|request|get|post|put|patch|readFile|readFileSync|"
    r"existsSync|writeFileSync|readdirSync|createReadStream|join|resolve)$"
)
_URL_CALLS: Final = re.compile(r"(?:^|\.)(?:fetch|URL|axios|got|ky)$")
_KEPT_BY: Final = frozenset({"trim", "toString", "replace", "replaceAll", "toLowerCase"})
_LITERAL: Final = re.compile(r"[\"'`](?:(?:https?|wss?)://|/)")
_HOST_BEFORE: Final = re.compile(r"(?:(?:https?|wss?)://)$")
_PATH_AFTER: Final = re.compile(r"[/?:]")
_NEUTRAL: Final = frozenset({grammar.PARENTHESES, grammar.AWAIT})
_SCOPES: Final = grammar.FUNCTIONS | {grammar.PROGRAM}
_NON_NULL: Final = frozenset({"??", "||"})


class AddressUses:
    """Follows names through one bundle.

    Args:
        root: the tree of the program.
        text: what it was made from.
    """

    def __init__(self, root: ConcreteNode, text: str) -> None:
        self._root = root
        self._source = text
        self._known: dict[str, bool] = {}

    def __repr__(self) -> str:
        """Show the size of the text."""
        return f"AddressUses({len(self._source)})"

    def has(self, name: str) -> bool:
        """Tell whether ``name`` is used as an address or a path somewhere."""
        if name not in self._known:
            places = self._mentions(name, 0, len(self._source))
            self._known[name] = any(self._mentioned(name, place) for place in places)
        return self._known[name]

    def _mentions(self, name: str, start: int, end: int) -> list[int]:
        """Return the first places where a name occurs between two others."""
        met = islice(occurrences(self._source, name, start, end), MAX_MET)
        return list(islice((at for at, is_word in met if is_word), MAX_MENTIONS))

    def _mentioned(self, name: str, place: int) -> bool:
        node = self._node(place)
        parent = None if node is None else node.parent
        if node is None or parent is None:
            return False
        if parent.kind_id == grammar.STRING and parent.parent is not None:
            node, parent = parent, parent.parent
        kind = node.kind_id
        if kind == grammar.STRING and self._text(node)[1:-1] == name:
            return parent.kind_id == grammar.SUBSCRIPT and self._goes(parent, MAX_RENAMED)
        if kind == grammar.PROPERTY_NAME and parent.kind_id == grammar.MEMBER:
            return self._goes(parent, MAX_RENAMED)
        if kind == grammar.PROPERTY_NAME and parent.kind_id == grammar.PAIR_PATTERN:
            return self._renamed(parent.named_children[-1], MAX_RENAMED)
        return kind == grammar.SHORTHAND_TARGET and self._renamed(node, MAX_RENAMED)

    def _renamed(self, node: Node, left: int) -> bool:
        """Tell whether a variable, declared at ``node``, is used as an address."""
        if node.kind_id in grammar.DEFAULT_PATTERNS:
            node = node.named_children[0]
        if node.kind_id not in (grammar.IDENTIFIER, grammar.SHORTHAND_TARGET) or left <= 0:
            return False
        scope: Node | None = node
        while scope is not None and scope.kind_id not in _SCOPES:
            scope = scope.parent
        if scope is None:
            return False
        for place in self._mentions(self._text(node), scope.start_byte, scope.end_byte):
            use = self._node(place)
            if use is None or use.start_byte == node.start_byte:
                continue
            if use.kind_id == grammar.IDENTIFIER and self._goes(use, left - 1):
                return True
            if use.kind_id == grammar.SHORTHAND and _KEYS.fullmatch(self._text(use)):
                return True
        return False

    def _goes(self, node: Node, left: int) -> bool:
        """Tell whether the value of an expression goes where an address is expected."""
        for _ in range(MAX_STEPS):
            parent = node.parent
            if parent is None:
                return False
            kind = parent.kind_id
            if kind == grammar.SUBSTITUTION:
                return self._in_template(parent)
            if kind == grammar.PAIR:
                return self._is_key(parent.named_children[0])
            if kind == grammar.DECLARATOR:
                return self._renamed(parent.named_children[0], left)
            if kind == grammar.ASSIGNMENT:
                return self._assigned(parent.named_children[0], node, left)
            if kind == grammar.BINARY:
                found = self._joined(parent, node)
                if found is not None:
                    return found
                node = parent
            elif kind in _NEUTRAL or kind == grammar.TERNARY:
                node = parent
            elif kind == grammar.ARGUMENTS:
                return self._passed(parent, node)
            elif kind == grammar.MEMBER and node.start_byte == parent.start_byte:
                call = parent.parent
                kept = self._text(parent.named_children[-1]) in _KEPT_BY
                if not kept or call is None or call.kind_id != grammar.CALL:
                    return False
                node = call
            else:
                return parent.type == "non_null_expression"
        return False

    def _in_template(self, substitution: Node) -> bool:
        template = substitution.parent
        if template is None:
            return False
        before = self._source[template.start_byte + 1 : substitution.start_byte]
        after = self._source[substitution.end_byte : template.end_byte - 1]
        if before == "":
            holder = template.parent
            if holder is not None and holder.kind_id == grammar.ARGUMENTS:
                return _PATH_AFTER.match(after) is not None or self._passed(holder, template)
            return _PATH_AFTER.match(after) is not None
        return _HOST_BEFORE.search(before) is not None

    def _joined(self, binary: Node, node: Node) -> bool | None:
        """Judge an operand; None when the result is the value itself."""
        first, last = binary.named_children[0], binary.named_children[-1]
        operator = self._source[first.end_byte : last.start_byte].strip()
        other = self._text(last if node.id == first.id else first)
        if operator in _NON_NULL:
            return True if _LITERAL.match(other) else None
        if operator != "+":
            return False
        if node.id == first.id:
            return other[1:2] in ("/", "?") and other[:1] in "\"'`"
        return _HOST_BEFORE.search(other[:-1]) is not None

    def _assigned(self, to: Node, value: Node, left: int) -> bool:
        if to.id == value.id:
            return False
        if to.kind_id == grammar.IDENTIFIER:
            return self._renamed(to, left)
        return to.kind_id == grammar.MEMBER and self._is_key(to.named_children[-1])

    def _passed(self, arguments: Node, value: Node) -> bool:
        call = arguments.parent
        if call is None:
            return False
        callee = self._text(call.named_children[0])[:200]
        first = arguments.named_children[0].id == value.id
        if _URL_CALLS.search(callee):
            return first or callee.endswith("URL")
        return first and _CALLS.search(callee) is not None and "." in callee

    def _is_key(self, key: Node) -> bool:
        return _KEYS.fullmatch(self._text(key).strip("\"'`#")) is not None

    def _node(self, place: int) -> Node | None:
        return self._root.named_descendant_for_byte_range(place, place + 1)

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte]
