"""Refusals say what is used up, how much it was, and when there is more."""

from __future__ import annotations

import pytest

from services.executor.quota.model import (
    Amount,
    AtOnce,
    Limit,
    Metric,
    Rate,
    Refusal,
    Subject,
    SubjectKind,
)
from services.executor.quota.refusals import error_of
from services.executor.quota.windows import SECOND_US, Window

ACME = Subject(SubjectKind.ORGANISATION, "acme")
KEY = Subject(SubjectKind.KEY, "4f2a9c")
AT_US = 1_796_212_800 * SECOND_US  # 2 December 2026, noon
HOUR_US = 3600 * SECOND_US


@pytest.mark.parametrize(
    ("limit", "wait_us", "told"),
    [
        (
            Rate(ACME, Metric.REQUESTS, SECOND_US // 5, 10),
            1_234_567,
            (
                "The organisation has used its requests: the limit is 5 a second, and 10 at once. "
                "Try again in 1.2 s."
            ),
        ),
        (
            Rate(KEY, Metric.RUNS, HOUR_US, 1),
            HOUR_US,
            (
                'The key "4f2a9c" has used its runs: the limit is 1 an hour, and 1 at once. '
                "Try again in 1 h 0 min, at 2026-12-02 13:00:00 UTC."
            ),
        ),
        (
            Amount(ACME, Metric.NANO_USD, Window.MONTH, 20_500_000_000),
            12 * HOUR_US,
            (
                "The organisation has used its US dollars: the limit is 20.5 a month. Try again in "
                "12 h 0 min, at 2026-12-03 00:00:00 UTC."
            ),
        ),
        (
            AtOnce(ACME, 1),
            SECOND_US,
            (
                "The organisation is already running 1 agent, the limit. Wait for one to end, then "
                "try again."
            ),
        ),
        (
            Amount(ACME, Metric.FUEL, Window.DAY, 0),
            None,
            (
                "The organisation has used its fuel of tools: the limit is 0 a day. It will never "
                "be allowed; ask whoever runs this executor for a higher limit."
            ),
        ),
    ],
)
def test_refusal_is_a_sentence(limit: Limit, wait_us: int | None, told: str) -> None:
    error = error_of(Refusal(AT_US, limit, wait_us))
    assert str(error) == told
    assert error.retry_after_s == (None if wait_us is None else wait_us / SECOND_US)


def test_reserve_is_named() -> None:
    limit = Amount(ACME, Metric.TOKENS, Window.DAY, 1000)
    error = error_of(Refusal(AT_US, limit, SECOND_US), reserve=900)
    assert "has not 900 tokens left, which the run reserves: the limit is 1,000 a day." in str(
        error
    )
