"""What `make test` leaves out, `make soak` runs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import settings

from tests.repeats import SOAK, USUAL, soaking, some, tries

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def profile(name: str) -> Iterator[None]:
    before = settings.get_current_profile_name()
    settings.load_profile(name)
    yield
    settings.load_profile(before)


def test_usual_runs_repeat_the_same_few_cases() -> None:
    with profile(USUAL):
        assert not soaking()
        assert some([1, 2, 3], every=2) == [1, 3]
        chosen = tries(2, soak=9)
        assert (chosen.max_examples, chosen.derandomize) == (2, True)


def test_soaks_run_every_case_with_new_examples() -> None:
    with profile(SOAK):
        assert soaking()
        assert some([1, 2, 3], every=2) == [1, 2, 3]
        chosen = tries(2, soak=9)
        assert (chosen.max_examples, chosen.derandomize) == (9, False)


def test_make_soak_runs_every_test() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "soak"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert " --soak" in done.stdout
    assert "tests.simulation" in done.stdout
    assert "bench.soak" in done.stdout
