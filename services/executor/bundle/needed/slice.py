"""Which places of a program its agents and tools do not need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from services.executor.bundle.index.bodies import MIN_BODY
from services.executor.bundle.index.errors import NotIndexedError
from services.executor.bundle.needed.blanks import without
from services.executor.bundle.needed.closure import needed_units
from services.executor.bundle.needed.names import read_names
from services.executor.bundle.needed.tokens import check_program, read_tokens
from services.executor.bundle.needed.units import Listed, Unit, UnitList, Units, units_of
from services.executor.bundle.ports import Omissions

# Line ends that only JavaScript recognises: a comment may end at them.
_STRANGE_LINE_ENDS = ("\u2028", "\u2029")
_LONE_RETURN = re.compile("\r(?!\n)")


def omissions(
    text: str, *, is_module: bool, exports: AbstractSet[str] | None = None, min_body: int = MIN_BODY
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
    _refuse_line_ends(text)
    tokens, root = read_tokens(text, min_body)
    units = units_of(root, text, tokens.module_wrappers)
    names = read_names(tokens, units, text)
    needed = needed_units(units, names, text, is_module=is_module, exports=exports)
    ranges = sorted(_ranges(units, needed))
    omitted = sum(unit not in needed for unit in units.units)
    found = Omissions(tuple(ranges), len(units.units), omitted)
    if ranges:
        check_program(without(text, found), min_body)
    return found


def _refuse_line_ends(text: str) -> None:
    if any(end in text for end in _STRANGE_LINE_ENDS) or _LONE_RETURN.search(text):
        raise NotIndexedError("there are line ends of another kind")


def _ranges(units: Units, needed: AbstractSet[Unit]) -> Iterable[tuple[int, int, str]]:
    listed = {unit for each in units.lists for unit in each.units}
    for unit in units.units:
        is_inside = unit.parent is not None and unit.parent not in needed
        if unit not in needed and unit not in listed and not is_inside:
            yield unit.start, unit.end, ";"
    for each in units.lists:
        yield from _of_list(each, needed)


def _of_list(listed: UnitList, needed: AbstractSet[Unit]) -> Iterable[tuple[int, int, str]]:
    """Yield the parts of a list that are left out, each with one comma beside it."""
    units = listed.units
    parent = units[0].parent
    if parent is not None and parent not in needed:
        return
    if not any(unit in needed for unit in units):
        if listed.listed is Listed.STATEMENT:
            yield listed.start, listed.end, ";"
        else:
            yield listed.start + 1, listed.end - 1, ""
        return
    first = next(at for at, unit in enumerate(units) if unit in needed)
    if first:
        # What comes first in a statement may be read differently: `{a} = b`.
        is_sequence = listed.listed is Listed.STATEMENT and units[0].start == listed.start
        yield units[0].start, units[first].start, "0," if is_sequence else ""
    for at, unit in enumerate(units):
        if at < first or unit in needed:
            continue
        yield units[at - 1].end, unit.end, ""
