"""While hostile programs run, every call of another tenant succeeds."""

from __future__ import annotations

import asyncio
import json

from tests.hostile.campaign import NEIGHBOUR, run_steps
from tests.hostile.program_files import Program, programs
from tests.hostile.test_programs import NEIGHBOUR_ANSWER
from tests.toolrunner.clients import Runner, opened_stream

# From each class, programs that use up what a neighbour needs: CPU, memory, bandwidth to the
# client.
CLASSES = ("loops", "memory", "stack", "console", "results")
OF_EACH = 6
ATTACKERS = 3


def attackers() -> list[Program]:
    """Return some programs of each class, spread over the class."""
    chosen = []
    for name in CLASSES:
        group = [each for each in programs() if each.name.startswith(f"{name}/")]
        chosen += group[:: len(group) // OF_EACH][:OF_EACH]
    return chosen


async def attack(address: str, waiting: list[Program]) -> None:
    while waiting:
        await run_steps(address, waiting.pop())


async def test_neighbours_calls_all_succeed(runner: Runner) -> None:
    waiting = attackers()
    attacks = [asyncio.create_task(attack(runner.address, waiting)) for _ in range(ATTACKERS)]
    answers = []
    async with opened_stream(runner.address, NEIGHBOUR) as stream:
        while not all(each.done() for each in attacks):
            ended = await stream.run("twice", '{"n": 21}', agent="default")
            answers.append(json.loads(ended.output))
    await asyncio.gather(*attacks)
    assert not waiting
    assert len(answers) >= len(CLASSES) * OF_EACH
    assert all(answer == NEIGHBOUR_ANSWER for answer in answers)


async def test_neighbours_waiting_calls_are_not_lost(runner: Runner) -> None:
    source = b"""
    export default { tools: { nap: { async execute({ ms }) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return "rested";
    } } } };
    """
    waiting = attackers()[::2]
    async with opened_stream(runner.address, source) as stream:
        naps = [await stream.start("nap", '{"ms": 500}', agent="default") for _ in range(20)]
        attacks = [asyncio.create_task(attack(runner.address, waiting)) for _ in range(ATTACKERS)]
        rested: dict[str, str] = {}
        while len(rested) < len(naps):
            response = await stream.receive()
            rested[response.result.call_id] = response.result.output_json
        assert rested == dict.fromkeys(naps, '"rested"')
        await asyncio.gather(*attacks)
