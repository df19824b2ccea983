"""The cells of the matrix, and the subset in which every pair of values meets.

A cell is one bundle: a project of one framework, with one zod, by one bundler, in one format,
minified or not. Lightfast counts twice: its package left as an import, and its helpers bundled in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

FRAMEWORKS = ("lightfast", "lightfast_own", "ai_sdk", "mastra", "openai_agents")
ZODS = ("zod3", "zod4")
BUNDLERS = ("esbuild", "rollup", "rolldown", "webpack")
FORMATS = ("esm", "cjs")
SIZES = ("min", "readable")
AXES = (FRAMEWORKS, ZODS, BUNDLERS, FORMATS, SIZES)

# What a cell costs to bundle, read and load, roughly: its number of bytes counts most.
_FRAMEWORK_COST = {"mastra": 8, "openai_agents": 3}
_BUNDLER_COST = {"rollup": 3, "webpack": 3}

Pair = tuple[tuple[int, str], tuple[int, str]]


@dataclass(frozen=True, order=True)
class Cell:
    """One bundle of the matrix."""

    framework: str
    zod: str
    bundler: str
    format: str
    size: str

    def __str__(self) -> str:
        """Return the name that the bundle's file and the test have."""
        return "-".join(self.values)

    @property
    def values(self) -> tuple[str, ...]:
        """Return the values on the axes, in their order."""
        return (self.framework, self.zod, self.bundler, self.format, self.size)

    @property
    def project(self) -> str:
        """Return the folder of the sources."""
        return "lightfast" if self.framework == "lightfast_own" else self.framework

    @property
    def externals(self) -> tuple[str, ...]:
        """Return the packages that stay imports."""
        return ("lightfast",) if self.framework == "lightfast" else ()

    @property
    def file(self) -> str:
        """Return the bundle's file name."""
        return f"{self}.{'mjs' if self.format == 'esm' else 'cjs'}"

    @property
    def pairs(self) -> frozenset[Pair]:
        """Return the pairs of values that meet in this cell."""
        return frozenset(combinations(enumerate(self.values), 2))

    @property
    def cost(self) -> int:
        """Return what it costs, to prefer cheaper cells where the cover does not suffer."""
        framework = _FRAMEWORK_COST.get(self.framework, 1) * (2 if self.zod == "zod4" else 1)
        return framework * _BUNDLER_COST.get(self.bundler, 1)


ALL: tuple[Cell, ...] = tuple(Cell(*values) for values in product(*AXES))


def pairwise(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return cells in which every pair of values that ``cells`` has meets; always the same ones.

    Greedy: the cell that adds most pairs; of equals the one whose values were used least, so that
    no value stands for itself once only; then the cheaper, then the earlier one. Afterwards,
    cheaper cells take the place of dear ones.
    """
    missing = set[Pair]().union(*(cell.pairs for cell in cells))
    used: Counter[tuple[int, str]] = Counter()
    chosen: list[Cell] = []

    def worth(at: int) -> tuple[int, int, int, int]:
        uses = sum(used[value] for value in enumerate(cells[at].values))
        return (len(cells[at].pairs & missing), -uses, -cells[at].cost, -at)

    while missing:
        best = cells[max(range(len(cells)), key=worth)]
        chosen.append(best)
        used.update(enumerate(best.values))
        missing -= best.pairs
    return tuple(_without_superfluous(_cheapened(chosen, cells)))


def _cheapened(chosen: Sequence[Cell], cells: Sequence[Cell]) -> list[Cell]:
    """Replace cells, the dearest first, by cheaper ones with all pairs that no other cell has."""
    kept = list(chosen)
    for cell in sorted(chosen, key=lambda cell: (-cell.cost, cell)):
        others = set[Pair]().union(*(other.pairs for other in kept if other != cell))
        alone = cell.pairs - others
        able = [other for other in cells if alone <= other.pairs and other.cost < cell.cost]
        if able:
            # As like as can be, since values that are used often change places with others.
            nearest = min(
                able, key=lambda other: (other.cost, -len(other.pairs & cell.pairs), other)
            )
            kept[kept.index(cell)] = nearest
    return kept


def _without_superfluous(chosen: Sequence[Cell]) -> Iterable[Cell]:
    """Drop cells whose pairs all meet elsewhere, the dearest first."""
    kept = list(chosen)
    for cell in sorted(chosen, key=lambda cell: (-cell.cost, cell)):
        others = set[Pair]().union(*(other.pairs for other in kept if other != cell))
        if cell.pairs <= others:
            kept.remove(cell)
    return sorted(kept)
