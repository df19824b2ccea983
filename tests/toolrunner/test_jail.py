"""The workers' jail, attacked from inside by Python payloads."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.toolrunner.jailed_payloads import PAYLOADS

TIMEOUT_S = 60
PARTS = {"environment", "rlimits", "no_new_privs", "not_dumpable", "landlock", "seccomp"}


@pytest.fixture(scope="module")
def attacked() -> dict[str, Any]:
    """Return the outcome of every payload; this process, their parent, must survive."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.toolrunner.jailed_payloads"],
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_every_part_of_the_jail_holds_here(attacked: dict[str, Any]) -> None:
    assert set(attacked["held"]) == PARTS, attacked["missing"]


@pytest.mark.parametrize("thread", ["work", "main"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_jail_refuses_forbidden_operations(
    attacked: dict[str, Any], payload: str, thread: str
) -> None:
    assert attacked["outcomes"][thread][payload].startswith("refused"), attacked["held"]


def test_jailed_process_inherits_nothing(attacked: dict[str, Any]) -> None:
    assert attacked["environment_before"] > 0
    assert attacked["environment"] == {}
    assert attacked["descriptors"] == [0, 1, 2]
