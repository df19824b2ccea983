"""A recorded run whose process is killed at any of its commits is gone on with by another."""

from __future__ import annotations

from tests.simulation.crashing import Death, run_crashed, survive
from tests.simulation.resuming import lonely

LOOKED_AT = 60
WANTED = {
    *("run_resumed", "step_restarted", "input_required", "input_answered"),
    *("tool_output_denied", "tool_output_error", "tool_output_available", "agent_changed"),
}


def test_run_survives_the_death_of_its_process_at_every_commit(crashed: range) -> None:
    for seed in crashed:
        assert run_crashed(seed) > 2


def test_deaths_reach_what_there_is_to_resume() -> None:
    """Rules that hold of nothing would be worth nothing."""
    found: set[str | None] = set()
    for seed in range(LOOKED_AT):
        whole = survive(lonely(seed), None)
        death = Death(max(1, whole.commits // 2), is_made=seed % 2 == 0)
        for each in (whole, survive(lonely(seed), death)):
            found |= {event.WhichOneof("event") for event in each.events()}
    assert not WANTED - found
