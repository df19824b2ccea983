"""``caisson runs replay``: the recorded tool calls of a run once more."""

from __future__ import annotations

from importlib import import_module

import click

from services.cli.client.recorded_calls_wire import calls_of
from services.cli.commands.options import runs_server_option
from services.cli.commands.run import executor_at
from services.cli.errors import EXIT_DONE, UsageError
from services.cli.inputs import NamedBundle, read_bundle, read_text
from services.cli.installed import EXECUTOR, TOOLRUNNER, require
from services.cli.interrupts import run as run_to_end
from services.cli.show.terminal import Terminal

# Imported when it is used: other commands of `caisson runs` need no service.
REPLAY = "services.cli.commands.replay"


@click.command("replay")
@click.argument("run", metavar="RUN")
@click.option("--call", "call_id", metavar="ID", default="", help="Only calls of this id.")
@click.option(
    "--program",
    metavar="FILE",
    default="",
    help="Make the calls with this bundle: a path or an http(s) URL. Without it, with the run's.",
)
@runs_server_option
@click.option("--json", "as_json", is_flag=True, help="Print each comparison as a line of JSON.")
def replay_runs_command(run: str, call_id: str, program: str, server: str, as_json: bool) -> int:
    """Make the tool calls of RUN once more, exactly, and show what differs.

    They are made in a toolrunner of this command, with the recorded input, random numbers, clock
    and answers to requests; nothing is sent. With --program this shows what a changed bundle would
    have done.

    Exit status: 0 all the same, 1 some differ or cannot be made once more, 2 the command or the
    bundle is wrong, 130 interrupted.
    """
    run, call_id = read_text(run, "RUN"), read_text(call_id, "--call")
    named = read_bundle(program) if program else None
    return run_to_end(replay_run(run, call_id, named, server, as_json=as_json))


async def replay_run(
    run_id: str, call_id: str, named: NamedBundle | None, server: str, *, as_json: bool
) -> int:
    """Make a run's calls once more; return the exit status.

    Raises:
        CliError: there is no such run or call, the bundle is wrong, or nobody answers.
    """
    require(EXECUTOR, TOOLRUNNER)
    async with executor_at(server, {}) as address:
        found = await calls_of(address, run_id, call_id, with_bundle=named is None)
    if not found.calls:
        if call_id:
            raise UsageError(f"The run {run_id} has no recorded call {call_id}.")
        with Terminal() as terminal:
            terminal.line(
                "No tool call of this run is recorded (CAISSON_EXECUTOR_RECORD_CALLS).", "dim"
            )
        return EXIT_DONE
    if named is None:
        named = NamedBundle(run_id, source=bytes(found.bundle))
    status: int = await vars(import_module(REPLAY))["replay_all"](
        named, found.calls, as_json=as_json
    )
    return status
