"""`make help` lists every target."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGETS = {
    *("help", "setup", "run", "serve", "guest", "proto", "lint", "type", "test", "bench", "check"),
    *("format", "lock", "clean", "soak"),
}


def test_lists_every_target() -> None:
    named = re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = re.findall(r"^ +make (\S+) +\S", done.stdout, re.MULTILINE)
    assert listed == named
    assert set(named) >= TARGETS
