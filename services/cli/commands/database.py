"""``caisson database``: the database in which runs and conversations are kept."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import click

from services.cli.errors import EXIT_DONE, EXIT_FAILED, UnreachableError, UsageError
from services.cli.interrupts import run as run_to_end
from services.cli.service_settings import settings_of_both
from services.cli.show.terminal import Terminal
from services.executor.errors import SetupError
from services.executor.run_errors import DatabaseError

# Imported when they are used: they import SQLAlchemy.
DATABASE = "services.executor.adapters.database.database"
EXAMINING = "services.executor.adapters.database.examining"


@click.group("database", short_help="Show the database of runs, or bring it up to date.")
def database_command() -> None:
    """Show the database of runs and conversations, or bring it up to date.

    It is the PostgreSQL of CAISSON_EXECUTOR_DATABASE_URL, or else a SQLite file in this user's
    state folder, which an executor brings up to date by itself when it starts.
    """


@database_command.command("status")
def status_command() -> int:
    """Show where the database is, and whether its tables are those of this version.

    Exit status: 0 it is ready, 1 it cannot be used or is not up to date, 2 a setting is wrong.
    """
    return run_to_end(show_status())


@database_command.command("migrate")
def migrate_command() -> int:
    """Bring the tables of a PostgreSQL to those of this version.

    An executor does the same when it starts. Stop those of a version with an older revision first:
    they cannot save conversations in the new tables.
    """
    return run_to_end(migrate())


async def show_status() -> int:
    """Print what is known of the database; return the exit status."""
    settings, _ = settings_of_both()
    with Terminal() as terminal:
        if not settings.database_url:
            where = settings.state_dir or "no file: nothing is kept between restarts"
            terminal.parts(("SQLite", "bold"), (f" · {where}", ""), (" · for one executor", "dim"))
            return EXIT_DONE
        found = await _asked(EXAMINING, "examine", settings.database_url)
        current = found.state.current == found.state.head
        tables = "no tables yet" if not found.state.current else f"revision {found.state.current}"
        terminal.parts((found.version, "bold"), (f" · {found.place}", ""))
        newest = "the newest" if current else f"this version needs {found.state.head}"
        terminal.line(f"{tables}, {newest}", "" if current else "yellow")
        if found.refusal:
            terminal.line(found.refusal, "red")
    return EXIT_DONE if current and not found.refusal else EXIT_FAILED


async def migrate() -> int:
    """Bring the database up to date; return the exit status."""
    settings, _ = settings_of_both()
    if not settings.database_url:
        raise UsageError(
            "CAISSON_EXECUTOR_DATABASE_URL is not set. A SQLite file needs no migration: the "
            "executor brings it up to date when it starts."
        )
    with Terminal() as terminal:
        before = await _asked(DATABASE, "migrate", settings.database_url)
        done = f"revision {before.head}"
        if before.current == before.head:
            terminal.line(f"The database has {done} already.", "dim")
        else:
            old = f"revision {before.current}" if before.current else "no tables"
            terminal.line(f"The database had {old} and now has {done}.")
    return EXIT_DONE


async def _asked(module: str, name: str, url: str) -> Any:
    """Call a function of the adapter with the URL, in a thread.

    Raises:
        UsageError: the URL is none, or the database is of a newer version.
        UnreachableError: the database cannot be used.
    """
    try:
        return await asyncio.to_thread(vars(import_module(module))[name], url)
    except SetupError as error:
        raise UsageError(error.message) from None
    except DatabaseError as error:
        raise UnreachableError(error.message) from None
