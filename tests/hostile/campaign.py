"""Runs hostile programs through a real toolrunner, several at once, each beside a neighbour.

The campaign runs on an event loop in its own thread, so that many programs run at once while pytest
asks for one after the other.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any

from google.protobuf.duration_pb2 import Duration

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from tests.hostile.program_files import LOAD, Expected, Program
from tests.toolrunner.clients import Ended, ToolStream, opened_stream, tool_stream

AT_ONCE = 4
PROGRAM_S = 100.0
# A loop of this much fuel ends in a fifth of a second, so it does not hit the time limit first,
# even on a busy machine.
FUEL = 1_000_000_000
# For programs that must use up their fuel.
FUEL_TO_USE_UP = 200_000_000
TIMEOUT_S = 25.0
# As much above the base image as a program needs to be hostile.
MEMORY_BYTES = 84 * 2**20
NEIGHBOUR = b"""
let calls = 0;
export default { tools: { twice: { execute({ n }) {
  const words = ["a", "b"].map((word) => word.toUpperCase());
  return { calls: ++calls, twice: 2 * n, words, own: Object.keys(globalThis).length };
} } } };
"""


@dataclass(frozen=True)
class Report:
    """How each step of a program ended, what the first call wrote, and the neighbour's answer."""

    ends: list[Expected]
    messages: list[str]
    console: list[str]
    neighbour: object


class Campaign:
    """Runs programs from ``start`` on; ``report`` waits for one of them.

    Args:
        address: of the toolrunner.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._reports: dict[str, Future[Report]] = {}

    def start(self, programs: Iterable[Program]) -> None:
        """Begin to run programs, in this order."""
        for program in programs:
            work = asyncio.run_coroutine_threadsafe(self._run(program), self._loop)
            self._reports[program.name] = work

    def report(self, program: Program) -> Report:
        """Return the report of a program that was started."""
        return self._reports[program.name].result()

    def wait_for_all(self) -> None:
        """Wait until every started program has ended."""
        wait(self._reports.values())

    def close(self) -> None:
        """End all running programs and the thread."""
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, program: Program) -> Report:
        async with self._slots, asyncio.timeout(PROGRAM_S):
            ends, messages, console = await run_steps(self._address, program)
            return Report(ends, messages, console, await ask_neighbour(self._address, 21))


async def run_steps(
    address: str, program: Program, tenant: str = "", *, source: bytes = b"", **fields: Any
) -> tuple[list[Expected], list[str], list[str]]:
    """Load a program and make its calls, as a tenant when one is named.

    ``source`` is loaded in place of the program's own, and ``fields`` are more of the opening.
    """
    ends: list[Expected] = []
    messages: list[str] = []
    console: list[str] = []
    async with tool_stream(address) as stream:
        form = "MODULE" if program.is_module else "SCRIPT"
        opened = await stream.open(source or program.source, form, tenant=tenant, **fields)
        if opened.HasField("load_failed"):
            failure = opened.load_failed.failure
            console += [line.text for line in opened.load_failed.console]
            return [expected_of(failure)], [failure.message + failure.stack], console
        for step in program.steps:
            if step.tool == LOAD:
                ends.append(Expected("", result_json='"loaded"'))
                messages.append("")
                continue
            ended = await call(stream, step.tool, program)
            console = console or ended.lines
            ends.append(end_of(ended))
            messages.append(ended.result.failure.message + "\n" + ended.result.failure.stack)
    return ends, messages, console


async def call(stream: ToolStream, tool: str, program: Program) -> Ended:
    """Make one call of a program under its limits."""
    limits = limits_of({"fuel": fuel_of(program), **program.limits})
    return await stream.run(tool, program.input_json, agent="default", limits=limits)


def fuel_of(program: Program) -> int:
    """Return the fuel of each call of a program whose header names none."""
    ways = {way.kind for step in program.steps for way in step.ways}
    return FUEL_TO_USE_UP if ways == {"FUEL_EXHAUSTED"} else FUEL


def limits_of(wanted: dict[str, float]) -> pb.Limits:
    """Return the limits of a call: the campaign's defaults, overridden by those given."""
    timeout = Duration()
    timeout.FromNanoseconds(int(wanted.get("timeout", TIMEOUT_S) * 1e9))
    limits = pb.Limits(
        timeout=timeout,
        fuel=int(wanted.get("fuel", FUEL)),
        memory_bytes=int(wanted.get("memory", MEMORY_BYTES)),
    )
    if "output" in wanted:
        limits.output_bytes = int(wanted["output"])
    if "console" in wanted:
        limits.console_bytes = int(wanted["console"])
    return limits


def end_of(ended: Ended) -> Expected:
    """Return how a call ended."""
    if ended.result.WhichOneof("outcome") == "output_json":
        return Expected("", result_json=ended.result.output_json)
    return expected_of(ended.result.failure)


def expected_of(failure: pb.ToolFailure) -> Expected:
    """Return how a failure would be written in a header."""
    kind = pb.FailureKind.Name(failure.kind).removeprefix("FAILURE_KIND_")
    return Expected(kind, failure.name)


def is_as_expected(end: Expected, ways: tuple[Expected, ...]) -> bool:
    """Return whether an end is allowed; results are compared as JSON values."""
    return any(is_one(end, way) for way in ways)


def is_one(end: Expected, way: Expected) -> bool:
    """Return whether an end matches this one."""
    if way.kind or end.kind:
        return end.kind == way.kind and way.name in (None, end.name)
    if end.result_json == way.result_json:
        return True
    return canonical(end.result_json) == canonical(way.result_json)


def canonical(text: str) -> str:
    """Return JSON text in canonical form."""
    return json.dumps(json.loads(text), sort_keys=True)


async def ask_neighbour(address: str, number: int) -> object:
    """Call the tool of another tenant's program; return what it answers."""
    async with opened_stream(address, NEIGHBOUR) as stream:
        ended = await stream.run("twice", json.dumps({"n": number}), agent="default")
        return json.loads(ended.output)
