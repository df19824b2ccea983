"""Makes random expressions of JavaScript that are constant, or nearly so."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random


def _words(text: str) -> list[str]:
    return text.split()


NUMBERS = _words(
    """
    0 1 2 3 7 10 42 255 -1 -2 0.1 0.2 0.3 1.5 2.5 -0.5 1e21 1e-7
    123456789012345680000 1e300 5e-324
    9007199254740991 9007199254740992 9007199254740993 4294967296 2147483648 0x10 0b101
    0o17 1_000
    100 1e3 .5 1e400 NaN Infinity (-Infinity) (-0) 0.000001 1.7976931348623157e308 33 31 32 64
    """
)
TEXTS = (
    "",
    "a",
    "abc",
    " x ",
    "\n\t\u00a0\ufeffy\u2003",
    "0",
    "1",
    "-1",
    "1.5",
    " 12 ",
    "0x1f",
    "1e3",
    "Infinity",
    "-0",
    "NaN",
    "null",
    "\u00e9",
    "\U0001f600",
    "a\U0001f600b",
    "\ud83d",
    "\ude00",
    "\uffff",
    "a,b",
    "length",
    "constructor",
    "__proto__",
    "toString",
    "aXbXc",
    "$&",
    "ABC",
    "\u0130",
    "\u00df",
    "\\",
    '"',
    "\u2028",
    "\x7f\x01",
)
BINARY = _words("+ - * / % ** | << == != === !== < <= > >= && || ??")
UNARY = ("-", "+", "!", "typeof ", "void ")
TEXT_METHODS = _words(
    """
    trim toUpperCase toLowerCase includes startsWith endsWith repeat concat replace replaceAll
    toString slice
    """
)
LIST_METHODS = _words("join slice includes concat")
CALLBACKS = (
    "(x) => x",
    "(x, i) => i",
    "(x, i) => `${i}:${typeof x}`",
    "(x) => [x, x]",
    "(x) => ({ x })",
    "(x) => !x",
    "(x) => x === 1",
    "Boolean",
    "String",
    "Number",
    "function (x) { return x + 1; }",
    "(x, i, all) => all.length - i",
    "([a, b = 2] = []) => a ?? b",
)
GLOBALS = _words(
    """
    String Number Boolean Object.keys Object.values Object.entries Object.freeze Object.seal
    Array.isArray Math.max
    """
)
KEYS = ("a", "b", "c", "10", "2", "length", "x y", "__proto__", "toString", "0")
FUNCTIONS = (
    "((a, b = 2) => [a, b])({0}, {1})",
    "(({{ a, b = {0}, ...rest }}) => [a, b, rest])({1})",
    "((a, ...b) => b)({0}, {1}, ...{2})",
    "(function () {{ if ({0}) return {1}; return {2}; }})()",
    "(() => {{ const {{ a: {{ b = 1 }} = {{}} }} = {0}; return b; }})()",
    "(() => {{ const [x, , y = 3, ...z] = {0}; return [x, y, z]; }})()",
    "(() => {{ let value; value = {0}; return value; }})()",
    "(() => {{ const o = {{}}; o.k = {0}; o.m = {1}; return o; }})()",
    "((c) => ({{ ...c, kind: {1} }}))({0})",
    "(() => {{ switch ({0}) {{ case 1: return {1}; default: return {2}; }} }})()",
    "(() => {{ var E; (function (E) {{ E[E.A = 0] = 'A'; E.B = {0} }})(E ||= {{}}); return E }})()",
    "(class {{ static k = {0}; }}).k",
    "({{ get v() {{ return {0}; }} }}).v",
    "Object.assign({{}}, {0}, {1})",
    "Object.fromEntries([['a', {0}], [1, {1}]])",
    "[{0}, ...{1}]",
    "{{ ...{0}, a: {1} }}",
    "(({0}), ({1}))",
    "({0})?.a?.[{1}]",
    "String.raw`a\\n${{{0}}}`",
    "[{0}, {1}, {2}].reduce((sum, x) => sum + x, '')",
)


class Maker:
    """Makes expressions out of a source of chance, each at most ``depth`` deep."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._kinds: tuple[tuple[int, Callable[[int], str]], ...] = (
            (6, self._binary),
            (3, self._unary),
            (2, self._template),
            (3, self._list),
            (3, self._object),
            (2, self._choice),
            (4, self._text_method),
            (4, self._list_method),
            (2, self._callback),
            (4, self._call),
            (3, self._member),
            (4, self._function),
        )

    def expression(self, depth: int) -> str:
        """Return an expression, in parentheses where it needs them."""
        if depth <= 0 or self._random.random() < 0.15:
            return self._literal()
        kinds = [make for _, make in self._kinds]
        weights = [weight for weight, _ in self._kinds]
        return f"({self._random.choices(kinds, weights)[0](depth - 1)})"

    def _pick(self, choices: Sequence[str]) -> str:
        return self._random.choice(choices)

    def _literal(self) -> str:
        chance = self._random.random()
        if chance < 0.4:
            return f"({self._pick(NUMBERS)})"
        if chance < 0.75:
            return self._text()
        others = ["true", "false", "null", "undefined", "void 0", "[]", "({})", "!0", "2n", "-3n"]
        return f"({self._pick(others)})"

    def _text(self) -> str:
        return json.dumps(self._pick(TEXTS))

    def _some(self, most: int, depth: int) -> list[str]:
        return [self.expression(depth) for _ in range(self._random.randrange(most + 1))]

    def _binary(self, depth: int) -> str:
        left, right = self.expression(depth), self.expression(depth)
        return f"{left} {self._pick(BINARY)} {right}"

    def _unary(self, depth: int) -> str:
        return self._pick(UNARY) + self.expression(depth)

    def _template(self, depth: int) -> str:
        return f"`a${{{self.expression(depth)}}}b${{{self.expression(depth)}}}`"

    def _list(self, depth: int) -> str:
        return f"[{', '.join(self._some(4, depth))}]"

    def _object(self, depth: int) -> str:
        parts: list[str] = []
        for _ in range(self._random.randrange(4)):
            key, value = self._pick(KEYS), self.expression(depth)
            forms = [f"{json.dumps(key)}: {value}", f"[{json.dumps(key)}]: {value}", f"...{value}"]
            if key == "__proto__":
                forms = forms[1:]
            parts.append(self._pick(forms))
        return f"{{ {', '.join(parts)} }}"

    def _choice(self, depth: int) -> str:
        test, yes, no = (self.expression(depth) for _ in range(3))
        return f"{test} ? {yes} : {no}"

    def _argument(self, depth: int) -> str:
        small = self._pick(["0", "1", "2", "-1", "3", "5", "undefined", "1.7", "'b'", "'X'", "','"])
        return small if self._random.random() < 0.75 else self.expression(depth)

    def _arguments(self, most: int, depth: int) -> str:
        count = self._random.randrange(most + 1)
        return ", ".join(self._argument(depth) for _ in range(count))

    def _text_method(self, depth: int) -> str:
        value = self._text() if self._random.random() < 0.6 else self.expression(depth)
        return f"{value}.{self._pick(TEXT_METHODS)}({self._arguments(2, depth)})"

    def _list_method(self, depth: int) -> str:
        whole = self._list(depth)
        return f"{whole}.{self._pick(LIST_METHODS)}({self._arguments(2, depth)})"

    def _callback(self, depth: int) -> str:
        method = self._pick(["map", "filter", "some", "every"])
        return f"{self._list(depth)}.{method}({self._pick(CALLBACKS)})"

    def _call(self, depth: int) -> str:
        return f"{self._pick(GLOBALS)}({', '.join(self._some(3, depth))})"

    def _member(self, depth: int) -> str:
        value = self.expression(depth)
        if self._random.random() < 0.5:
            return f"{value}.{self._pick(['a', 'b', 'length', 'toString', 'constructor'])}"
        return f"{value}[{self.expression(depth)}]"

    def _function(self, depth: int) -> str:
        form = self._pick(FUNCTIONS)
        return form.format(*(self.expression(depth) for _ in range(3)))
