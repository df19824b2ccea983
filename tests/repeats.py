"""How often a property is tried: a few times in ``make test``, which people wait for, many in
``make soak``, which is ``pytest --soak``. What leaves ``make test`` is run there: no case is lost.

A sample is one of N parts, which take turns by the day, so that N days run every case. pytest says
with which ``--sample-seed`` they come again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

Case = TypeVar("Case")
Test = TypeVar("Test", bound=Callable[..., Any])

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


@dataclass
class Turn:
    """Whose turn it is: the seed of this run's samples, which ``tests/samples.py`` sets."""

    seed: int = 0


turn = Turn()


def _same(case: object) -> Hashable:
    return None


def some(cases: Sequence[Case], every: int, kind: Callable[[Case], Hashable] = _same) -> list[Case]:
    """Return one case in N, by the seed, and the first of each kind; all in ``make soak``."""
    if soaking():
        return list(cases)
    numbers = list(range(len(cases)))
    Random(0).shuffle(numbers)  # neighbours are alike: they fall into different parts
    first = {kind(case): number for number, case in reversed([*enumerate(cases)])}
    chosen = {*numbers[turn.seed % every :: every], *first.values()}
    return [case for number, case in enumerate(cases) if number in chosen]


def sampled(every: int, *kinds: str) -> Callable[[Test], Test]:
    """Run one case in N of a parametrized test, and all in ``make soak``.

    Args:
        every: N.
        kinds: the parameters that tell kinds apart; the first case of each always runs.
    """
    mark: Callable[[Test], Test] = pytest.mark.sampled(every, *kinds)
    return mark
