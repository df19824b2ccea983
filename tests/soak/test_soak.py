"""Nothing crosses from call to call, and nothing grows: the soak of `make soak`, scaled down."""

from __future__ import annotations

import json
import subprocess

import pytest

from bench.canary_tenants import SOURCE
from bench.memory import Held
from bench.soak import soak
from bench.verdict import Verdict
from tests.npm import node

CALLS = 2000
# So few calls end before allocators settle; a leak of 40 KiB per call would still show.
SLACK_KIB = 64 * 1024
# Two calls in the same context, as if the sandbox were not fresh.
TWICE = """
import vm from "node:vm";
const silent = { log() {}, warn() {}, error() {} };
const exports = {};
const nothing = () => {};
const around = { exports, require: () => ({}), console: silent };
const timers = { setTimeout: nothing, setInterval: nothing };
vm.runInNewContext(process.argv[1], { ...around, ...timers });
const { execute } = exports.agents.main.tools.probe;
const first = await execute({ canary: "canary-1" });
const second = await execute({ canary: "canary-2" });
console.log(JSON.stringify([first.found, second.found]));
"""


async def test_no_canary_crosses_and_nothing_grows() -> None:
    verdict = await soak(CALLS, SLACK_KIB)
    assert not verdict.crossed
    assert not verdict.grew, verdict


def test_probe_finds_state_left_in_context() -> None:
    command = [node(), "--input-type=module", "--eval", TWICE, "--", SOURCE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    first, second = json.loads(done.stdout)
    assert first == []
    expected = {"module state", "closure", "stacks", "clock or chance", "globalThis.canary-1"}
    assert expected <= set(second)
    assert {f"{name}.canary-1" for name in ("Object", "Array", "Promise", "console")} <= set(second)


def samples(*memory_kib: int, threads: int = 5) -> list[Held]:
    first, rest = memory_kib[0], memory_kib[1:]
    return [Held(first, first, 9, 5, 3), *(Held(kib, kib, 9, threads, 3) for kib in rest)]


@pytest.mark.parametrize(
    ("held", "grew"),
    [
        (samples(100, 110, 90, 100), []),
        (samples(100, 200, 300, 400), ["memory"]),
        (samples(100, 100, 100, 100, threads=6), ["threads"]),
    ],
)
def test_growth_is_reported_by_name(held: list[Held], grew: list[str]) -> None:
    assert Verdict(4, [], held, slack_kib=50).grew == grew


def test_crossed_canary_fails_the_verdict() -> None:
    assert not Verdict(4, ["closure"], samples(1, 1, 1, 1)).clean
    assert Verdict(4, [], samples(1, 1, 1, 1)).clean
