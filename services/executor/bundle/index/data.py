"""Finds literals of data: arrays and objects that hold constants only.

Nothing in them declares, reads or changes a name, so trees may leave them out until somebody asks
for them. Each is read to its end by the grammar of constants; what follows another grammar, such
as a computed key, a spread or a name, is no data.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from services.executor.bundle.index.bodies import Body

# Characters; smaller literals stay a part of what is around them.
MIN_DATA = 8_192
# Characters between two places where the parts of a literal are cut apart.
MIN_CUT = 50_000
# No quantifier is possessive: those of Python before 3.11.5 are wrong. Where a part may end in one
# way only, going back costs little.
# How many brackets of small literals are read, in all, to find large ones.
MAX_STEPS = 300_000
MAX_DEPTH = 1_000
_SPACES = r" \t\n\r\v\f\xa0\ufeff\u2028\u2029"
# Long comments, and long regular expressions, are no part of data: each bracket may be before the
# same one, which would be read to its end again and again.
_COMMENT = (
    r"/\*(?:[^*]|\*(?!/)){0,300}\*/"
    r"|//[^\n\r\u2028\u2029]{0,300}(?![^\n\r\u2028\u2029])"
)
_BLANK = rf"(?:[{_SPACES}]|{_COMMENT})*"
_ESCAPE = r"\\(?:\r\n|[\s\S])"
_TEXT = rf"""(?:"[^"\\\n\r]*(?:{_ESCAPE}[^"\\\n\r]*)*"|'[^'\\\n\r]*(?:{_ESCAPE}[^'\\\n\r]*)*')"""
_TEMPLATE = r"`[^`\\$]*(?:(?:\\[\s\S]|\$(?!\{))[^`\\$]*)*`"
_PATTERN = r"/(?![*/])(?:[^/\\\[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r]){0,200}\]){1,500}/[a-z]*"
_ONE = (
    rf"(?:{_TEXT}|{_TEMPLATE}|[-+]?(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?"
    r"|\.\d[\d_]*(?:[eE][-+]?\d+)?)n?|true\b|false\b|null\b|undefined\b|![01]\b|void 0\b"
    rf"|{_PATTERN})"
)
_CONSTANT = rf"{_ONE}(?:{_BLANK}\+{_BLANK}{_ONE})*"
_KEY = rf"(?:[\w$]+|{_TEXT}){_BLANK}:{_BLANK}"


def _with_literals(value: str) -> str:
    """Return a pattern of a value, or of a short literal of such values."""
    array = rf"\[{_BLANK}(?:(?:{value}{_BLANK})?,{_BLANK}){{0,40}}(?:{value}{_BLANK})?\]"
    pair = rf"{_KEY}{value}{_BLANK}"
    return rf"(?:{value}|{array}|\{{{_BLANK}(?:{pair},{_BLANK}){{0,40}}(?:{pair})?\}})"


_VALUE = _with_literals(_with_literals(_CONSTANT))
_MORE = rf"{_VALUE}{_BLANK}(?:,{_BLANK}|(?=[\]}}]))"
_INSIDE = {"[": re.compile(r"(?=[\[{])"), "{": re.compile(rf"{_KEY}(?=[\[{{])")}
_OPEN = re.compile(rf"[\[{{]{_BLANK}")
# What is in such literals, in any order; another slash may begin a regular expression.
_LIKE = re.compile(
    rf"(?:[\w$.\]}}{_SPACES}]+|[,:+\-!\[{{][{_SPACES}]*(?:{_PATTERN})?|{_TEXT}|{_TEMPLATE}"
    rf"|{_COMMENT}){{0,{2 * MIN_DATA}}}"
)
_CLOSED = re.compile(rf"{_BLANK}(?:,{_BLANK}|(?=[\]}}]))")
_CLOSING = {"[": "]", "{": "}"}
_QUOTES = frozenset("\"'`")


# These take up to 0.1 s to make, and most bundles need none.
@cache
def _items(sign: str) -> re.Pattern[str]:
    """Return the pattern of constants, and short literals of them, between brackets."""
    one = rf"(?:{_MORE}|,{_BLANK})" if sign == "[" else rf"(?:{_KEY}{_MORE})"
    return re.compile(rf"{one}{{0,4000}}")


@cache
def _begins() -> re.Pattern[str]:
    """Return the pattern of a bracket before several constants, keys and brackets."""
    part = rf"[\[{{\]}}]|(?:{_KEY})?{_CONSTANT}(?={_BLANK}[,\]}}])|{_KEY}(?=[\[{{])"
    return re.compile(rf"[\[{{](?:{_BLANK}(?:{part})(?:{_BLANK},)?){{12}}")


@dataclass(slots=True)
class Literal:
    """One literal: where its brackets are, and where its parts are cut apart."""

    start: int
    end: int = -1
    cuts: list[int] = field(default_factory=list)

    def cut(self, at: int) -> None:
        """Cut before a part, unless the last cut is near."""
        if at - (self.cuts[-1] if self.cuts else self.start) > MIN_CUT:
            self.cuts.append(at)


class DataLiterals:
    """The literals of data in a text, found when they are asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: dict[int, int] = {}
        self._steps = 0
        self._like = (-1, -1)  # a part of the text that looks like data
        self._failed = (-1, -1)  # where the last attempt began, and where it met something else

    def __repr__(self) -> str:
        """Show how many are known."""
        return f"DataLiterals(known={len(self._ends)})"

    def all(self) -> list[Literal]:
        """Return what looks like the large ones, also those within others, and within texts."""
        all_found, at, left = [], 0, MAX_STEPS
        while left > 0 and (begin := _begins().search(self._text, at)) is not None:
            if not self._may_be_large(begin.start()):
                at = self._failed[1]
                continue
            before = self._steps
            found, at = self._read(begin.start(), MIN_DATA)
            all_found += found
            # One bracket in another takes long to read, and is small.
            left -= 0 if found else self._steps - before
        self._ends |= {each.start: each.end for each in all_found}
        return all_found

    def end(self, at: int, least: int) -> int | None:
        """Return where the literal ends whose bracket is at ``at``; None for a smaller one.

        Args:
            at: a bracket of an expression.
            least: characters from which a literal is told.
        """
        known = self._ends.get(at)
        if (
            known is None
            and not self._failed[0] <= at < self._failed[1]
            and self._may_be(at, least)
        ):
            self._ends |= {each.start: each.end for each in self._read(at, least)[0]}
            known = self._ends.get(at)
        return known if known is not None and known - at >= least else None

    def _may_be(self, at: int, least: int) -> bool:
        if least < MIN_DATA:
            return True
        return _begins().match(self._text, at) is not None and self._may_be_large(at)

    def _may_be_large(self, at: int) -> bool:
        """Tell, without the patterns that take long to make, whether a large literal may begin."""
        begin, end = self._like
        if not begin <= at <= end - MIN_DATA:
            end = _after(_LIKE, self._text, at)
            self._like = (at, end)
        if end - at >= MIN_DATA or self._text[end : end + 1] == "/":
            return True
        self._failed = (at, end)
        return False

    def _read(self, begin: int, least: int) -> tuple[list[Literal], int]:
        """Return the literals that end from ``begin`` on, and where something else begins."""
        text, found, stack = self._text, [], [Literal(begin)]
        at = _after(_OPEN, text, begin)
        while stack:
            self._steps += 1
            literal = stack[-1]
            sign = text[literal.start]
            behind = _after(_items(sign), text, at)
            if behind > at:
                at = behind
                literal.cut(at)
            elif len(stack) < MAX_DEPTH and (inside := _INSIDE[sign].match(text, at)) is not None:
                stack.append(Literal(inside.end()))
                at = _after(_OPEN, text, inside.end())
            elif text[at : at + 1] == _CLOSING[sign]:
                literal.end = at + 1
                if literal.end - literal.start >= least:
                    found.append(literal)
                stack.pop()
                at += 1
                if stack:
                    follows = _CLOSED.match(text, at)
                    if follows is None:
                        break
                    at = follows.end()
                    stack[-1].cut(at)
            else:
                break
        else:
            return found, at
        self._failed = (begin, at)
        return found, at


def without_data(text: str, literals: Iterable[Literal]) -> str:
    """Return a text with blanks inside of its literals, which has the same functions."""
    parts, at = [], 0
    for each in sorted(literals, key=lambda literal: literal.start):
        if each.start >= at:
            parts += [text[at : each.start + 1], " " * (each.end - each.start - 2)]
            at = each.end - 1
    return "".join([*parts, text[at:]]) if parts else text


def with_data(bodies: Iterable[Body], literals: Iterable[Literal], text: str) -> list[Body]:
    """Return functions' bodies and literals in the order of the text.

    Without a literal that has an end, or a cut, of a body inside it: it is none, but begins in a
    text or a comment. Nor is there one right behind a quote, which is JSON in a text.
    """
    bodies = list(bodies)
    places = sorted(at for body in bodies for at in (body.start, body.end, *body.cuts))
    found = [
        Body(each.start + 1, each.end - 1, tuple(each.cuts), text[each.start], is_data=True)
        for each in _outside_texts(literals, text)
        if each.start > 0 and bisect_left(places, each.start) == bisect_left(places, each.end)
    ]
    return sorted([*bodies, *found], key=lambda body: body.start)


def _outside_texts(literals: Iterable[Literal], text: str) -> Iterator[Literal]:
    """Yield the literals that are not behind a quote, nor in another that is."""
    passed = 0
    for each in sorted(literals, key=lambda literal: literal.start):
        if each.start < passed:
            continue
        if text[each.start - 1 : each.start] in _QUOTES:
            passed = each.end
        else:
            yield each


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where a pattern that matches at a place ends."""
    found = pattern.match(text, at)
    return at if found is None else found.end()
