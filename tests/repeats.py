"""How often a property is tried: a few times in ``make test``, which people wait for, many in
``make soak``, which is ``pytest --soak``. What leaves ``make test`` is run there: no case is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings

Case = TypeVar("Case")

USUAL, SOAK = "usual", "soak"

# How long an input takes to make says how busy the machine is, above all where processes share it.
for profile in (USUAL, SOAK):
    settings.register_profile(profile, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def soaking() -> bool:
    """Return whether this is a run of ``make soak``; the root ``conftest.py`` loads the profile."""
    return settings.get_current_profile_name() == SOAK


def tries(usual: int, soak: int, **more: Any) -> settings:
    """Return the settings of a property with this many examples.

    ``make test`` always tries the same ones. ``make soak`` tries others each time, and pytest says
    with which ``--hypothesis-seed`` they come again.
    """
    many = soaking()
    return settings(max_examples=soak if many else usual, derandomize=not many, **more)


def some(cases: Sequence[Case], every: int) -> list[Case]:
    """Return every Nth case, or all of them in ``make soak``."""
    return list(cases if soaking() else cases[::every])
