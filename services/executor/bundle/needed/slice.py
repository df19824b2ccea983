"""The part of a program that its agents and tools need, as the text without the rest.

What is left out is blanked, so that every line and column stays where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from services.executor.bundle.index.bodies import MIN_BODY
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.needed.closure import needed_units
from services.executor.bundle.needed.names import read_names
from services.executor.bundle.needed.tokens import check_program, read_tokens
from services.executor.bundle.needed.units import Listed, Unit, UnitList, Units, units_of

_NOT_SPACE = re.compile(r"[^\s]")


@dataclass(frozen=True)
class Omissions:
    """What is left out of a program.

    Attributes:
        ranges: the places in its text, in characters, in order; True where a semicolon is left.
        statements: how many statements and parts of statements there are.
        omitted: how many of them are left out.
    """

    ranges: tuple[tuple[int, int, bool], ...] = field(repr=False)
    statements: int
    omitted: int


def omissions(
    text: str, *, is_module: bool, exports: Set[str] | None = None, min_body: int = MIN_BODY
) -> Omissions:
    """Return what neither the exports of a program need nor what has an effect on them.

    Args:
        text: the program.
        is_module: whether it is an ES module.
        exports: the needed exports of a module; None for all.
        min_body: the length in characters from which a function's body is read on its own.

    Raises:
        NotIndexedError: it cannot be told.
    """
    tokens, root = read_tokens(text, min_body)
    units = units_of(root, text, tokens.module_wrappers)
    names = read_names(tokens, units, text)
    needed = needed_units(units, names, text, is_module=is_module, exports=exports)
    ranges = _merged(_ranges(units, needed))
    omitted = sum(unit not in needed for unit in units.units)
    found = Omissions(tuple(ranges), len(units.units), omitted)
    if ranges:
        check_program(without(text, found), min_body)
    return found


def without(text: str, omitted: Omissions) -> str:
    """Return the text with what is left out replaced by blanks."""
    parts, at = [], 0
    for start, end, has_semicolon in omitted.ranges:
        parts.append(text[at:start])
        blank = _NOT_SPACE.sub(" ", text[start:end])
        parts.append(";" + blank[1:] if has_semicolon else blank)
        at = end
    return "".join([*parts, text[at:]])


def _ranges(units: Units, needed: Set[Unit]) -> Iterable[tuple[int, int, bool]]:
    listed = {unit for each in units.lists for unit in each.units}
    for unit in units.units:
        is_inside = unit.parent is not None and unit.parent not in needed
        if unit not in needed and unit not in listed and not is_inside:
            yield unit.start, unit.end, True
    for each in units.lists:
        yield from _of_list(each, needed)


def _of_list(listed: UnitList, needed: Set[Unit]) -> Iterable[tuple[int, int, bool]]:
    """Yield the parts of a list that are left out, each with one comma beside it."""
    units = listed.units
    parent = units[0].parent
    if parent is not None and parent not in needed:
        return
    if not any(unit in needed for unit in units):
        if listed.listed is Listed.STATEMENT:
            yield listed.start, listed.end, True
        else:
            yield listed.start + 1, listed.end - 1, False
        return
    is_first = True
    for at, unit in enumerate(units):
        if unit in needed:
            is_first = False
        elif is_first:
            yield unit.start, units[at + 1].start, False
        else:
            yield units[at - 1].end, unit.end, False


def _merged(ranges: Iterable[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    return sorted(ranges)


__all__ = ["NotIndexedError", "Omissions", "omissions", "without"]
