"""Every locale and time zone, and more random segments, under ``make soak``."""

from __future__ import annotations

from typing import Final

import pytest

from tests.guest.sandboxed import Sandbox
from tests.repeats import soaking
from tests.web.gaps import GAPS
from tests.web.judge import judge

# Differences beside those of ``gaps.py``, with their causes.
ALLOWED: Final[dict[str, str]] = {
    "numbers ro-RO": "V8 splits the word between a number and its currency into parts",
    "numbers sw-KE": "ICU puts the sign of a compact number within the word",
    "zone names Africa/Abidjan": "ICU names the zone of a region whose other zones are links",
}


@pytest.mark.skipif(not soaking(), reason="every locale and zone takes minutes: make soak")
@pytest.mark.parametrize("table", ["locales", "segments"])
def test_whole_table_matches_node(table: str) -> None:
    sandbox = Sandbox()
    different = judge(sandbox, table, "globalThis.WHOLE = true;\n").different
    sandbox.close()
    known = {*GAPS.get(table, {}), *ALLOWED}
    assert {label: both for label, both in different.items() if label not in known} == {}
