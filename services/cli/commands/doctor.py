"""``caisson doctor``: what works on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict

import click

from services.cli import checkup
from services.cli.checkup import Check
from services.cli.client import clients
from services.cli.commands.options import server_options
from services.cli.errors import EXIT_DONE, EXIT_FAILED
from services.cli.installed import EXECUTOR, TOOLRUNNER
from services.cli.interrupts import run as run_to_end
from services.cli.server_checkup import server_checks
from services.cli.service_settings import settings_of_both
from services.cli.show.outside_text import json_line
from services.cli.show.terminal import Terminal

MARKS = {True: ("yes", "green"), False: ("no ", "bold red"), None: ("-  ", "dim")}
NAME_WIDTH = 20


@click.command("doctor", short_help="Check what works on this machine, or an executor.")
@server_options("Check the executor that runs at this address, and not this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as one JSON object.")
@click.option(
    "--service-config",
    is_flag=True,
    help="Print gRPC's service config for clients, as JSON, and check nothing.",
)
def doctor_command(server: str, as_json: bool, service_config: bool) -> int:
    """Check what works on this machine: the sandbox, its jail, keys, ports, folders.

    With --server, check an executor that runs: the connection, its health, the credential, its
    version; and say what to do.

    Shows names of provider keys, never values. Exit status: 0 all works, 1 something does not,
    2 a setting is wrong.
    """
    if service_config:
        click.echo(clients.service_config(), nl=False)
        return EXIT_DONE
    checks = server_checks(server) if server else own_checks()
    return run_to_end(examine(checks, as_json=as_json))


async def own_checks() -> AsyncIterator[Check]:
    """Yield the checks of this machine."""
    for each in quick_checks():
        yield each
    for each in await checkup.check_sandbox():
        yield each


async def examine(made: AsyncIterator[Check], *, as_json: bool) -> int:
    """Make every check and show it; return the exit status."""
    with Terminal() as terminal:
        checks = []
        async for each in made:
            checks.append(each)
            if not as_json:
                show(terminal, each)
                terminal.wait("checking")
        healthy = all(each.works is not False for each in checks)
        if as_json:
            found = {"ok": healthy, "checks": [asdict(each) for each in checks]}
            click.echo(json_line(found))
    return EXIT_DONE if healthy else EXIT_FAILED


def quick_checks() -> list[Check]:
    """Return the checks that need no sandbox."""
    executor, toolrunner = settings_of_both()
    return [
        checkup.check_python(),
        checkup.check_libraries(EXECUTOR),
        checkup.check_libraries(TOOLRUNNER),
        *checkup.check_guest(),
        *checkup.check_providers(),
        checkup.check_llmock(),
        *checkup.check_egress(executor),
        checkup.check_access(executor),
        checkup.check_address("executor", executor.address),
        checkup.check_address("toolrunner", toolrunner.address),
        checkup.check_folder("executor state", executor.state_dir),
        checkup.check_folder("executor cache", executor.cache_dir),
        checkup.check_folder("toolrunner cache", toolrunner.cache_dir),
        *checkup.check_database(executor),
        *checkup.check_keys(executor),
        *checkup.check_certificates(executor, toolrunner),
        checkup.check_node(),
    ]


def show(terminal: Terminal, check: Check) -> None:
    """Write one check."""
    mark, style = MARKS[check.works]
    terminal.parts((mark, style), (f"  {check.name:<{NAME_WIDTH}} ", "bold"), (check.detail, ""))
