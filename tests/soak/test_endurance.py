"""Runs through both services, a tenth of their calls hostile: nothing grows, nothing is untyped."""

from __future__ import annotations

from bench.endurance import soak

MINUTES = 2.0


async def test_nothing_grows_under_runs_with_hostile_calls() -> None:
    soaked = await soak(MINUTES)
    assert set(soaked.ends) == {"ok"}, soaked.ends
    assert {name: verdict.grew for name, verdict in soaked.verdicts().items()} == {
        "executor": [],
        "toolrunner": [],
    }
    assert not soaked.rows_grew, soaked.rows
    assert soaked.series_grew == []
    assert not soaked.untyped
