"""Processor time is that of the process and of all below it, whether they have ended or not."""

from __future__ import annotations

import subprocess
import sys

from tests.processor_time import used_s

BURNS = "import time\nwhile time.process_time() < 0.3: pass\nprint('burnt', flush=True); input()"


def test_living_and_ended_children_count() -> None:
    before = used_s()
    with subprocess.Popen(
        [sys.executable, "-c", BURNS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        living = used_s() - before
        child.communicate("\n")
    assert living > 0.25
    assert used_s() - before >= living - 0.05
