"""What earlier loads of programs left out, known before the same program is loaded again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, TypeAlias

from services.executor.adapters.toolrunner.wire import LoadFailed, Opened, Opening
from services.executor.incomplete_load import IncompleteLoad

MOST: Final = 256

Key: TypeAlias = tuple[str, frozenset[str], frozenset[str]]


class EarlierLoads:
    """Incomplete loads of images that runs share, the latest of at most ``MOST`` programs.

    A run's first query is made while its program loads, so the tools that it offers are known from
    earlier runs that granted the same.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[Key, IncompleteLoad] = OrderedDict()

    def __repr__(self) -> str:
        return f"EarlierLoads({len(self._known)})"

    def note(self, opening: Opening, opened: Opened | LoadFailed) -> None:
        """Remember how a load ended, unless it depends on values of its run."""
        if isinstance(opened, LoadFailed) or opened.private is not None:
            return
        self._known.pop(_key(opening), None)
        if opened.incomplete is not None:
            self._known[_key(opening)] = opened.incomplete
            if len(self._known) > MOST:
                self._known.popitem(last=False)

    def of(self, opening: Opening) -> IncompleteLoad | None:
        """Return what the latest such load left out; None if it was whole or there was none."""
        return self._known.get(_key(opening))


def _key(opening: Opening) -> Key:
    granted = frozenset(opening.env), frozenset(opening.capabilities)
    return (opening.program.digest, *granted)
