"""Calls every function of the language with odd values, in Node and in the guest, and compares."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.toolrunner.domain import MIB, Limits
from tests.guest.sandboxed import Loaded, Sandbox

HERE = Path(__file__).parent
SOURCE = (HERE / "odd_calls.js").read_text()
NODE_TIMEOUT_S = 600
LIMITS = Limits(memory_bytes=192 * MIB, fuel=400_000_000_000, timeout_s=240, output_bytes=64 * MIB)
AT_ONCE = 40
EVERY = """(async (of) => {
  const all = [];
  for (const path of odd.paths()) {
    all.push([path, odd.label(path), await odd.run(path, all.length, of)]);
  }
  return all;
})(%d)"""
TOOL = """
exports.agents = {main: {tools: {t: {execute: async ({work}) => {
  const all = [];
  for (const one of work) all.push(await odd.run(...one));
  return all;
}}}}};
"""

Results = dict[str, str]


@dataclass(frozen=True)
class Function:
    """One function: its path, its name and the results of its calls in Node."""

    path: list[str]
    name: str
    results: Results


@dataclass(frozen=True)
class Difference:
    """A call whose result in the guest (None: the guest lacks the function) is not Node's."""

    function: str
    call: str
    node: str
    guest: str | None


def node_json(head: str, expression: str) -> object:
    """Return the value of an expression in Node, after the statements of ``head``."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "-"],
        input=f"{head}\nprocess.stdout.write(JSON.stringify(await {expression}));\n",
        capture_output=True,
        text=True,
        timeout=NODE_TIMEOUT_S,
        env={"PATH": path, "TZ": "UTC", "LANG": "en_US.UTF-8"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def in_node(of: int) -> list[Function]:
    """Return every function that Node has, with the results of every ``of``-th call."""
    every = node_json(SOURCE, EVERY % of)
    assert isinstance(every, list)
    return [Function(path, name, results) for path, name, results in every]


def in_guest(loaded: Loaded, functions: list[Function], of: int) -> Iterator[Results | None]:
    """Yield the results of the same calls in the guest; None for a function that it lacks."""
    for begin in range(0, len(functions), AT_ONCE):
        some = functions[begin : begin + AT_ONCE]
        work = [[function.path, begin + n, of] for n, function in enumerate(some)]
        value = loaded.call("t", {"work": work}, limits=LIMITS).value
        assert isinstance(value, list)
        yield from value


def compared(sandbox: Sandbox, of: int) -> tuple[int, list[Difference]]:
    """Return how many calls were compared (every ``of``-th), and those that differ."""
    functions = in_node(of)
    loaded = sandbox.load(SOURCE + TOOL, module=False, limits=LIMITS)
    different: list[Difference] = []
    for function, found in zip(functions, in_guest(loaded, functions, of), strict=True):
        for call, node in function.results.items():
            guest = None if found is None else found[call]
            if guest != node:
                different.append(Difference(function.name, call, node, guest))
    return sum(len(function.results) for function in functions), different
