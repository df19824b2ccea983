"""Reports how much CPU time tests take, by room and file: ``make test ARGS=--processor-time``.

Wall time says little on a shared machine. Counts the process that runs the tests and its
descendants, without collection; a session fixture counts towards its first test.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Generator
from pathlib import Path

import pytest

TICKS_S = os.sysconf("SC_CLK_TCK")
MOST_SHOWN = 40
KEY = "processor time"


def used_s(pid: str = "self") -> float:
    """Return the processor time of a process and all below it, those that were reaped included."""
    if pid == "self":
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        total = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    else:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total = sum(map(int, fields[11:15])) / TICKS_S
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            total += sum(map(used_s, listing.read_text().split()))
        except OSError:
            continue  # it has ended
    return total


class Counted:
    """Counts, in the processes that run tests, and sums up, in the one that reports."""

    def __init__(self) -> None:
        self._until_now = used_s()
        self._of: dict[str, float] = {}

    def pytest_collection_finish(self) -> None:
        self._until_now = used_s()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        before, self._until_now = self._until_now, used_s()
        report.user_properties.append((KEY, self._until_now - before))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = report.nodeid.partition("::")[0]
        said = dict(report.user_properties).get(KEY)
        seconds = said if isinstance(said, float) else 0.0
        for name in (file, str(Path(*Path(file).parts[:2])), "all"):
            self._of[name] = self._of.get(name, 0.0) + seconds

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("processor time in seconds")
        for name, seconds in sorted(self._of.items(), key=lambda each: -each[1])[:MOST_SHOWN]:
            terminalreporter.line(f"{seconds:8.1f}  {name}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processor-time", action="store_true", help="say what each file of tests takes"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--processor-time"):
        config.pluginmanager.register(Counted())
