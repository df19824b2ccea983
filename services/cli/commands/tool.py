"""``caisson tool``: one call of one tool, with no model."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from services.cli.client.replays_wire import FileRecorder
from services.cli.client.tool_call import CALL_ID, call_tool, outcome_of
from services.cli.commands.options import (
    agent_arguments_option,
    allow_fetch_option,
    allow_models_option,
    bundle_argument,
    env_option,
    secret_option,
)
from services.cli.domain import MIB, ToolAskedModel, ToolFetched
from services.cli.egress import EgressOptions, connections
from services.cli.errors import EXIT_DONE, EXIT_FAILED, UsageError
from services.cli.hosting import all_started, private_toolrunner
from services.cli.inputs import (
    NamedBundle,
    read_agent_arguments,
    read_bundle,
    read_json,
    read_json_object,
)
from services.cli.interrupts import run as run_to_end
from services.cli.reading import private_schemas, read, reading_of
from services.cli.service_settings import settings_of_both
from services.cli.show.outside_text import json_line
from services.cli.show.terminal import Terminal
from services.cli.show.tool import outcome_object, show_outcome
from services.cli.tool_models import tool_models
from services.cli.tool_outcome import ToolOutcome
from services.executor.adapters.bundle_open import open_slicer
from services.executor.agent.factories import with_arguments
from services.executor.agent.picking import pick_agent
from services.executor.agent.ports import ToolInvocation
from services.executor.agent.tool_inputs import AgentTools, InvalidCall, needs_person
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import ToolCall
from services.executor.domain import (
    AgentSpec,
    FailureKind,
    JsonObject,
    Manifest,
    ToolFailure,
    ToolUsage,
)
from services.executor.egress.grants import not_granted
from services.executor.errors import RequestError, UnknownAgentError
from services.executor.events import ToolRequest
from services.executor.limits import ToolCallLimits
from services.toolrunner.settings import PREFIX, Settings

MAX_FUEL = 2**62
MAX_MEMORY_MIB = 4096
MAX_TIMEOUT_S = 3600.0
DEFAULTS = Settings()
OPTION = "On the command line, --approve approves it."


def default_of(value: object, setting: str) -> str:
    """Return the text for a limit's default."""
    return f"Default: {value}, or {PREFIX}{setting}."


@dataclass(frozen=True)
class ToolCallLine:
    """The call that the command line describes."""

    named: NamedBundle
    agent: str
    agent_arguments: list[Any] | None
    tool: str
    input_json: str
    context: JsonObject
    limits: ToolCallLimits
    egress: EgressOptions
    approved: bool = False
    allow_models: bool = False
    record: Path | None = None

    def env_names(self) -> set[str]:
        """Return the names in the tool's environment."""
        given = self.context.get("env")
        secrets = {each.name for each in self.egress.policy().secrets}
        return secrets.union(self.egress.values(), given if isinstance(given, dict) else ())

    def runner_settings(self) -> dict[str, str]:
        """Return the settings with which a private toolrunner allows these limits."""
        memory = self.limits.memory_bytes
        # A call begins with the memory that the load has filled.
        load = None if memory is None else max(memory, DEFAULTS.load_memory_bytes)
        wanted = {
            "CAISSON_TOOLRUNNER_WORKERS": "1",
            "CAISSON_TOOLRUNNER_CALL_FUEL": self.limits.fuel,
            "CAISSON_TOOLRUNNER_LOAD_MEMORY_BYTES": load,
            "CAISSON_TOOLRUNNER_LOAD_HEAP_BYTES": load,
            "CAISSON_TOOLRUNNER_CALL_MEMORY_BYTES": memory,
            "CAISSON_TOOLRUNNER_CALL_HEAP_BYTES": memory,
            "CAISSON_TOOLRUNNER_CALL_TIMEOUT_S": self.limits.timeout_s,
            "CAISSON_TOOLRUNNER_CALL_HOST_WAIT_S": self.limits.timeout_s,
        }
        return {name: str(value) for name, value in wanted.items() if value is not None}


@click.command("tool")
@bundle_argument
@click.argument("agent", metavar="AGENT")
@click.argument("tool", metavar="TOOL")
@click.argument("input_json", metavar="[INPUT_JSON]", default="{}")
@agent_arguments_option
@click.option(
    "--context",
    metavar="JSON",
    default="{}",
    show_default=True,
    help="The request context for the tool: a JSON object.",
)
@click.option(
    "--fuel",
    metavar="N",
    type=click.IntRange(1, MAX_FUEL),
    help="Stop the call after N units of fuel, about one for each instruction. "
    + default_of(DEFAULTS.call_fuel, "CALL_FUEL"),
)
@click.option(
    "--memory-mib",
    metavar="N",
    type=click.IntRange(1, MAX_MEMORY_MIB),
    help="Let the call use N MiB of memory, engine and bundle included. "
    + default_of(DEFAULTS.call_memory_bytes // MIB, "CALL_MEMORY_BYTES"),
)
@click.option(
    "--timeout-s",
    metavar="X",
    type=click.FloatRange(0.001, MAX_TIMEOUT_S),
    help="Stop the call after X seconds, waiting for the network included. "
    + default_of(f"{DEFAULTS.call_timeout_s:g}", "CALL_TIMEOUT_S"),
)
@click.option(
    "--approve",
    is_flag=True,
    help="Approve the call, as a person would: a tool that asks for that is run.",
)
@click.option(
    "--record",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a recording of the call to FILE, for `caisson replay`. It holds what the tool "
    "sees: input, context, plain values and answers to its requests, but no secrets.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object.")
@allow_fetch_option
@allow_models_option
@secret_option
@env_option
def tool_command(
    bundle: str,
    agent: str,
    tool: str,
    input_json: str,
    agent_args: str | None,
    context: str,
    fuel: int | None,
    memory_mib: int | None,
    timeout_s: float | None,
    approve: bool,
    record: Path | None,
    as_json: bool,
    allow_fetch: tuple[str, ...],
    allow_models: bool,
    secrets: tuple[str, ...],
    env: tuple[str, ...],
) -> int:
    """Call TOOL of AGENT once, in a fresh sandbox, with no model.

    BUNDLE is a path or an http(s) URL. INPUT_JSON is the tool's input: {} by default, read from
    standard input if it is "-". It is validated against the tool's schema first, as in a run. A
    tool that needs a person's approval runs with --approve only.

    Exit status: 0 success, 1 the tool failed, 2 the command or the bundle is wrong,
    130 interrupted.
    """
    if context == "-" == input_json:
        raise UsageError("INPUT_JSON and --context cannot both come from standard input.")
    call = ToolCallLine(
        named=read_bundle(bundle),
        agent=agent,
        agent_arguments=read_agent_arguments(agent_args),
        tool=tool,
        input_json=read_json(input_json, "INPUT_JSON"),
        context=json.loads(read_json_object(context, "--context")),
        limits=ToolCallLimits(
            timeout_s=timeout_s,
            fuel=fuel,
            memory_bytes=None if memory_mib is None else memory_mib * MIB,
        ),
        egress=EgressOptions(allow_fetch, secrets, env),
        approved=approve,
        allow_models=allow_models,
        record=record,
    )
    call.egress.policy()
    call.egress.values()
    return run_to_end(show_call(call, as_json=as_json))


async def show_call(line: ToolCallLine, *, as_json: bool) -> int:
    """Make the call and show its outcome; return the exit status.

    Raises:
        CliError: the bundle, agent or tool is wrong, or the sandbox cannot be started.
    """
    with Terminal() as terminal:
        if not as_json:
            terminal.wait("reading the bundle")
        outcome = await make_call(line)
        if as_json:
            click.echo(json_line(outcome_object(outcome)))
        else:
            show_outcome(terminal, line.tool, outcome)
    return EXIT_DONE if outcome.failure is None else EXIT_FAILED


async def make_call(line: ToolCallLine) -> ToolOutcome:
    """Read the bundle while a toolrunner starts, check the input, make the call."""
    async with private_toolrunner(line.runner_settings()) as toolrunner:
        settings, _ = settings_of_both()
        context = line.context if settings.sandbox_schemas else None
        bundle = await read(line.named, context=context, egress=line.egress, runner=toolrunner)
        agent = addressed(agent_of(bundle.manifest, line.agent), line.agent_arguments)
        async with private_schemas(settings) as schemas:
            tools = await AgentTools.made(agent, schemas, OWN_PROCESS)
            if line.tool not in tools.offered:
                raise no_such_tool(agent, line.tool, bundle.manifest)
            checked = await tools.check(ToolCall(CALL_ID, line.tool, line.input_json), OWN_PROCESS)
        if isinstance(checked, InvalidCall):
            failure = ToolFailure(FailureKind.INVALID_INPUT, checked.error_text)
            return outcome_of("", failure, ToolUsage())
        if tools.needs_person(line.tool) and not line.approved:
            return outcome_of("", with_option(needs_person(line.tool)), ToolUsage())
        await all_started(toolrunner)
        fetched: list[ToolFetched] = []
        queries: list[ToolAskedModel] = []

        async def record(event: ToolRequest) -> None:
            fetched.append(fetched_of(event))

        call = ToolInvocation(
            agent.key,
            line.tool,
            checked.input_json,
            line.context,
            CALL_ID,
            gated=bool(agent.tools[line.tool].gates),
            approved=line.approved,
        )
        slicer = open_slicer(reading_of(settings), prefers=settings.prefer_slices)
        try:
            async with (
                tool_models(agent, settings, queries, granted=line.allow_models) as models,
                line.egress.open(line.agent, record, connections, line.context, models) as broker,
            ):
                recorder = None if line.record is None else FileRecorder(line.record)
                made = (toolrunner.address, bundle.program, line.limits, call, broker, slicer)
                outcome = await call_tool(*made, recorder)
        finally:
            await slicer.close()
        failed = outcome.failure
        if failed is not None and failed.kind == FailureKind.NOT_APPROVED.value:
            failed = replace(failed, message=f"{failed.message}. {OPTION}")
        return replace(
            outcome,
            failure=failed,
            requests=tuple(fetched),
            queries=tuple(queries),
            not_granted=not_granted(agent.tools[line.tool], line.env_names()),
        )


def with_option(failure: ToolFailure) -> ToolFailure:
    """Return the failure of a call that is not approved, with what to do here."""
    return replace(failure, message=f"{failure.message}. {OPTION}")


def fetched_of(event: ToolRequest) -> ToolFetched:
    """Return a brokered request for display."""
    return ToolFetched(
        event.call_id,
        event.method,
        event.host,
        event.path,
        event.status,
        event.response_bytes,
        event.seconds,
        event.error,
    )


def agent_of(manifest: Manifest, key: str) -> AgentSpec:
    """Return the agent that a run would pick; raises UsageError, which lists the agents."""
    try:
        return pick_agent(manifest, key)
    except (RequestError, UnknownAgentError) as error:
        raise UsageError(error.message) from None


def addressed(agent: AgentSpec, arguments: list[Any] | None) -> AgentSpec:
    """Return the agent that its function makes of arguments; raises UsageError."""
    try:
        return with_arguments(agent, arguments)
    except RequestError as error:
        raise UsageError(error.message) from None


def no_such_tool(agent: AgentSpec, key: str, manifest: Manifest) -> UsageError:
    """Return why the tool cannot be called: it does not exist, or is disabled."""
    path = f"agents.{agent.key}.tools"
    unknown = [f"{each.path}: {each.reason}" for each in agent.refusals if each.path == path]
    if key not in agent.tools and unknown:
        return UsageError(f'The tools of the agent "{agent.key}" are not known.', tuple(unknown))
    if key not in agent.tools:
        known = ", ".join(agent.tools) or "none"
        return UsageError(f'The agent "{agent.key}" has no tool "{key}". Its tools are: {known}.')
    path = f"agents.{agent.key}.tools.{key}"
    reasons = [
        f"{each.path}: {each.reason}"
        for each in manifest.diagnostics
        if each.path == path or each.path.startswith(path + ".")
    ]
    return UsageError(f'The tool "{key}" is disabled.', tuple(reasons))
