"""Each hostile program ends as its header says, without effect on others."""

from __future__ import annotations

import pytest

from tests.hostile.campaign import Campaign, is_as_expected
from tests.hostile.program_files import Program, programs
from tests.repeats import some
from tests.toolrunner.clients import Runner

PROGRAMS = programs()
LEAST = 300
# Folders whose programs use up a limit, each for as long as that takes.
LONG = ("console", "loops", "memory", "results")
NEIGHBOUR_ANSWER = {"calls": 1, "twice": 42, "words": ["A", "B"], "own": 0}
HOST_PATHS = ("/work", "/home", "/usr", ".py", "caisson:prelude")


def kind(program: Program) -> str:
    """Return what a program attacks: the name of its folder."""
    return program.name.partition("/")[0]


def chosen() -> list[Program]:
    """Return the programs to run: of each kind a sample, and all of them in ``make soak``."""
    long = [program for program in PROGRAMS if kind(program) in LONG]
    others = [program for program in PROGRAMS if kind(program) not in LONG]
    return [*some(others, 3, kind), *some(long, 6, kind)]


def test_hostile_programs_are_many_and_distinct() -> None:
    assert len({program.source for program in PROGRAMS}) == len(PROGRAMS) >= LEAST
    assert len({program.attacks for program in PROGRAMS}) == len(PROGRAMS)


@pytest.mark.parametrize("program", chosen(), ids=lambda program: program.name)
def test_hostile_program_ends_as_its_header_says(program: Program, campaign: Campaign) -> None:
    report = campaign.report(program)
    assert len(report.ends) == len(program.steps), report
    for step, end, message in zip(program.steps, report.ends, report.messages, strict=True):
        assert is_as_expected(end, step.ways), f"{step.tool} ended as {end}: {message}"
        assert not any(path in message for path in HOST_PATHS), message
    assert program.console is None or program.console in report.console
    assert report.neighbour == NEIGHBOUR_ANSWER


def test_no_worker_died(campaign: Campaign, workers: frozenset[int], runner: Runner) -> None:
    campaign.wait_for_all()
    assert workers <= frozenset(runner.workers())
