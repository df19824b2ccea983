"""A recorded run whose process is killed at any of its commits is gone on with by another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from caisson.executor.v1 import run_event_pb2
from services.executor.runs.rows import RunStatus
from tests.simulation.crashing import Death, Survived, check_survived, run_crashed, survive
from tests.simulation.resuming import lonely

LOOKED_AT = 60
SEEDS = range(8)
LOST = run_event_pb2.RESUME_CAUSE_EXECUTOR_LOST
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


def cancelled() -> Iterator[Survived]:
    """Play runs whose process dies at each of its commits, and that nobody wants then."""
    for seed in SEEDS:
        world = lonely(seed)
        for commit in range(1, survive(world, None).commits + 1):
            for is_made in (False, True):
                yield survive(world, Death(commit, is_made, is_cancelled=True))


def cut_text(events: Sequence[run_event_pb2.RunEvent]) -> str:
    """Return the text of an answer that was not complete when its run ended."""
    text = ""
    for event in events:
        kind = event.WhichOneof("event")
        if kind in {"start_step", "step_restarted", "finish_step", "tool_input_start"}:
            text = ""
        text += event.text_delta.delta
    return text


def test_run_that_was_cancelled_without_a_process_ends_with_an_abort() -> None:
    outcomes: set[str] = set()
    for found in cancelled():
        check_survived(found)
        events = found.events()
        if found.status is not RunStatus.ABORTED:
            continue  # its last commit was made
        assert LOST not in {event.run_resumed.cause for event in events}
        ended = events[-1].run_ended
        assert ended.WhichOneof("detail") == "abort"
        if found.ran.script.session and "start_step" in {e.WhichOneof("event") for e in events}:
            assert ended.effects.session_saved, "what was said is not in the session"
            outcomes.add("cut" if cut_text(events) else "whole")
    assert outcomes == {"cut", "whole"}
