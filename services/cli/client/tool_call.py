"""One call of a tool in a toolrunner, as ``caisson tool`` and ``caisson doctor`` make it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

from services.cli.client.clients import refusals_told
from services.cli.domain import (
    MIB,
    ToolCost,
    ToolFailed,
    ToolLogged,
)
from services.cli.errors import UnreachableError
from services.cli.tool_outcome import LeftOut, LoadCost, ToolOutcome
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.recording import RunRecording
from services.executor.adapters.toolrunner.runner_wire import RunnerCapabilities
from services.executor.adapters.toolrunner.tapes import RecordBounds
from services.executor.adapters.toolrunner.wire import (
    LoadFailed,
    Opened,
    Opening,
)
from services.executor.agent.ports import CallRecorder, ToolInvocation
from services.executor.bundle.ports import Slicer
from services.executor.domain import ConsoleLine, Program, ToolFailure, ToolUsage
from services.executor.egress.broker import RunBroker
from services.executor.errors import RunnerUnavailableError
from services.executor.limits import ToolCallLimits

CALL_ID = "call-1"
RECORDED = RecordBounds(call_bodies=2 * MIB, run_bodies=2 * MIB)


async def capabilities_of(address: str) -> RunnerCapabilities:
    """Return the capabilities of the toolrunner at ``address``; raises CliError."""
    client = ToolRunnerClient(address)
    try:
        with refusals_told(address):
            return await client.capabilities()
    except RunnerUnavailableError as error:
        raise UnreachableError(error.message) from None
    finally:
        await client.close()


async def call_tool(
    address: str,
    program: Program,
    limits: ToolCallLimits,
    invocation: ToolInvocation,
    broker: RunBroker,
    slicer: Slicer | None = None,
    recorder: CallRecorder | None = None,
) -> ToolOutcome:
    """Return the outcome of one tool call in a fresh sandbox; ``broker`` makes its host calls.

    ``slicer`` makes the part of the program to load where all of it cannot be loaded. ``recorder``
    takes the call once it has ended.

    Raises:
        CliError: the toolrunner refused the request, ended early, or does not answer.
    """
    console: list[ConsoleLine] = []

    async def record(line: ConsoleLine) -> None:
        console.append(line)

    run_id = f"tool-{uuid.uuid4().hex}"
    opening = Opening(run_id, program, limits, "", broker.capabilities, broker.env)
    client = ToolRunnerClient(address, slicer=slicer)
    recording = None if recorder is None else RunRecording(recorder, RECORDED)
    tape = None if recording is None else recording.tape()
    try:
        with refusals_told(address):
            async with client.loaded(opening, broker, recording) as found:
                opened = found.opened
                console += opened.console
                if isinstance(opened, LoadFailed):
                    return outcome_of("", opened.failure, opened.usage, console)
                ended = await found.link.call(invocation, record, broker, tape=tape)
                if recording is not None and tape is not None:
                    kept = (found.link, invocation, tape, ended)
                    await recording.keep(*kept, part=found.part is not None)
        outcome = outcome_of(ended.output_json, ended.failure, ended.usage, console)
        part = found.part
        return replace(
            outcome,
            incomplete=opened.incomplete,
            load=load_of(opened),
            model_output_json=ended.model_output_json,
            left_out=None if part is None else LeftOut(part.statements, part.omitted),
        )
    except RunnerUnavailableError as error:
        raise UnreachableError(error.message) from None
    finally:
        await client.close()


def load_of(opened: Opened) -> LoadCost | None:
    """Return the cost of a load for this call alone, None for an image that calls share."""
    private, usage = opened.private, opened.usage
    if private is None:
        return None
    return LoadCost(usage.fuel, usage.wall_s, private.env, private.host_calls)


def outcome_of(
    output_json: str,
    failure: ToolFailure | None,
    usage: ToolUsage,
    console: Iterable[ConsoleLine] = (),
) -> ToolOutcome:
    """Return the end of the call for display."""
    failed = None
    if failure is not None:
        kind = failure.kind.value
        failed = ToolFailed(CALL_ID, kind, failure.message, failure.name, failure.stack)
    cost = ToolCost(CALL_ID, usage.fuel, usage.wall_s, usage.peak_memory_bytes, usage.host_calls)
    lines = tuple(ToolLogged(CALL_ID, line.level, line.text) for line in console)
    return ToolOutcome(output_json, failed, cost, lines)
