"""The Web platform and Node's modules in the guest match Node, case by case."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.gaps import GAPS
from tests.web.judge import Verdict, tables

README = Path(__file__).parent.parent / "README.md"
LEAST_CASES = 2000
KNOWN = [
    pytest.param(
        table,
        label,
        marks=pytest.mark.xfail(reason=cause, strict=True, raises=AssertionError),
        id=f"{table} {n}",
    )
    for table, gaps in GAPS.items()
    for n, (label, cause) in enumerate(gaps.items())
]


@pytest.mark.parametrize("table", tables())
def test_guest_matches_node(verdict_on: Callable[[str], Verdict], table: str) -> None:
    different = verdict_on(table).different
    unknown = {label: both for label, both in different.items() if label not in GAPS.get(table, {})}
    assert unknown == {}


@pytest.mark.parametrize(("table", "label"), KNOWN)
def test_known_gap(verdict_on: Callable[[str], Verdict], table: str, label: str) -> None:
    verdict = verdict_on(table)
    assert verdict.guest[label] == verdict.node[label]


def test_documented_figures_are_current(verdict_on: Callable[[str], Verdict]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\d,]+) \| ([\d,]+) \|", README.read_text(), re.M)
    told = {table: (int(cases.replace(",", "")), int(gaps)) for table, cases, gaps in rows}
    verdicts = {table: verdict_on(table) for table in tables()}
    counted = {table: (len(each.node), len(each.different)) for table, each in verdicts.items()}
    assert {table: told.get(table) for table in counted} == counted
    assert sum(cases for cases, _ in counted.values()) >= LEAST_CASES
