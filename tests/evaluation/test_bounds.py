"""Whatever an expression asks for, evaluating it ends with a value or with what is not known."""

from __future__ import annotations

import pytest

from tests.evaluation.judged import by_us


def doubled(first: str, again: str, result: str, times: int = 40) -> str:
    """Return a function that makes ``times`` names, each of the one before it twice."""
    names = "".join(f"const v{i + 1} = {again.format(f'v{i}', f'v{i}')};" for i in range(times))
    return f"(() => {{ const v0 = {first}; {names} return {result.format(f'v{times}')}; }})()"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("'x'.repeat(1e9)", id="repeat"),
        pytest.param(f"{'9' * 5000}n", id="bigint literal"),
        pytest.param("10 ** 1e9", id="power"),
        pytest.param("'a'.repeat(1e6).replaceAll('a', 'b'.repeat(1e6))", id="replace"),
        pytest.param("[...'a'.repeat(1e6)]", id="spread text"),
        pytest.param("Object.keys('a'.repeat(1e6))", id="keys of text"),
        pytest.param(doubled("'xxxxxxxx'", "{} + {}", "{}"), id="concatenation"),
        pytest.param(doubled("'xxxxxxxx'", "`${{{}}}${{{}}}`", "{}"), id="template"),
        pytest.param(doubled("[1]", "[...{}, ...{}]", "{}"), id="spread"),
        pytest.param(doubled("[1]", "[{}, {}]", "{}.join()"), id="join"),
        pytest.param("((f) => f(f))((f) => f(f) + 'x')", id="recursion"),
        pytest.param("(function f(n) { return n ? 'a' + f(n - 1) : ''; })(1e5)", id="deep"),
        pytest.param("(() => { const a = () => b(), b = () => a(); return a(); })()", id="mutual"),
        pytest.param(
            "(() => { const o = { get a() { return o.a; } }; return o.a; })()", id="getter"
        ),
        pytest.param("(() => { const l = [1]; l.push(l); return l.join(); })()", id="cycle"),
    ],
)
def test_values_over_limits_are_unknown(text: str) -> None:
    assert by_us([text]) == [None]


def test_values_within_limits_are_known() -> None:
    texts = ["'ab'.repeat(1000).length", "(function f(n) { return n ? 'a' + f(n - 1) : ''; })(12)"]
    assert by_us(texts) == [["number", "2000"], ["string", "a" * 12]]
