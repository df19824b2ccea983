"""What `make test` leaves out, `make soak` runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import settings

from tests.repeats import SOAK, USUAL, soaking, some, tries, turn

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
        chosen = tries(2, soak=9)
        assert (chosen.max_examples, chosen.derandomize) == (2, True)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    before, turn.seed = turn.seed, seed
    yield
    turn.seed = before


def test_samples_take_turns_and_keep_the_first_of_each_kind() -> None:
    cases = [*range(60)]
    samples = []
    with profile(USUAL):
        for seed in range(4, 9):
            with seeded(seed):
                samples.append(some(cases, 5, lambda case: case // 20))
                assert samples[-1] == some(cases, 5, lambda case: case // 20)
    assert all({0, 20, 40} < {*sample} and sample == sorted(sample) for sample in samples)
    assert all(len(sample) <= 12 + 3 for sample in samples)
    assert {case for sample in samples for case in sample} == {*cases}


SAMPLED = """
import pytest
from tests.repeats import sampled

@sampled(5, "kind")
@pytest.mark.parametrize("case", range(20))
@pytest.mark.parametrize("kind", ["first", "second"])
def test_cases(case, kind):
    pass
"""


def collected(folder: Path, *options: str) -> list[str]:
    (folder / "test_sampled.py").write_text(SAMPLED)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q"]
    done = subprocess.run(
        [*command, "-c", ROOT / "pyproject.toml", "-p", "tests.conftest", *options, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": ""},  # what it prints depends on them
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


def test_marked_tests_run_a_sample_that_its_seed_repeats(tmp_path: Path) -> None:
    sample = collected(tmp_path, "--sample-seed=3")
    assert {"test_cases[first-0]", "test_cases[second-0]"} < {*sample}
    assert 8 <= len(sample) <= 10
    assert sample == collected(tmp_path, "--sample-seed=3")
    assert sample != collected(tmp_path, "--sample-seed=4")
    assert len(collected(tmp_path, "--soak")) == 40


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
