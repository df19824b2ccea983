"""One engine for all tables, and one run of each table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.guest.sandboxed import Sandbox
from tests.web.judge import Verdict, judge


@pytest.fixture(scope="session")
def verdict_on() -> Iterator[Callable[[str], Verdict]]:
    """Return a function that judges a table, once."""
    sandbox = Sandbox()
    verdicts: dict[str, Verdict] = {}

    def verdict(table: str) -> Verdict:
        if table not in verdicts:
            verdicts[table] = judge(sandbox, table)
        return verdicts[table]

    yield verdict
    sandbox.close()
