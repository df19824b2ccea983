"""Hosts that a bundle names literally: origins of literal URLs, as ``--allow-fetch`` rules."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.reach import grammar

_ORIGIN = r"(https?|wss?)://((?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?"
_AFTER = r"(?=[\"'`/?#\\]|\$\{)"
_LITERAL = re.compile(r"[\"'`]" + _ORIGIN + _AFTER)
_BEGINNING = re.compile(r"[\"'`]?" + _ORIGIN + _AFTER, re.DOTALL)
_DEFAULT_PORTS = {"https": "443", "http": "80", "wss": "443", "ws": "80"}
# Format identifiers that look like addresses.
_NAMED = re.compile(
    r"\bhost(?:name)?\s*:\s*[\"'`]((?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*)[\"'`]"
)
_FORMATS = frozenset({"json-schema.org", "www.w3.org", "w3.org", "schema.org"})
_DOCUMENT_KEYS = frozenset({"$schema", "$id", "xmlns", "homepage", "repository", "license"})
_PACKAGE_KEYS = frozenset({"bugs", "repository", "funding", "author"})
_LOOKED_UP = 6
MAX_LITERALS = 20_000


def begins_with_origin(text: str) -> bool:
    """Tell whether a literal, with its quotes, begins with a whole origin."""
    return _BEGINNING.match(text) is not None


class LiteralHosts:
    """The literal URLs of a bundle by place; at most 20,000."""

    def __init__(self, root: ConcreteNode, text: str) -> None:
        self._root = root
        self._source = text
        self._rules: list[str] = []
        self._places: list[int] = []
        for found in _LITERAL.finditer(text):
            rule = _rule(*(part if part else "" for part in found.groups()))
            if rule is not None:
                self._places.append(found.start())
                self._rules.append(rule)
            if len(self._places) >= MAX_LITERALS:
                break
        self._real: dict[int, bool] = {}

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"LiteralHosts({len(self._places)})"

    def within(self, start: int, end: int) -> set[str]:
        """Return the rules for literals between two places, except informational ones."""
        found: set[str] = set()
        index = bisect_left(self._places, start)
        while index < len(self._places) and self._places[index] < end:
            if self._rules[index] not in found and self._is_address(index):
                found.add(self._rules[index])
            index += 1
        return found

    def named_within(self, start: int, end: int) -> set[str]:
        """Return the hosts that options between two places name, at most 20,000."""
        found = islice(_NAMED.finditer(self._source, start, end), MAX_LITERALS)
        return {each[1].lower() for each in found}

    def _is_address(self, index: int) -> bool:
        known = self._real.get(index)
        if known is None:
            known = self._real[index] = not self._informs(self._places[index])
        return known

    def _informs(self, place: int) -> bool:
        """Tell whether a literal is in a comment, in an error message, or a format identifier."""
        node = self._root.named_descendant_for_byte_range(place, place + 1)
        if node is None or node.kind_id not in (grammar.STRING, grammar.TEMPLATE):
            return True
        for _ in range(_LOOKED_UP):
            parent = node.parent
            if parent is None:
                return False
            if parent.kind_id == grammar.PAIR:
                return self._names_a_document(parent)
            if parent.kind_id == grammar.ARGUMENTS:
                return self._is_for_people(parent)
            if parent.kind_id not in (grammar.BINARY, grammar.PARENTHESES, grammar.SUBSTITUTION):
                return False
            node = parent
        return False

    def _names_a_document(self, pair: ConcreteNode) -> bool:
        """Tell whether the value of ``pair`` is meant for people, as in a `package.json`."""
        key = self._text(pair.named_children[0]).strip("\"'")
        if key in _DOCUMENT_KEYS:
            return True
        holder = pair.parent.parent if key == "url" and pair.parent is not None else None
        if holder is None or holder.kind_id != grammar.PAIR:
            return False
        return self._text(holder.named_children[0]).strip("\"'") in _PACKAGE_KEYS

    def _is_for_people(self, arguments: ConcreteNode) -> bool:
        call = arguments.parent
        if call is None:
            return False
        callee = self._text(call.named_children[0])[:80]
        return callee.endswith("Error") or callee.startswith("console.")

    def _text(self, node: ConcreteNode) -> str:
        return self._source[node.start_byte : node.end_byte]


def _rule(scheme: str, host: str, port: str) -> str | None:
    host = host.lower()
    reserved = host.endswith(".invalid")
    if reserved or host in _FORMATS or (len(host) < 3 and "." not in host):
        return None
    if port == _DEFAULT_PORTS[scheme]:
        port = ""
    place = f"{host}:{port}" if port else host
    return place if scheme == "https" else f"{scheme}://{place}"
