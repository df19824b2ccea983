"""``caisson serve``, ``caisson executor`` and ``caisson toolrunner``: the services themselves."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import click

from services.cli.errors import EXIT_DONE, EXIT_INTERRUPTED, StoppedError, UnreachableError
from services.cli.hosting import (
    MODULES,
    STOP_TIMEOUT_S,
    TOOLRUNNER_OF_EXECUTOR,
    Child,
    all_started,
    start,
    started,
)
from services.cli.inputs import check_addresses
from services.cli.installed import EXECUTOR, TOOLRUNNER, require
from services.cli.interrupts import run as run_to_end
from services.cli.service_settings import settings_of_both
from services.cli.settings_help import settings_of
from services.executor import settings as executor_settings
from services.front.foreground import say as write_line
from services.front.foreground import stop_signals
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
    help="Where the toolrunner listens and the executor connects to it. "
    f"[{toolrunner_settings.Settings().address}]",
)
def serve_command(executor: str, toolrunner: str) -> int:
    """Run both services in this terminal until Ctrl-C.

    Both read their settings from the environment: `caisson executor --help` and
    `caisson toolrunner --help` list them.

    Exit status: 0 stopped after both were ready, 1 a service did not start or ended, 2 an option or
    a setting is wrong, 130 interrupted before both were ready.
    """
    require(EXECUTOR, TOOLRUNNER)
    # Report all problems here at once, before anything is started.
    check_addresses({"--executor": executor, "--toolrunner": toolrunner})
    executor_default, toolrunner_default = settings_of_both(to_start=True)
    pair = Pair(
        executor or executor_default.address,
        toolrunner or toolrunner_default.address,
        max(executor_default.drain_s, toolrunner_default.drain_s) + STOP_TIMEOUT_S,
    )
    try:
        run_to_end(pair.serve(), pair.hurry, pair.stopping)
    except StoppedError:
        say("stopped" if pair.ready else "stopped before both services were ready")
        return EXIT_DONE if pair.ready else EXIT_INTERRUPTED
    return EXIT_DONE


class Pair:
    """Both services, each in its own process.

    Args:
        executor: where the executor listens.
        toolrunner: where the toolrunner listens and the executor connects to it.
        stop_s: seconds that each has to stop, including its drain.
    """

    def __init__(self, executor: str, toolrunner: str, stop_s: float) -> None:
        self._executor = executor
        self._toolrunner = toolrunner
        self._stop_s = stop_s
        self._children: list[Child] = []
        self.ready = False

    def __repr__(self) -> str:
        return f"Pair({self._executor}, {self._toolrunner}, started={len(self._children)})"

    def stopping(self) -> None:
        """Tell the person at the terminal that both are stopping."""
        say("stopping; press Ctrl-C again to stop at once")

    def hurry(self) -> None:
        """Cut a running drain short."""
        for child in self._children:
            child.hurry()

    async def serve(self) -> None:
        """Run both services until one ends or this is cancelled; then drain them, in this order.

        Raises:
            UnreachableError: one of them did not start, or ended.
        """
        async with AsyncExitStack() as stack:
            toolrunner = await stack.enter_async_context(self._start(TOOLRUNNER, self._toolrunner))
            if self._toolrunner.endswith(":0"):  # only the toolrunner knows which port that is
                self._toolrunner = await started(toolrunner)
            settings = {TOOLRUNNER_OF_EXECUTOR: self._toolrunner}
            executor = await stack.enter_async_context(
                self._start(EXECUTOR, self._executor, settings)
            )
            for child, address in zip(
                (executor, toolrunner), await all_started(executor, toolrunner), strict=True
            ):
                say(f"{child.service:<11} {address}")
            self.ready = True
            say("Both services are ready. Ctrl-C stops them.")
            await first_to_end(toolrunner, executor)

    @asynccontextmanager
    async def _start(
        self, service: str, address: str, settings: Mapping[str, str] | None = None
    ) -> AsyncIterator[Child]:
        async with start(
            service,
            address,
            settings=settings,
            private=False,
            quiet=False,
            stop_s=self._stop_s,
        ) as child:
            self._children.append(child)
            yield child


def say(line: str) -> None:
    """Write a line to the terminal, which may be gone."""
    write_line(line, sys.stderr)


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
@click.option(
    "--workers",
    metavar="N",
    type=int,
    default=1,
    help="Executor processes on the one port; more than one needs a PostgreSQL. [1]",
)
def executor_command(workers: int) -> None:
    """Run the executor alone until Ctrl-C."""
    become(EXECUTOR, "--workers", str(workers))


@click.command("toolrunner", cls=ToolrunnerCommand)
def toolrunner_command() -> None:
    """Run the toolrunner alone until Ctrl-C."""
    become(TOOLRUNNER)


def become(service: str, *arguments: str) -> None:
    """Turn this process into the service, which then gets every signal itself.

    Raises:
        UsageError: it is not installed.
    """
    require(service)
    sys.stdout.flush()
    sys.stderr.flush()
    # Stop signals wait until the service is loaded and can handle them.
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals())
    # -P: the working directory may have its own package `services`.
    command = [sys.executable, "-P", "-m", MODULES[service], *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - our module
