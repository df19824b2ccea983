"""Benches say in a sentence where no share of a processor can be given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, sys
from bench import cpu_shares
cpu_shares.VERSION_1 = cpu_shares.VERSION_2 = __import__("pathlib").Path(sys.argv[1])
with cpu_shares.cpu_shares([os.getpid()], 0.5):
    print("given")
"""


@pytest.mark.parametrize("root", ["absent", "file"])
def test_share_that_cannot_be_given_is_told_in_a_sentence(root: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "No share of a processor can be given here" in done.stderr
    assert "Traceback" not in done.stderr
