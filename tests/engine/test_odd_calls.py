"""Every method of every built-in gives what Node gives, with odd arguments and receivers."""

from __future__ import annotations

from tests.engine.allowed import reason
from tests.engine.odd import compared
from tests.guest.sandboxed import Sandbox
from tests.repeats import soaking

# One call of this many, of 470,000; another share for each function.
SHARE = 60


def test_odd_calls_match_node(sandbox: Sandbox) -> None:
    count, different = compared(sandbox, 1 if soaking() else SHARE)
    unknown = [difference for difference in different if reason(difference) is None]
    assert unknown == []
    assert count > 7_000
