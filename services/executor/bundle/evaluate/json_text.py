"""``JSON.stringify`` and ``JSON.parse`` of what is known, as in ECMA-262, section 25.5."""

from __future__ import annotations

import json
import math

from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.operators import MAX_TEXT
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    Constant,
    Entry,
    FunctionValue,
    ObjectValue,
    Undefined,
    Value,
    known,
    raw_text,
    text_constant,
)
from services.executor.bundle.syntax.numeric import as_float, canonical, number_text
from services.executor.bundle.syntax.syntax import Node, clean_text

MAX_DEPTH = 48


class _UnknownError(Exception):
    """A part is not known, or the text is too long or too deep."""


def json_text(machine: Machine, value: Value, indent: str) -> str | None:
    """Return the text of ``value`` with each level indented by ``indent``.

    None when a part is not known, JSON has no text for it, it has its own ``toJSON``, or the
    text is longer than ``MAX_TEXT``.
    """
    try:
        return _Writer(machine, indent).text(value, "")
    except _UnknownError:
        return None


def parsed_json(text: str, node: Node) -> Value | None:
    """Return the value that a text is JSON of; None for another text, or one nested too deeply."""
    if len(text) > MAX_TEXT:
        return None
    try:
        whole = json.loads(
            text, parse_int=_number, parse_float=_number, parse_constant=_refuse, strict=True
        )
    except (ValueError, RecursionError):
        return None
    return _value(whole, node, 0)


def _number(text: str) -> int | float:
    return canonical(float(text))


def _refuse(name: str) -> None:
    raise ValueError(name)


def _value(item: object, node: Node, depth: int) -> Value | None:
    if depth > MAX_DEPTH:
        return None
    if isinstance(item, str):
        return text_constant(item, node)
    if isinstance(item, list):
        items = [_value(each, node, depth + 1) for each in item]
        found = [known(each) for each in items if each is not None]
        return ArrayValue(tuple(found), node) if len(found) == len(items) else None
    if isinstance(item, dict):
        parts: list[Entry] = []
        for key, each in item.items():
            value = _value(each, node, depth + 1)
            if value is None:
                return None
            parts.append(Entry(clean_text(key), known(value)))
        return ObjectValue(tuple(parts), node)
    assert item is None or isinstance(item, (bool, int, float))
    return Constant(item, node)


def quoted(text: str) -> str:
    """Return a string as JSON.stringify quotes it: lone surrogates as escapes, the rest as is."""
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(
        f"\\u{ord(character):04x}" if "\ud800" <= character <= "\udfff" else character
        for character in plain
    )


class _Writer:
    def __init__(self, machine: Machine, indent: str) -> None:
        self._machine = machine
        self._indent = indent
        self._left = MAX_TEXT
        self._depth = 0

    def text(self, value: Value, margin: str) -> str | None:
        """Return the text of a value; None for one that JSON leaves out."""
        match value:
            case Undefined() | FunctionValue():
                return None
            case Constant():
                return self._counted(_constant_text(value))
            case ArrayValue(opaque=None) | ObjectValue():
                return self._nested(value, margin)
            case _:
                raise _UnknownError

    def _nested(self, value: ArrayValue | ObjectValue, margin: str) -> str:
        if self._depth >= MAX_DEPTH:
            raise _UnknownError
        self._depth += 1
        inner = margin + self._indent
        if isinstance(value, ArrayValue):
            texts = [self.text(self._machine.settled(t), inner) for t in value.items]
            pieces, ends = [text or "null" for text in texts], "[]"
        else:
            pieces, ends = self._members(value, inner), "{}"
        self._depth -= 1
        if not pieces:
            return ends
        gap, end = (f"\n{inner}", f"\n{margin}") if self._indent else ("", "")
        return self._counted(f"{ends[0]}{gap}" + f",{gap}".join(pieces) + f"{end}{ends[1]}")

    def _members(self, value: ObjectValue, margin: str) -> list[str]:
        entries = value.entries()
        if value.opaque() or value.uncertain or "toJSON" in entries or value.prototype is not None:
            raise _UnknownError
        colon = ": " if self._indent else ":"
        pieces: list[str] = []
        for key, thunk in entries.items():
            text = self.text(self._machine.settled(thunk), margin)
            if text is not None:
                pieces.append(f"{quoted(key)}{colon}{text}")
        return pieces

    def _counted(self, text: str) -> str:
        self._left -= len(text)
        if self._left < 0:
            raise _UnknownError
        return text


def _constant_text(value: Constant) -> str:
    inner = value.value
    if inner is None:
        return "null"
    if isinstance(inner, bool):
        return "true" if inner else "false"
    text = raw_text(value)
    if text is not None:
        return quoted(text)
    assert not isinstance(inner, str)
    return number_text(inner) if math.isfinite(as_float(inner)) else "null"
