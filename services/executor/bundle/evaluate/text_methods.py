"""JavaScript's string methods that only build text, applied to constants.

Whatever counts or cuts works on UTF-16 units. Follows ECMA-262, section 22.1.3. Patterns are not
run: with a regular expression as argument, the result is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.executor.bundle.evaluate.operators import MAX_TEXT, exact_integer, text_of
from services.executor.bundle.evaluate.utf16 import units
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    Constant,
    Undefined,
    Value,
    known,
    raw_text,
    text_constant,
)
from services.executor.bundle.syntax.numeric import SPACE
from services.executor.bundle.syntax.syntax import Node

MAX_PIECES = 10_000


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

    def position(self, index: int, default: int) -> int | None:
        """Return an argument as a position in the string, counted from the end if negative."""
        number = exact_integer(self.argument(index), default)
        if number is None:
            return None
        size = len(self.text)
        return int(min(max(number + size, 0) if number < 0 else number, size))

    def clamped(self, index: int, default: int) -> int | None:
        """Return an argument as a position in the string; a negative one is 0."""
        number = exact_integer(self.argument(index), default)
        return None if number is None else int(min(max(number, 0), len(self.text)))


def text_method(text: str, name: str, arguments: tuple[Value, ...], node: Node) -> Value | None:
    """Return what ``text.name(...arguments)`` is; None when it is not known."""
    method = _METHODS.get(name)
    return method(TextCall(units(text), arguments, node)) if method is not None else None


def _made(call: TextCall, text: str | None) -> Value | None:
    if text is None or len(text) > MAX_TEXT:
        return None
    return text_constant(text, call.node)


def _slice(call: TextCall) -> Value | None:
    start, end = call.position(0, 0), call.position(1, len(call.text))
    if start is None or end is None:
        return None
    return _made(call, call.text[start:end])


def _substring(call: TextCall) -> Value | None:
    start, end = call.clamped(0, 0), call.clamped(1, len(call.text))
    if start is None or end is None:
        return None
    return _made(call, call.text[min(start, end) : max(start, end)])


def _substr(call: TextCall) -> Value | None:
    start, count = call.position(0, 0), call.clamped(1, len(call.text))
    if start is None or count is None:
        return None
    return _made(call, call.text[start : start + count])


def _char_at(call: TextCall) -> Value | None:
    index = exact_integer(call.argument(0), 0)
    if index is None:
        return None
    inside = 0 <= index < len(call.text)
    return _made(call, call.text[int(index)] if inside else "")


def _at(call: TextCall) -> Value | None:
    index = exact_integer(call.argument(0), 0)
    if index is None:
        return None
    index = index + len(call.text) if index < 0 else index
    inside = 0 <= index < len(call.text)
    return _made(call, call.text[int(index)]) if inside else Undefined(call.node)


def _char_code_at(call: TextCall) -> Value | None:
    index = exact_integer(call.argument(0), 0)
    if index is None or not 0 <= index < len(call.text):
        return None if index is None else Constant(float("nan"), call.node)
    return Constant(ord(call.text[int(index)]), call.node)


def _found(find: Callable[[str, str, int], int | bool], *, last: bool = False) -> Method:
    """Return ``indexOf`` and the like, which search from a position."""

    def method(call: TextCall) -> Value | None:
        wanted = call.string(0)
        if wanted is None or (last and len(call.arguments) > 1):
            return None
        start = call.clamped(1, 0)
        return None if start is None else Constant(find(call.text, wanted, start), call.node)

    return method


def _ends_with(call: TextCall) -> Value | None:
    wanted, end = call.string(0), call.clamped(1, len(call.text))
    if wanted is None or end is None:
        return None
    return Constant(call.text[:end].endswith(wanted), call.node)


def _cased(change: Callable[[str], str]) -> Method:
    """Return the text in another case; only ASCII, where Python and JavaScript always agree."""

    def method(call: TextCall) -> Value | None:
        return _made(call, change(call.text)) if call.text.isascii() else None

    return method


def _trimmed(trim: Callable[[str], str]) -> Method:
    return lambda call: _made(call, trim(call.text))


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


def _padded(*, at_start: bool) -> Method:
    def method(call: TextCall) -> Value | None:
        width = exact_integer(call.argument(0), 0)
        blank = isinstance(call.argument(1), Undefined)
        fill = " " if blank else call.string(1)
        if width is None or fill is None or width > MAX_TEXT:
            return None
        missing = int(max(width, 0)) - len(call.text)
        if missing <= 0 or not fill:
            return _made(call, call.text)
        padding = (fill * (missing // len(fill) + 1))[:missing]
        return _made(call, padding + call.text if at_start else call.text + padding)

    return method


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


def _split(call: TextCall) -> Value | None:
    if len(call.arguments) > 1:
        return None
    if isinstance(call.argument(0), Undefined):
        pieces = [call.text]
    else:
        separator = call.string(0)
        if separator is None or len(call.text) > MAX_PIECES:
            return None
        pieces = call.text.split(separator) if separator else list(call.text)
    items = [known(text_constant(piece, call.node)) for piece in pieces]
    return ArrayValue(tuple(items), call.node)


def _itself(call: TextCall) -> Value | None:
    return _made(call, call.text) if not call.arguments else None


Method = Callable[[TextCall], Value | None]
_METHODS: dict[str, Method] = {
    "at": _at,
    "charAt": _char_at,
    "charCodeAt": _char_code_at,
    "concat": _concat,
    "endsWith": _ends_with,
    "includes": _found(lambda text, wanted, start: wanted in text[start:]),
    "indexOf": _found(lambda text, wanted, start: text.find(wanted, start)),
    "lastIndexOf": _found(lambda text, wanted, _start: text.rfind(wanted), last=True),
    "padEnd": _padded(at_start=False),
    "padStart": _padded(at_start=True),
    "repeat": _repeat,
    "replace": _replaced(everywhere=False),
    "replaceAll": _replaced(everywhere=True),
    "slice": _slice,
    "split": _split,
    "startsWith": _found(lambda text, wanted, start: text.startswith(wanted, start)),
    "substr": _substr,
    "substring": _substring,
    "toLowerCase": _cased(str.lower),
    "toString": _itself,
    "toUpperCase": _cased(str.upper),
    "trim": _trimmed(lambda text: text.strip(SPACE)),
    "trimEnd": _trimmed(lambda text: text.rstrip(SPACE)),
    "trimStart": _trimmed(lambda text: text.lstrip(SPACE)),
    "valueOf": _itself,
}
