"""Hostile programs in images of their own end as ever, and leave no value of their run."""

from __future__ import annotations

import asyncio
import os
import secrets

import pytest

from tests.hostile.campaign import AT_ONCE, is_as_expected, run_steps
from tests.hostile.program_files import Program, programs
from tests.hostile.test_programs import kind
from tests.repeats import some
from tests.toolrunner.clients import Runner
from tests.toolrunner.memories import gone_soon, holds

# One program in so many, and one of each kind.
SHARE = 40
NAME = "RUN_CANARY"
# What makes an image a run's own: the program reads a value of the run while it loads.
READS = f"\n;try {{ process.env.{NAME}; }} catch {{}}\n".encode()

# Its result lists the names that it was given.
LISTS = "capabilities/process_environment"


async def attack(runner: Runner, program: Program, canary: str) -> str | None:
    """Run a program as a run that grants a canary; return what is wrong with its end."""
    ends, messages, _ = await run_steps(
        runner.address, program, source=program.source + READS, env={NAME: canary}
    )
    ways = [step.ways for step in program.steps]
    if len(ends) == len(ways) and all(map(is_as_expected, ends, ways)):
        return None
    return f"{program.name} ended as {ends}: {messages}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read a worker's memory")
async def test_hostile_programs_leave_no_value_of_their_run(runner: Runner) -> None:
    mark = f"canary-{secrets.token_hex(8)}"
    others = [program for program in programs() if program.name != LISTS]
    waiting = list(enumerate(some(others, SHARE, kind)))
    wrong: list[str | None] = []

    async def work() -> None:
        while waiting:
            number, program = waiting.pop()
            wrong.append(await attack(runner, program, f"{mark}-{number}"))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    assert [each for each in wrong if each is not None] == []
    for worker in runner.workers():
        assert gone_soon(worker, mark), holds(worker, mark.encode())
