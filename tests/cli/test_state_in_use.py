"""Two commands at once on one machine: a plain run needs no file, and all others say what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.executor.adapters.database.file_lock import LOCK, FileLock
from tests.cli.command import Caisson
from tests.cli.conftest import Files


@pytest.fixture
def busy(caisson: Caisson, tmp_path: Path) -> Iterator[Caisson]:
    """The command, whose state folder another process holds."""
    state = tmp_path / "state"
    state.mkdir()
    lock = FileLock(state / LOCK)
    yield caisson.given({"CAISSON_EXECUTOR_STATE_DIR": str(state)})
    lock.release()


def test_plain_run_works_beside_another_executor(busy: Caisson, files: Files) -> None:
    result = busy("run", files.workshop, "add", "--offline")
    assert result.status == 0, result.err
    assert "1 tool call" in result.out
    assert f"only kept in memory: process {os.getpid()} uses the state directory" in result.err


def test_run_that_is_recorded_says_nothing_of_memory(
    caisson: Caisson, files: Files, tmp_path: Path
) -> None:
    own = caisson.given({"CAISSON_EXECUTOR_STATE_DIR": str(tmp_path / "own")})
    result = own("run", files.workshop, "add", "--offline")
    assert result.status == 0, result.err
    assert "memory" not in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "BUNDLE", "add", "--offline", "--session", "s1"),
        ("sessions", "list"),
        ("runs", "list"),
    ],
)
def test_what_needs_the_file_says_what_to_do(
    busy: Caisson, files: Files, arguments: tuple[str, ...]
) -> None:
    given = [files.workshop if each == "BUNDLE" else each for each in arguments]
    result = busy(*given)
    assert result.status == 1
    assert "did not start: The state directory is in use by an executor" in result.err
    assert "`--server`" in result.err
