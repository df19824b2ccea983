"""Runs a table of cases in Node and in the guest and gives the results of both.

A table is a file in ``cases``; ``run_cases.js`` says what it may call. Each side evaluates the same
text once, so that a thousand cases cost a handful of processes and calls.
"""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from services.toolrunner.domain import MIB, Limits
from tests.guest.sandboxed import Sandbox

HERE = Path(__file__).parent
NODE_TIMEOUT_S = 120
LIMITS = Limits(memory_bytes=192 * MIB, fuel=400_000_000_000, timeout_s=120, output_bytes=4 * MIB)
HEAD = (HERE / "run_cases.js").read_text()


@dataclass(frozen=True)
class Verdict:
    """The results of one table by label, as Node and as the guest gave them."""

    node: dict[str, object]
    guest: dict[str, object]

    @property
    def different(self) -> dict[str, tuple[object, object]]:
        """Differences by label: Node's result and the guest's."""
        return {
            label: (expected, self.guest.get(label))
            for label, expected in self.node.items()
            if self.guest.get(label, None) != expected
        }


def tables() -> list[str]:
    """Return the names of the tables."""
    return sorted(path.stem for path in (HERE / "cases").glob("*.js"))


def by_node(table: str, first: str = "") -> dict[str, object]:
    """Return the results of Node, in a process of its own whose time zone is UTC.

    ``first`` is evaluated before the table.
    """
    source = (
        'const require = (await import("node:module")).createRequire("/table.js");\n'
        + HEAD
        + first
        + (HERE / "cases" / f"{table}.js").read_text()
        + "\nprocess.stdout.write(JSON.stringify(await caisson.run()));\n"
    )
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "-"],
        input=source,
        capture_output=True,
        text=True,
        timeout=NODE_TIMEOUT_S,
        env={"PATH": path, "TZ": "UTC", "LANG": "en_US.UTF-8"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    results = json.loads(done.stdout)
    assert isinstance(results, dict)
    return results


def by_guest(sandbox: Sandbox, table: str, first: str = "") -> dict[str, object]:
    """Return the results of the guest, in one call; ``first`` is evaluated before the table."""
    source = (
        HEAD
        + first
        + (HERE / "cases" / f"{table}.js").read_text()
        + "\nexports.agents = {main: {tools: {t: {execute: () => caisson.run()}}}};\n"
    )
    loaded = sandbox.load(source, module=False, limits=LIMITS)
    # Granted, with no network behind it: a refusal would come before other errors.
    away: dict[str, object] = {"failure": {"kind": "THROWN", "message": "there is no network"}}
    results = loaded.call("t", limits=LIMITS, granted={"fetch": lambda _: away}).value
    assert isinstance(results, dict)
    return results


def judge(sandbox: Sandbox, table: str, first: str = "") -> Verdict:
    """Run a table on both sides, after ``first``."""
    return Verdict(by_node(table, first), by_guest(sandbox, table, first))
