"""``caisson audit``: who did what to what, as the database has it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from services.cli.errors import EXIT_DONE, EXIT_FAILED, UnreachableError, UsageError
from services.cli.inputs import read_text
from services.cli.installed import EXECUTOR, require
from services.cli.interrupts import run as run_to_end
from services.cli.service_settings import settings_of_both
from services.cli.show.terminal import Terminal
from services.executor.audit.chain import AuditRow, Link
from services.executor.errors import SetupError
from services.executor.run_errors import DatabaseError

READING: Final = "services.executor.adapters.database.audit_reading"
"""Imported when it is used: it imports SQLAlchemy."""
NOTED: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
NANO: Final = 1_000_000_000


@click.group("audit", short_help="Show, check and export the audit trail.")
def audit_command() -> None:
    """Show, check and export the audit trail of the database, also while executors use it.

    It is the database of CAISSON_EXECUTOR_DATABASE_URL, or else the file in this user's state
    folder.
    """


def organisation_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option for one organisation."""
    text = "Only what callers of this organisation did; '' is for callers that say no name."
    option = click.option("--organisation", metavar="NAME", default=None, help=text)
    return option(command)


@audit_command.command("list")
@organisation_option
@click.option("--action", metavar="ACTION", default="", help="Only this action, as run.created.")
@click.option("--target", metavar="ID", default="", help="Only what was done to this.")
@click.option("--before", metavar="NUMBER", type=click.IntRange(1), help="Only earlier rows.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_command(
    organisation: str | None, action: str, target: str, before: int | None, limit: int
) -> int:
    """Show entries, the latest first."""
    wanted = (
        None if organisation is None else read_text(organisation, "--organisation"),
        read_text(action, "--action"),
        read_text(target, "--target"),
        before,
    )
    return run_to_end(show_list(wanted, limit))


@audit_command.command("verify")
@click.option(
    "--noted",
    metavar="NUMBER:HASH",
    help="The end of the chain as an earlier check printed it, and somebody has kept elsewhere.",
)
def verify_command(noted: str | None) -> int:
    """Check the whole chain: no row was changed, removed or moved.

    Who can write to the database can make a chain anew, with all hashes: keep the end that this
    prints elsewhere, and give it to a later check with --noted.

    Exit status: 0 nothing is wrong, 1 something is, or the database cannot be used.
    """
    link = None
    if noted is not None:
        found = NOTED.fullmatch(noted)
        if found is None:
            raise UsageError("--noted is NUMBER:HASH, as `caisson audit verify` prints it.")
        link = Link(int(found[1]), found[2])
    return run_to_end(verify(link))


@audit_command.command("export")
@organisation_option
def export_command(organisation: str | None) -> int:
    """Print all rows, the oldest first, each as a line of JSON with its hash."""
    wanted = None if organisation is None else read_text(organisation, "--organisation")
    return run_to_end(export(wanted))


async def show_list(wanted: tuple[Any, ...], limit: int) -> int:
    """Print entries; return the exit status."""
    reading = _reading()
    rows: list[AuditRow] = await _asked(reading.latest, reading.AuditFilter(*wanted), limit)
    with Terminal() as terminal:
        for row in rows:
            said = json.loads(row.text)
            who = said["subject"] or said["key_id"] or "somebody"
            whose = f" of {said['organisation']}" if said["organisation"] else ""
            times = f" {said['count']} times" if said["count"] != 1 else ""
            more = ", ".join(f"{name} {value}" for name, value in said["detail"].items() if value)
            terminal.parts(
                (f"{row.number} · {_time(row.time_ns)} · ", "dim"),
                (f"{said['action']}{times}", "bold"),
                (f" · {said['target']}" if said["target"] else "", ""),
                (f" · by {who}{whose} from {said['origin'] or 'here'}", ""),
                (f" · {more}" if more else "", "dim"),
            )
        if not rows:
            terminal.line("There are no such entries.", "dim")
    return EXIT_DONE


async def verify(noted: Link | None) -> int:
    """Check the chain and print what is wrong; return the exit status."""
    found = await _asked(_reading().verified, noted)
    with Terminal() as terminal:
        for fault in found.faults:
            terminal.line(fault, "red")
        if not found.faults:
            since = found.ends.anchor.number
            begins = f", from row {since + 1} on: older ones have expired" if since else ""
            terminal.line(f"{found.rows:,} rows follow one another{begins}.")
            terminal.line(f"The end: {found.ends.head.number}:{found.ends.head.hash}")
    return EXIT_FAILED if found.faults else EXIT_DONE


async def export(organisation: str | None) -> int:
    """Print all rows; return the exit status."""

    def write(row: AuditRow) -> None:
        line = {"entry": json.loads(row.text), "previous": row.previous, "hash": row.hash}
        click.echo(json.dumps(line, separators=(",", ":")))

    await _asked(_reading().exported, organisation, write)
    return EXIT_DONE


def _reading() -> Any:
    require(EXECUTOR)
    return import_module(READING)


async def _asked(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of the adapter with the place of the database, in a thread.

    Raises:
        UsageError: there is no database, or it is of another version.
        UnreachableError: it cannot be used.
    """
    settings, _ = settings_of_both()
    place: Path | str = settings.database_url or Path(settings.state_dir)
    if not settings.database_url and not settings.state_dir:
        raise UsageError("CAISSON_EXECUTOR_STATE_DIR is empty, so that no file has a trail.")
    try:
        return await asyncio.to_thread(function, place, *arguments)
    except SetupError as error:
        raise UsageError(error.message) from None
    except DatabaseError as error:
        raise UnreachableError(error.message) from None


def _time(time_ns: int) -> str:
    """Return a time as text, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time_ns // NANO)) + "Z"
