"""Rules on the turns of runs in their session, as data: every journal keeps its queues by these."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from services.executor.clients import Client, Shares
from services.executor.conversation import SessionPolicy

MAX_WAITING: Final = 21
"""The most runs that wait in a session; one connection may use 16 of them."""


class Place(Enum):
    """Where a new run stands in its session."""

    TURN = "turn"
    """It has the turn."""
    NEXT = "next"
    """It is the first to wait, and the run that has the turn is to be stopped."""
    LAST = "last"
    BUSY = "busy"
    """It is refused, since another run goes on."""
    FULL = "full"
    """It is refused, since too many wait, in total or of its client."""


def place_of(queue: Sequence[Client], client: Client, policy: SessionPolicy) -> Place:
    """Return where a run of ``client`` stands behind those of ``queue``, in any order."""
    if not queue:
        return Place.TURN
    if policy is SessionPolicy.REJECT:
        return Place.BUSY
    shares = Shares(MAX_WAITING + 1)
    for other in queue:
        shares.take(other)
    if not shares.take(client):
        return Place.FULL
    return Place.NEXT if policy is SessionPolicy.INTERRUPT else Place.LAST
