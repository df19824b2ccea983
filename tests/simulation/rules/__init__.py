"""What must hold of every schedule, whatever happens in it."""

from __future__ import annotations

from tests.simulation.records import Played
from tests.simulation.rules.attempts import check_attempts
from tests.simulation.rules.conversations import check_conversations
from tests.simulation.rules.effects import check_effects
from tests.simulation.rules.endings import check_ending
from tests.simulation.rules.events import check_events
from tests.simulation.rules.leftovers import check_leftovers, check_sessions
from tests.simulation.rules.spending import check_spending
from tests.simulation.rules.texts import check_texts

__all__ = ["check"]


def check(played: Played) -> None:
    """Look at all that was seen of a schedule; raises AssertionError."""
    check_leftovers(played)
    check_sessions(played)
    for ran in played.runs:
        check_events(ran)
        check_texts(ran)
        check_attempts(ran)
        check_conversations(ran, played.script)
        check_spending(ran, played)
        check_effects(ran, played.script)
        check_ending(ran, played)
