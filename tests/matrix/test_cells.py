"""The subset of `make check` meets what it promises."""

from __future__ import annotations

import json
from itertools import combinations, product
from pathlib import Path

import pytest

from tests.matrix.cells import ALL, AXES, FRAMEWORKS, Cell, pairwise

HERE = Path(__file__).parent


def test_whole_matrix_has_every_combination() -> None:
    assert len(ALL) == len(set(ALL)) == 5 * 2 * 4 * 2 * 2
    assert sum(cell.framework != "lightfast_own" for cell in ALL) == 128


def test_subset_covers_every_pair_of_values() -> None:
    chosen = pairwise(ALL)
    for (one, values), (other, others) in combinations(enumerate(AXES), 2):
        met = {(cell.values[one], cell.values[other]) for cell in chosen}
        assert met == set(product(values, others))


def test_subset_is_small_and_deterministic() -> None:
    chosen = pairwise(ALL)
    assert chosen == pairwise(ALL)
    assert len(chosen) <= len(FRAMEWORKS) * 4 + 2


def test_partial_matrix_covers_every_pair() -> None:
    part = [cell for cell in ALL if cell.framework == "mastra"]
    chosen = pairwise(part)
    met = set().union(*(cell.pairs for cell in chosen))
    assert met == set().union(*(cell.pairs for cell in part))
    assert all(isinstance(cell, Cell) for cell in chosen)


@pytest.mark.parametrize(
    ("zod", "version", "wanted"),
    [("zod3", "0.3.9", "^3.25.40 || ^4.0"), ("zod4", "0.20.0", "^4.0.0")],
)
def test_current_openai_agents_needs_zod_4(zod: str, version: str, wanted: str) -> None:
    # The newest release that takes zod 3 stands in its column, and is 17 minor releases old.
    lock = json.loads((HERE / "packages" / zod / "package-lock.json").read_text())
    package = lock["packages"]["node_modules/@openai/agents"]
    assert (package["version"], package["peerDependencies"]) == (version, {"zod": wanted})
