"""Nothing is left behind, and runs of one session do not meet."""

from __future__ import annotations

import itertools

from services.executor.conversation import SessionPolicy
from services.executor.errors import SessionBusyError
from tests.simulation.records import Played, Ran


def check_leftovers(played: Played) -> None:
    """No task, stream, session, turn or generator is left, and nothing failed unheard."""
    assert not played.faults, played.faults
    assert not played.busy, f"the journal has runs that go on: {played.busy}"
    for ran in played.runs:
        assert not ran.faults, ran.faults
        assert not ran.left, f"tasks lived when the stream was closed: {ran.left}"
        assert ran.running == 0, "a tool still runs"
        assert ran.open_sessions == 0, "a tool session is still open"
        assert all(asked.closed for asked in ran.asked), "a model's stream is still open"


def check_sessions(played: Played) -> None:
    """Runs of one session are at work one after the other, and see what those before have kept."""
    for name in {ran.script.session for ran in played.runs} - {""}:
        runs = [ran for ran in played.runs if ran.script.session == name]
        spans = sorted((ran.active, ran.number) for ran in runs if ran.active is not None)
        for (first, one), (second, two) in itertools.pairwise(spans):
            assert first[1] <= second[0], f"runs {one} and {two} of a session were at work at once"
        kept: list[object] = []
        for _, number in spans:
            ran = played.runs[number]
            if ran.loaded:
                assert list(ran.loaded) == kept, "a run did not see what was kept before it"
            kept += ran.kept or ()
        for (_, one), (_, two) in itertools.pairwise(spans):
            _check_handing_over(played.runs[one], played.runs[two], played.slack_s)
        for ran in runs:
            _check_refusal(ran, runs)
            _check_interrupts(ran, runs, played.slack_s)


def _check_handing_over(before: Ran, after: Ran, slack_s: float) -> None:
    """A run that waits begins as soon as the one before has ended, whoever still reads that."""
    due_s = max(before.ended_s, after.began_s)
    assert after.active_s <= due_s + slack_s, "a run waited although its turn had come"


def _check_interrupts(ran: Ran, runs: list[Ran], slack_s: float) -> None:
    """A run that interrupts ends the one that is at work."""
    if ran.script.policy is not SessionPolicy.INTERRUPT:
        return
    for other in runs:
        if other is not ran and other.active is not None and other.active_s < ran.began_s:
            assert other.ended_s <= ran.began_s + slack_s, "a run was not interrupted"


def _check_refusal(ran: Ran, runs: list[Ran]) -> None:
    """A run is refused when it wants to be, and only while another one is going on."""
    others = [other for other in runs if other is not ran]
    if ran.refused is None:
        if ran.events and ran.script.policy is SessionPolicy.REJECT:
            at_work = [other for other in others if other.active is not None]
            spans = [(other.active_s, other.ended_s) for other in at_work]
            met = [began_s < ran.began_s < ended_s for began_s, ended_s in spans]
            assert not any(met), "a run was not refused although another was going on"
        return
    assert isinstance(ran.refused, SessionBusyError)
    assert ran.script.policy is SessionPolicy.REJECT
    assert any(other.began_s <= ran.began_s <= other.closed_s for other in others), (
        "a run was refused although no other was going on"
    )
    assert not ran.events
    assert ran.active is None
