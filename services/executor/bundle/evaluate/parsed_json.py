"""``JSON.parse`` of a text that is known, as in ECMA-262, section 25.5."""

from __future__ import annotations

import json

from services.executor.bundle.evaluate.operators import MAX_TEXT
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    Constant,
    Entry,
    ObjectValue,
    Value,
    known,
    text_constant,
)
from services.executor.bundle.syntax.numeric import canonical
from services.executor.bundle.syntax.syntax import Node, clean_text

MAX_DEPTH = 48


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
