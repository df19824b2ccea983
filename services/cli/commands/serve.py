"""``caisson serve``, ``caisson executor`` and ``caisson toolrunner``: the services themselves."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from services.cli.errors import EXIT_DONE, StoppedError, UnreachableError
from services.cli.hosting import MODULES, TOOLRUNNER_OF_EXECUTOR, Child, all_started, start
from services.cli.installed import EXECUTOR, TOOLRUNNER, require
from services.cli.interrupts import run as run_to_end
from services.cli.service_settings import settings_of_both
from services.cli.settings_help import settings_of
from services.executor import settings as executor_settings
from services.toolrunner import settings as toolrunner_settings


class SettingsCommand(click.Command):
    """A command whose help ends with the environment variables that it reads."""

    settings_class: type = object
    prefix: str = ""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each variable with its meaning and its default."""
        rows = [
            (each.variable, f"{each.meaning} [{each.default}]")
            for each in settings_of(self.settings_class, self.prefix)
        ]
        with formatter.section("Environment"):
            formatter.write_dl(rows, col_max=44)


class ExecutorCommand(SettingsCommand):
    """Shows the executor's settings."""

    settings_class = executor_settings.Settings
    prefix = executor_settings.PREFIX


class ToolrunnerCommand(SettingsCommand):
    """Shows the toolrunner's settings."""

    settings_class = toolrunner_settings.Settings
    prefix = toolrunner_settings.PREFIX


@click.command("serve")
@click.option(
    "--executor",
    metavar="ADDR",
    default="",
    help="Where the executor listens: HOST:PORT or unix:/path. "
    f"[{executor_settings.Settings().address}]",
)
@click.option(
    "--toolrunner",
    metavar="ADDR",
    default="",
    help="Where the toolrunner listens, and the executor finds it. "
    f"[{toolrunner_settings.Settings().address}]",
)
def serve_command(executor: str, toolrunner: str) -> int:
    """Run both services in this terminal until Ctrl-C.

    Both read their settings from the environment: `caisson executor --help` and
    `caisson toolrunner --help` list them.
    """
    require(EXECUTOR, TOOLRUNNER)
    # Reading all settings here finds a wrong variable before anything is started.
    executor_default, toolrunner_default = settings_of_both()
    executor = executor or executor_default.address
    toolrunner = toolrunner or toolrunner_default.address
    try:
        run_to_end(serve(executor, toolrunner))
    except StoppedError:
        click.echo("stopped", err=True)
    return EXIT_DONE


async def serve(executor_address: str, toolrunner_address: str) -> None:
    """Run both services until one ends or this is cancelled.

    Raises:
        UnreachableError: one of them did not start, or ended.
    """
    settings = {TOOLRUNNER_OF_EXECUTOR: toolrunner_address}
    async with (
        start(TOOLRUNNER, toolrunner_address, quiet=False) as toolrunner,
        start(EXECUTOR, executor_address, settings=settings, quiet=False) as executor,
    ):
        await all_started(toolrunner, executor)
        click.echo(f"executor    {executor_address}", err=True)
        click.echo(f"toolrunner  {toolrunner_address}", err=True)
        click.echo("Both services are ready. Ctrl-C stops them.", err=True)
        await first_to_end(toolrunner, executor)


async def first_to_end(*children: Child) -> None:
    """Wait until a service ends, and raise UnreachableError for it."""
    waits = {asyncio.ensure_future(child.process.wait()): child for child in children}
    try:
        ended, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    child = waits[ended.pop()]
    raise UnreachableError(
        f"The {child.service} ended with status {child.process.returncode}: {child.complaint()}"
    )


@click.command("executor", cls=ExecutorCommand)
def executor_command() -> None:
    """Run the executor alone until Ctrl-C."""
    become(EXECUTOR)


@click.command("toolrunner", cls=ToolrunnerCommand)
def toolrunner_command() -> None:
    """Run the toolrunner alone until Ctrl-C."""
    become(TOOLRUNNER)


def become(service: str) -> None:
    """Turn this process into the service, which then gets every signal itself.

    Raises:
        UsageError: it is not installed.
    """
    require(service)
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: the folder in which a person works may have a package `services`.
    command = [sys.executable, "-P", "-m", MODULES[service]]
    os.execv(sys.executable, command)  # noqa: S606 - our module
