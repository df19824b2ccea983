"""JavaScript's string methods that prompts are made with, applied to constants.

Whatever counts works on UTF-16 units. Follows ECMA-262, section 22.1.3. Patterns are not run: with
a regular expression as argument, the result is not known, and neither is that of other methods:
the sandbox is asked for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.executor.bundle.evaluate.operators import MAX_TEXT, exact_integer, text_of
from services.executor.bundle.evaluate.utf16 import units
from services.executor.bundle.evaluate.values import (
    Constant,
    Undefined,
    Value,
    raw_text,
    text_constant,
)
from services.executor.bundle.syntax.numeric import SPACE
from services.executor.bundle.syntax.syntax import Node


@dataclass(frozen=True)
class TextCall:
    """A method call: the string in UTF-16 units, its arguments, and the place."""

    text: str
    arguments: tuple[Value, ...]
    node: Node

    def argument(self, index: int) -> Value:
        """Return an argument; undefined when it is missing."""
        return self.arguments[index] if index < len(self.arguments) else Undefined(self.node)

    def string(self, index: int) -> str | None:
        """Return a string argument in units; None when it is not a string."""
        text = raw_text(self.argument(index))
        return None if text is None else units(text)


def text_method(text: str, name: str, arguments: tuple[Value, ...], node: Node) -> Value | None:
    """Return what ``text.name(...arguments)`` is; None when it is not known."""
    method = _METHODS.get(name)
    return method(TextCall(units(text), arguments, node)) if method is not None else None


def _made(call: TextCall, text: str | None) -> Value | None:
    if text is None or len(text) > MAX_TEXT:
        return None
    return text_constant(text, call.node)


def _tested(test: Callable[[str, str], bool]) -> Method:
    """Return ``includes`` and the like, from the start of the string."""

    def method(call: TextCall) -> Value | None:
        wanted = call.string(0)
        if wanted is None or len(call.arguments) > 1:
            return None
        return Constant(test(call.text, wanted), call.node)

    return method


def _cased(change: Callable[[str], str]) -> Method:
    """Return the text in another case; only ASCII, where Python and JavaScript always agree."""

    def method(call: TextCall) -> Value | None:
        return _made(call, change(call.text)) if call.text.isascii() else None

    return method


def _trimmed(trim: Callable[[str, str], str]) -> Method:
    return lambda call: _made(call, trim(call.text, SPACE))


def _concat(call: TextCall) -> Value | None:
    texts = [text_of(argument) for argument in call.arguments]
    if None in texts:
        return None
    return _made(call, call.text + "".join(units(text) for text in texts if text is not None))


def _repeat(call: TextCall) -> Value | None:
    count = exact_integer(call.argument(0), 0)
    if count is None or not 0 <= count <= MAX_TEXT or count * len(call.text) > MAX_TEXT:
        return None
    return _made(call, call.text * int(count))


def _replaced(*, everywhere: bool) -> Method:
    """Return ``replace`` or ``replaceAll`` of a string by a string without ``$``."""

    def method(call: TextCall) -> Value | None:
        wanted, new = call.string(0), call.string(1)
        if wanted is None or new is None or "$" in new:
            return None
        limit = -1 if everywhere else 1
        count = call.text.count(wanted) if everywhere else 1
        if len(call.text) + count * len(new) > MAX_TEXT:
            return None
        return _made(call, call.text.replace(wanted, new, limit))

    return method


def _itself(call: TextCall) -> Value | None:
    return _made(call, call.text) if not call.arguments else None


Method = Callable[[TextCall], Value | None]
_METHODS: dict[str, Method] = {
    "concat": _concat,
    "endsWith": _tested(str.endswith),
    "includes": _tested(str.__contains__),
    "repeat": _repeat,
    "replace": _replaced(everywhere=False),
    "replaceAll": _replaced(everywhere=True),
    "startsWith": _tested(str.startswith),
    "toLowerCase": _cased(str.lower),
    "toString": _itself,
    "toUpperCase": _cased(str.upper),
    "trim": _trimmed(str.strip),
    "trimEnd": _trimmed(str.rstrip),
    "trimStart": _trimmed(str.lstrip),
}
