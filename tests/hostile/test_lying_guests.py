"""A guest that lies about every pointer, length, kind and status harms only its own call."""

from __future__ import annotations

from contextlib import closing

import pytest

from services.toolrunner.errors import GuestError, SetupError
from services.toolrunner.pool.wire import WorkConsole
from tests.hostile.campaign import is_as_expected
from tests.hostile.guest_files import Guest, guests
from tests.hostile.guest_worker import LIMITS, GuestWorker

GUESTS = guests()
LEAST = 30
CUT_BYTES = 200
PATIENT_S = 20.0


def test_lying_guests_are_many_and_distinct() -> None:
    assert len({guest.text for guest in GUESTS}) == len(GUESTS) >= LEAST
    assert len({guest.lies for guest in GUESTS}) == len(GUESTS)


def timeout_of(guest: Guest) -> float:
    """Return a time limit that a guest does not hit before it uses up its fuel."""
    ways = {way.kind for way in (*(guest.load or ()), *(guest.call or ()))}
    return LIMITS.timeout_s if "DEADLINE_EXCEEDED" in ways else PATIENT_S


@pytest.mark.parametrize("guest", GUESTS, ids=lambda guest: guest.name)
def test_lying_guest_is_contained(guest: Guest) -> None:
    if not guest.boots:
        with pytest.raises((SetupError, GuestError)):
            GuestWorker(guest.text)
        return
    with closing(GuestWorker(guest.text, timeout_of(guest))) as worker:
        end, said = worker.load()
        assert guest.load is not None
        assert is_as_expected(end, guest.load), f"load ended as {end}: {said[-1]}"
        if guest.call is None:
            return
        for work_id in (2, 3):
            end, said = worker.call(work_id)
            assert is_as_expected(end, guest.call), f"call ended as {end}: {said[-1]}"
            console = sum(len(each.text.encode()) for each in said if isinstance(each, WorkConsole))
            assert console <= LIMITS.console_bytes + CUT_BYTES
