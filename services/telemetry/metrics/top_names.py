"""Names that others choose, as label values: the few that are used most, and ``other``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

OTHER: Final = "other"
NO_NAME: Final = "none"
REMEMBERED: Final = 8
"""So many names are counted for each that has a label of its own."""
OVERTAKES: Final = 2
LONGEST: Final = 128


class TopNames:
    """The label value of each name: itself for the ``most`` that are used most, else ``other``.

    A name takes over the label of one that is used less than half as often; the series of the
    latter are dropped then, so that there are never more than ``most``. What was counted under
    ``other`` stays there: no counter ever falls, but those of a name begin when it gets its label.
    What is remembered is bounded, too: of many names that are hardly used, the least are forgotten.

    Args:
        most: how many names have a label; with 0 none has.
        on_drop: drops the series of a name.
    """

    def __init__(self, most: int, on_drop: Callable[[str], None] = lambda name: None) -> None:
        self._most = most
        self._on_drop: list[Callable[[str], None]] = [on_drop]
        self._shown: set[str] = set()
        self._uses: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"TopNames({len(self._shown)} of {self._most})"

    def __len__(self) -> int:
        """Return how many names are remembered."""
        return len(self._uses)

    def drop_with(self, on_drop: Callable[[str], None]) -> None:
        """Drop the series of further metrics with a name's label."""
        self._on_drop.append(on_drop)

    def used(self, name: str) -> str:
        """Count a use of a name, and return its label value."""
        if not name:
            return NO_NAME
        if not self._most or len(name) > LONGEST or name in (OTHER, NO_NAME):
            return OTHER
        uses = self._uses[name] = self._uses.get(name, 0) + 1
        if name in self._shown:
            return name
        if len(self._shown) < self._most:
            self._shown.add(name)
            return name
        return self._taken_over(name, uses)

    def label(self, name: str) -> str:
        """Return a name's label value without counting a use."""
        if not name:
            return NO_NAME
        return name if name in self._shown else OTHER

    def _taken_over(self, name: str, uses: int) -> str:
        """Return the label value of a name that has none yet, and may take one over."""
        if uses >= OVERTAKES:
            least = min(self._shown, key=self._uses.__getitem__)
            if uses >= OVERTAKES * self._uses[least]:
                self._shown.remove(least)
                self._shown.add(name)
                for drop in self._on_drop:
                    drop(least)
                return name
        if len(self._uses) > REMEMBERED * self._most + self._most:
            self._forget_rare()
        return OTHER

    def _forget_rare(self) -> None:
        """Forget the names without a label that are used least, half of them."""
        others = sorted(self._uses.keys() - self._shown, key=self._uses.__getitem__)
        for name in others[: len(others) // 2 + 1]:
            del self._uses[name]
