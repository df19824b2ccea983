"""What we say of an expression is what Node says, or that we do not know: never something else."""

from __future__ import annotations

from random import Random

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.evaluation.expressions import Maker
from tests.evaluation.judged import by_us, differences

EXPRESSIONS = 2_000


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=2, derandomize=True, deadline=None, phases=[Phase.generate])
def test_expressions_are_as_in_node(seed: int) -> None:
    maker = Maker(Random(seed))
    found = differences([maker.expression(3) for _ in range(EXPRESSIONS)])
    assert not found, f"{len(found)} differ\n" + "\n".join(found[:10])


def test_most_expressions_are_known() -> None:
    maker = Maker(Random(1))
    values = by_us([maker.expression(2) for _ in range(500)])
    assert sum(value is not None for value in values) > 300


def test_past_differences_stay_fixed() -> None:
    texts = [
        "Object.assign({}, { ['__proto__']: { a: 1 } }).a",
        "(() => { const o = {}; o.__proto__ = { a: 1 }; return o.a; })()",
        "(([a, b]) => [a, b])('a\\u{1f600}b')",
        "Object.values('ab').length",
        "({ 1e21: 1, 1e-7: 2, b: 3, 2: 4, 1: 5 })",
    ]
    assert differences(texts) == []
