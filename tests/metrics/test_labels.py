"""Labels by names that others choose are bounded, and no counter ever falls."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.telemetry.metrics.top_names import LONGEST, NO_NAME, OTHER, TopNames
from tests.repeats import tries

NAMES = st.lists(st.integers(0, 30).map(lambda number: f"n{number}"), max_size=300)


@tries(usual=60, soak=2000)
@given(names=NAMES, most=st.integers(0, 5))
def test_shown_names_are_bounded_and_counters_only_grow(names: list[str], most: int) -> None:
    counts: Counter[str] = Counter()
    dropped: list[str] = []
    top = TopNames(most, dropped.append)
    for name in names:
        label = top.used(name)
        assert label in {name, OTHER}
        for gone in dropped:
            del counts[gone]
        dropped.clear()
        before = counts[OTHER]
        counts[label] += 1
        assert counts[OTHER] >= before
        assert len(counts.keys() - {OTHER}) <= most
        assert top.label(name) == label


def test_a_name_used_far_more_takes_over_a_label() -> None:
    top = TopNames(1)
    assert top.used("first") == "first"
    assert [top.used("second") for _ in range(3)] == [OTHER, "second", "second"]
    assert top.label("first") == OTHER


def test_odd_names_get_no_label() -> None:
    top = TopNames(10)
    assert top.used("") == top.label("") == NO_NAME
    assert top.used("x" * (LONGEST + 1)) == OTHER
    assert top.used(NO_NAME) == top.used(OTHER) == OTHER


def test_what_is_remembered_of_rare_names_is_bounded() -> None:
    top = TopNames(4)
    for _ in range(3):
        for name in ("a", "b", "c", "d"):
            top.used(name)
    for number in range(100_000):
        assert top.used(f"rare-{number}") == OTHER
    assert len(top) < 100
