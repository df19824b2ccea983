"""Shows the JSON object of a page as text: fields, one a line, and lists of objects as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from services.front.logs import escaped

MAX_CELL: Final = 80


def as_text(content: Mapping[str, Any]) -> str:
    """Return a readable text without control characters."""
    return "".join(f"{line}\n" for line in _lines(content, ""))


def _lines(content: Mapping[str, Any], margin: str) -> Iterator[str]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield f"{margin}{escaped(str(name))}:"
            yield from _lines(value, margin + "  ")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield f"{margin}{escaped(str(name))}:"
            yield from _table(value, margin + "  ")
        else:
            yield f"{margin}{escaped(str(name))}: {_cell(value)}"


def _table(rows: Sequence[Any], margin: str) -> Iterator[str]:
    if not all(isinstance(row, Mapping) for row in rows):
        yield from (f"{margin}{_cell(row)}" for row in rows)
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_cell(row.get(name, ""))[:MAX_CELL] for name in names] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    for row in cells if rows else ():
        yield margin + "  ".join(map(str.ljust, row, widths)).rstrip()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else escaped(str(value))
