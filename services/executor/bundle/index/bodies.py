"""Splits a large text by its brackets, without a syntax tree.

A syntax tree takes about 50 bytes for each character of minified code, so a large text is not
made one tree. Its brackets say where functions begin and end, and semicolons between them where
statements do. They are read by a scanner of strings, templates, comments and regular expressions,
which may misread unusual code: whoever uses the result parses each part, and finds a syntax error
if the scanner was wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

# Characters; smaller bodies stay a part of the text around them.
MIN_BODY = 8_192
# Characters between two places where statements are cut apart.
MIN_CUT = 50_000
MAX_DEPTH = 100_000
# A character of plain code; square brackets are not needed.
_PLAIN = r"""[^"'`/(){}]"""
# Plain code, a string, or brackets around plain code only.
_SHORT_ITEM = (
    rf"""{_PLAIN}+|"[^"\\\n]*(?:\\(?:\r\n|[\s\S])[^"\\\n]*)*"|'[^'\\\n]*(?:\\(?:\r\n|[\s\S])[^'\\\n]*)*'"""
    rf"""|\({_PLAIN}*\)|\{{{_PLAIN}*\}}"""
)
_SHORT_STRING = r""""[^"\\\n]{0,60}"|'[^'\\\n]{0,60}'"""
_TEMPLATE = re.compile(r"[^`\\$]*(?:(?:\\[\s\S]|\$(?!\{))[^`\\$]*)*(`|\$\{)")
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/")
_BLANK = re.compile(r"(?:\s|/\*(?:[^*]|\*(?!/))*\*/)+$")
_WORD = re.compile(r"[\w$\u0080-\uffff]+$")
# What a class extends may end with a parenthesis: `class extends (A = B) {`, `extends mixed(A) {`.
_HERITAGE = re.compile(r"\bextends\b[^{};]*$")
_CONTROL = frozenset({"if", "for", "while", "with", "switch", "catch", "await"})
# Words that an expression follows, so a slash after them begins a regular expression.
_OPERATORS = frozenset({"await", "case", "delete", "do", "else", "in", "instanceof"}) | {
    *("new", "of", "return", "throw", "typeof", "void", "yield")
}
# Brackets right inside of which there may be statements.
_STATEMENTS = frozenset({"", "{"})
# The beginning of a declaration after what surely ends a statement.
_DECLARATION = re.compile(
    r"(?:;|(?<=\}))\s*(?=(?:var|let|const|function|class|export)\b)"
    r"|(?<=\S)[^\S\n]*\n\s*(?=(?:var|const|export)\b)"  # once for each run of blanks
    r"|;\s*(?=[\w$(\[!+-])(?!(?:else|while)\b)"
)
# What is between two members of an object, the first of which is a value.
_MEMBER = re.compile(
    r""",(?:\s|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)*(?:[\w$]+|"[^"\\\n]*"|'[^'\\\n]*')\s*"""
    r"""(?::|\([^()"'`/]*\)\s*\{)"""
)
_BEFORE_OBJECTS = frozenset("=([,?:&|+-*!~")
_LOOKED_BACK = 200
# Longer brackets around plain code are not looked for: code of only their ends would take for ever.
_MOST_PLAIN = 20_000


def _in_brackets(inside: str, *, last: bool = False) -> str:
    """Return a pattern of brackets around a little plain code, and a few of what is ``inside``.

    Of the last brackets before a slash, or of parentheses before a brace, somebody asks where they
    open, so they are not passed over.
    """
    content = rf"{_PLAIN}{{0,60}}(?:(?:{inside}){_PLAIN}{{0,60}}){{0,7}}"
    behind = (r"(?!\s*[/{])", r"(?!\s*/)") if last else ("", "")
    return rf"\({content}\){behind[0]}|\{{{content}\}}{behind[1]}"


@cache
def _patterns(min_body: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns of an item, in which there is no body of so many characters, and of a token.

    A token is many items, up to the next bracket, template or slash, if there is one soon. No
    quantifier is possessive: those of Python before 3.11.5 are wrong.
    """
    item = _SHORT_ITEM
    if min_body >= MIN_BODY:
        inner = _in_brackets(f"{_in_brackets(_SHORT_STRING)}|{_SHORT_STRING}")
        item = f"{item}|{_in_brackets(f'{inner}|{_SHORT_STRING}', last=True)}"
    return re.compile(item), re.compile(rf"(?:{item}){{0,400}}([`/(){{}}]?)")


class BracketsError(Exception):
    """The brackets of a text do not match, as far as the scanner can tell.

    Args:
        at: where it noticed that.
    """

    def __init__(self, at: int) -> None:
        super().__init__("its brackets do not match")
        self.at = at


@dataclass(frozen=True, slots=True)
class Body:
    """A function's body, or the program: where its statements begin and end, and are cut apart.

    Or a literal with its parts; ``literal`` is then its opening bracket, and ``is_data`` says
    whether it holds constants only.
    """

    start: int
    end: int
    cuts: tuple[int, ...] = ()
    literal: str = ""
    is_data: bool = False


def large_bodies(text: str, min_body: int = MIN_BODY, min_cut: int = MIN_CUT) -> list[Body]:
    """Return the program and its function bodies of at least ``min_body`` characters.

    Objects that are cut apart are bodies too. They nest properly, and are sorted by their starts.

    Raises:
        BracketsError: the brackets do not match.
    """
    return _Scanner(text, min_body, min_cut).run()


class _Open:
    """An open bracket.

    Args:
        sign: the bracket, a backtick for a template's ``${``, and "" for the program.
        at: where it is.
        parenthesis: where the parenthesis opened that closed just before; -1 if none did.
    """

    __slots__ = ("at", "cuts", "is_object", "last_cut", "parenthesis", "sign")

    def __init__(self, sign: str, at: int, parenthesis: int = -1) -> None:
        self.sign = sign
        self.at = at
        self.parenthesis = parenthesis
        self.last_cut = at
        self.cuts: list[int] = []
        self.is_object: bool | None = None  # None until somebody asked


class _Scanner:
    def __init__(self, text: str, min_body: int, min_cut: int) -> None:
        self._text = text
        self._min_body = min_body
        self._min_cut = min_cut
        self._item, self._token = _patterns(min(min_body, MIN_BODY))
        self._found: list[Body] = []
        self._stack = [_Open("", 0)]
        # The last parenthesis and brace that closed: their places, and where they opened.
        self._closed = (-1, -1)
        self._closed_brace = (-1, -1)
        # Where the last comments began and end that have only blanks between them.
        self._comments = (-1, -1)

    def run(self) -> list[Body]:
        text, stack, min_cut = self._text, self._stack, self._min_cut
        match = self._token.match
        at = 0
        while (token := match(text, at)) is not None:
            around, end = stack[-1], token.end()
            if end - around.last_cut > min_cut and around.sign in _STATEMENTS:
                self._cut(around, at, end)
            if end == at:
                break
            at, sign = end, token[1]
            if not sign:
                continue
            if sign == "(":
                stack.append(_Open(sign, at - 1))
            elif sign == ")":
                self._closed = (at - 1, self._popped("(", at).at)
            elif sign == "{":
                stack.append(_Open(sign, at - 1, self._parenthesis_before(at - 1)))
            elif sign == "}":
                at = self._close_brace(at)
            elif sign == "`":
                at = self._template(at)
            else:
                at = self._slash(at - 1)
            if len(stack) > MAX_DEPTH:
                raise BracketsError(at)
        if at < len(text):
            raise BracketsError(at)
        if len(stack) > 1:
            raise BracketsError(stack[-1].at)
        self._found.append(Body(0, len(text), tuple(stack[0].cuts)))
        return sorted(self._found, key=lambda body: body.start)

    def _cut(self, around: _Open, start: int, end: int) -> None:
        """Cut where the first declaration, or member, begins between two brackets, if one does."""
        if around.is_object is None:
            around.is_object = around.sign == "{" and self._begins_object(around.at)
        for item in self._item.finditer(self._text, start, end):
            if item[0][0] in "\"'({":
                continue
            place = self._cut_in(item.start(), item.end(), is_object=around.is_object)
            if place >= 0:
                around.last_cut = place
                around.cuts.append(place)
                return

    def _cut_in(self, start: int, end: int, *, is_object: bool) -> int:
        """Return where to cut in plain code; -1 for nowhere."""
        if not is_object:
            found = _DECLARATION.search(self._text, start, end + 1)  # with a bracket behind it
            return -1 if found is None else found.end()
        comma = self._text.find(",", start, end)
        while comma >= 0:
            if _MEMBER.match(self._text, comma) is not None:
                return comma + 1
            comma = self._text.find(",", comma + 1, end)
        return -1

    def _popped(self, sign: str, at: int) -> _Open:
        opened = self._stack.pop()
        if opened.sign != sign:
            raise BracketsError(opened.at if opened.sign else at - 1)
        return opened

    def _close_brace(self, at: int) -> int:
        if self._stack[-1].sign == "`":
            self._stack.pop()
            return self._template(at)
        opened = self._popped("{", at)
        self._closed_brace = (at - 1, opened.at)
        if at - opened.at >= self._min_body:
            if opened.is_object:
                if opened.cuts:
                    self._found.append(Body(opened.at + 1, at - 1, tuple(opened.cuts), "{"))
            elif self._is_function(opened):
                self._found.append(Body(opened.at + 1, at - 1, tuple(opened.cuts)))
        return at

    def _is_function(self, opened: _Open) -> bool:
        """Tell whether a brace opens a function: it follows `=>`, or parameters."""
        if opened.parenthesis < 0:
            last = self._last(opened.at)
            return self._text[max(0, last - 1) : last + 1] == "=>"
        start = opened.parenthesis
        if _HERITAGE.search(self._text[max(0, start - _LOOKED_BACK) : start]):
            return False
        return self._word_before(start) not in _CONTROL

    def _parenthesis_before(self, at: int) -> int:
        """Return where the parenthesis opened that closes before ``at``; -1 if none does."""
        last = at - 1
        if self._text[last : last + 1].isspace():
            last = self._last(at)
        if last == self._closed[0]:
            return self._closed[1]
        if last < 0 or self._text[last] != ")":
            return -1
        return self._opening("(", last)

    def _opening(self, sign: str, at: int) -> int:
        """Return where brackets open that hold only plain code and close at ``at``; -1 if far."""
        return self._text.rfind(sign, max(0, at - _MOST_PLAIN), at)

    def _last(self, at: int) -> int:
        """Return the place of the last character before ``at`` that is no blank or comment."""
        if at <= 0 or not (self._text[at - 1] == "/" or self._text[at - 1].isspace()):
            return at - 1
        start, end = self._comments
        if end <= at <= end + _LOOKED_BACK and (at == end or self._text[end:at].isspace()):
            at = start
        before = self._text[max(0, at - _LOOKED_BACK) : at]
        blank = _BLANK.search(before)
        return at - 1 - (0 if blank is None else len(before) - blank.start())

    def _word_before(self, at: int) -> str:
        end = self._last(at) + 1
        found = _WORD.search(self._text[max(0, end - _LOOKED_BACK) : end])
        return "" if found is None else found[0]

    def _ends_object(self, at: int) -> bool:
        """Tell whether the brace that closes at ``at`` opened an object rather than a block."""
        place, start = self._closed_brace
        if place != at:
            start = self._opening("{", at)
        return self._begins_object(start)

    def _begins_object(self, at: int) -> bool:
        """Tell whether a brace opens an object, by the sign before it."""
        before = self._last(at)
        return before >= 0 and self._text[before] in _BEFORE_OBJECTS

    def _template(self, at: int) -> int:
        found = _TEMPLATE.match(self._text, at)
        if found is None:
            raise BracketsError(at)
        if found[1] != "`":
            self._stack.append(_Open("`", found.end()))
        return found.end()

    def _slash(self, at: int) -> int:
        text = self._text
        following = text[at + 1 : at + 2]
        if following == "/":
            end = text.find("\n", at)
            return self._commented(at, len(text) if end < 0 else end)
        if following == "*":
            end = text.find("*/", at + 2)
            if end < 0:
                raise BracketsError(at)
            return self._commented(at, end + 2)
        if not self._begins_regex(at):
            return at + 1
        found = _REGEX.match(text, at)
        if found is None:
            raise BracketsError(at)
        return found.end()

    def _commented(self, start: int, end: int) -> int:
        """Remember a comment, and return where it ends."""
        first, last = self._comments
        follows = last == start or (last >= 0 and self._text[last:start].isspace())
        self._comments = (first if follows else start, end)
        return end

    def _begins_regex(self, at: int) -> bool:
        last = self._last(at)
        if last < 0:
            return True
        before = self._text[last]
        if before == ")":
            return self._word_before(self._parenthesis_before(last + 1)) in _CONTROL
        if before in "]\"'`" or (before == "}" and self._ends_object(last)):
            return False
        if before in "+-" and self._text[last - 1 : last] == before:
            return False  # `a++ / b`
        word = _WORD.search(self._text[max(0, last + 1 - _LOOKED_BACK) : last + 1])
        if word is None:
            return True
        start = last + 1 - len(word[0])
        is_member = self._text[start - 1 : start] == "."
        return word[0] in _OPERATORS and not is_member
