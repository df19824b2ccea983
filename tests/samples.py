"""Leaves out what is not in the sample of a test that ``tests.repeats.sampled`` marks."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, datetime

import pytest

from tests.repeats import soaking, some, turn

MARK = "sampled(every, *kinds): one case in N of the test, the first of each kind among them"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sample-seed",
        type=int,
        help="take the samples of the run that printed this seed (default: by the day)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set the seed; xdist passes the option on, so that every process has the same."""
    config.addinivalue_line("markers", MARK)
    if config.option.sample_seed is None:
        config.option.sample_seed = datetime.now(UTC).date().toordinal()
    turn.seed = config.option.sample_seed


def pytest_report_header() -> str:
    return "samples: all cases" if soaking() else f"samples: --sample-seed={turn.seed}"


def chosen(family: list[pytest.Function], every: int, *kinds: str) -> list[pytest.Function]:
    """Return the sample of the cases of a test; the values of ``kinds`` tell a case's kind."""

    def kind(item: pytest.Function) -> Hashable:
        return tuple(repr(item.callspec.params[name]) for name in kinds)

    return some(family, every, kind)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in a sample. What stays keeps its order."""
    families: dict[tuple[str, str], list[pytest.Function]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("sampled"):
            module = item.nodeid.partition("::")[0]
            families.setdefault((module, item.originalname), []).append(item)
    left_out: set[pytest.Item] = set()
    for family in families.values():
        arguments = [mark.args for mark in family[0].iter_markers("sampled")]
        left_out |= {*family} - {*chosen(family, *arguments[0])}
    if left_out:
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]
