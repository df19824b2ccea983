"""``caisson runs``: the runs that an executor has recorded."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Final, TypeVar

import click

from services.cli.client.recorded_wire import (
    STATES,
    ShownRun,
    Wanted,
    cancel_run,
    delete_run,
    events_of,
    run_of,
    runs_of,
)
from services.cli.client.wire import Answer
from services.cli.commands.answers import answer_command, inputs_command
from services.cli.commands.options import runs_server_option
from services.cli.commands.run import JsonView, TextView, executor_at
from services.cli.commands.runs_replay import replay_runs_command
from services.cli.errors import EXIT_DONE, EXIT_FAILED, UsageError
from services.cli.inputs import read_text
from services.cli.interrupts import run as run_to_end
from services.cli.show.outside_text import one_line
from services.cli.show.run import RunView, count
from services.cli.show.terminal import Terminal

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_SHOWN: Final = 50
STYLES: Final = {
    "queued": "yellow",
    "running": "cyan",
    "waiting": "magenta",
    "completed": "green",
    "failed": "red",
    "aborted": "yellow",
}
MINUTE_S: Final = 60
LABEL_WIDTH: Final = 9

run_argument = click.argument("run", metavar="RUN")
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print each run as a line of proto3 JSON."
)


@click.group("runs", short_help="List, watch, show, answer, stop and delete runs.")
def runs_command() -> None:
    """List, watch, show, answer, stop, replay and delete the runs that an executor has recorded.

    `caisson run` prints the id of each run, and `caisson run --detach` begins one that goes on by
    itself. Ended runs are kept for some days.
    """


runs_command.add_command(replay_runs_command)
runs_command.add_command(inputs_command)
runs_command.add_command(answer_command)


@runs_command.command("list")
@click.option("--session", metavar="ID", default="", help="Only runs of this conversation.")
@click.option("--resource", metavar="ID", default="", help="Only runs of this owner: a user's id.")
@click.option(
    "--state",
    "states",
    type=click.Choice(STATES),
    multiple=True,
    help="Only runs in this state. May be given several times.",
)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1),
    default=DEFAULT_SHOWN,
    show_default=True,
    help="Show at most N runs.",
)
@runs_server_option
@json_option
def list_command(
    session: str, resource: str, states: tuple[str, ...], limit: int, server: str, as_json: bool
) -> int:
    """List runs, the latest first."""
    wanted = Wanted(read_text(session, "--session"), read_text(resource, "--resource"), states)
    return run_to_end(show_list(wanted, limit, server, as_json=as_json))


@runs_command.command("watch", short_help="Show the events of RUN until it ends.")
@run_argument
@click.option(
    "--after",
    metavar="N",
    type=click.IntRange(0),
    default=0,
    help="Leave out the events up to the one with sequence N.",
)
@runs_server_option
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of proto3 JSON.")
def watch_command(run: str, after: int, server: str, as_json: bool) -> int:
    """Show the events of RUN from the first one on, and those to come until it ends.

    Ctrl-C ends the watching; the run goes on at its executor.

    Exit status: as that of `caisson run`.
    """
    return run_to_end(watch(read_text(run, "RUN"), after, server, as_json=as_json))


@runs_command.command("show")
@run_argument
@runs_server_option
@json_option
def show_command(run: str, server: str, as_json: bool) -> int:
    """Show the state of RUN, and how it ended."""
    return run_to_end(show_run(read_text(run, "RUN"), server, as_json=as_json))


@runs_command.command("cancel")
@run_argument
@runs_server_option
@json_option
def cancel_command(run: str, server: str, as_json: bool) -> int:
    """Stop RUN. A run that has ended stays as it is."""
    return run_to_end(stop(read_text(run, "RUN"), server, as_json=as_json))


@runs_command.command("delete")
@run_argument
@runs_server_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def delete_command(run: str, server: str, yes: bool) -> int:
    """Delete RUN, with its events, permanently. Its conversation keeps what was said."""
    run = read_text(run, "RUN")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("Deleting a run cannot be undone. Add --yes to do it.")
        click.confirm(f"Delete the run {run} permanently?", abort=True, err=True)
    return run_to_end(forget(run, server))


async def show_list(wanted: Wanted, limit: int, server: str, *, as_json: bool) -> int:
    """Print runs; return the exit status."""
    with Terminal() as terminal:
        async with executor_at(server, {}) as address, aclosing(runs_of(address, wanted)) as runs:
            found = 0
            async for run in runs:
                found += 1
                if found > limit:
                    if not as_json:
                        terminal.remark(f"There are more; --limit {2 * limit} shows more.")
                    break
                if as_json:
                    click.echo(run.line)
                else:
                    show_line(terminal, run)
            if not found and not as_json:
                terminal.line("There are no such runs.", "dim")
    return EXIT_DONE


async def watch(run_id: str, after: int, server: str, *, as_json: bool) -> int:
    """Show the events of a run; return the exit status.

    Raises:
        CliError: there is no such run, it failed, or nobody answers any more.
    """
    with Terminal() as terminal:
        if not as_json:
            terminal.wait("calling the executor" if server else "starting the services")
        async with executor_at(server, {}) as address:
            view, answer = JsonView() if as_json else TextView(terminal, server), Answer()
            async with aclosing(events_of(address, run_id, after)) as events:
                try:
                    async for event in events:
                        view.show(event)
                        answer.feed(event)
                except asyncio.CancelledError:
                    if server and not as_json:
                        terminal.line("You stopped watching; the run goes on.", "yellow")
                    raise
            if after and not as_json:
                return await status_of(address, run_id)
            return EXIT_DONE if answer.complete else EXIT_FAILED


async def status_of(address: str, run_id: str) -> int:
    """Return the exit status for a run that has ended; raises CliError."""
    run = await run_of(address, run_id)
    return EXIT_DONE if run.state == "completed" else EXIT_FAILED


async def show_run(run_id: str, server: str, *, as_json: bool) -> int:
    """Print a run; return the exit status."""
    with Terminal() as terminal:
        async with executor_at(server, {}) as address:
            run = await run_of(address, run_id)
        if as_json:
            click.echo(run.line)
            return EXIT_DONE
        terminal.parts((one_line(run.run_id), "bold"), (" · ", "dim"), _state(run))
        session = f"{run.session_id} of {run.resource_id}" if run.resource_id else run.session_id
        for label, text in (
            ("agent", run.agent),
            ("deployed", run.deployed),
            ("bundle", run.bundle),
            ("session", session),
            ("created", run.created),
            ("took", "" if run.took_s is None else took_text(run.took_s)),
            ("events", f"{run.events:,}"),
        ):
            if text:
                terminal.parts((f"    {label:{LABEL_WIDTH}}", "dim"), (one_line(text), ""))
        if run.ending is not None:
            RunView(terminal).show(run.ending)
        if run.error:
            terminal.line(run.error, "red")
    return EXIT_DONE


async def stop(run_id: str, server: str, *, as_json: bool) -> int:
    """Stop a run; return the exit status."""
    with Terminal() as terminal:
        async with executor_at(server, {}) as address:
            run = await cancel_run(address, run_id)
        if as_json:
            click.echo(run.line)
        elif run.has_ended:
            terminal.parts((f"The run {one_line(run_id)} has ended: ", "dim"), _state(run))
        else:
            terminal.line(f"The run {run_id} is being stopped.", "dim")
    return EXIT_DONE


async def forget(run_id: str, server: str) -> int:
    """Delete a run; return the exit status."""
    with Terminal() as terminal:
        async with executor_at(server, {}) as address:
            await delete_run(address, run_id)
        terminal.line(f"The run {run_id} is deleted.", "dim")
    return EXIT_DONE


def show_line(terminal: Terminal, run: ShownRun) -> None:
    """Write a run as one line."""
    took = "" if run.took_s is None else f" · {took_text(run.took_s)}"
    session = f" · session {run.session_id}" if run.session_id else ""
    terminal.parts(
        (one_line(run.run_id), "bold"),
        (f" · {run.created} · ", "dim"),
        _state(run),
        (one_line(f"{took} · {count(run.events, 'event')}"), "dim"),
        (one_line(f" · {run.agent}{session}"), ""),
    )


def took_text(seconds: float) -> str:
    """Return a time in units that a person reads."""
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), MINUTE_S)
    hours, minutes = divmod(minutes, MINUTE_S)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


def _state(run: ShownRun) -> tuple[str, str]:
    return run.state, STYLES.get(run.state, "")
