"""``caisson top``: what running services do, live."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click
from rich.live import Live

from services.cli.access import server_of
from services.cli.client.admin_pages import AdminPort
from services.cli.errors import EXIT_DONE, UsageError
from services.cli.interrupts import run as run_to_end
from services.cli.settings import api_key_of_environment
from services.cli.show.outside_text import json_line
from services.cli.show.terminal import Terminal
from services.cli.show.top import shown
from services.cli.top_view import Seen, look, look_again
from services.front.settings_fields import is_address

MOST_ROWS = 1000
HEADROOM_ROWS = 6


@click.command("top", short_help="Watch runs, workers, tokens and queues of running services.")
@click.option(
    "--admin",
    "addresses",
    metavar="ADDR",
    multiple=True,
    default=("127.0.0.1:9090",),
    show_default=True,
    help="An admin port, of an executor or of a toolrunner: HOST:PORT, http://HOST:PORT or "
    "unix:/path. May be given several times.",
)
@click.option(
    "--api-key-file",
    "api_key_file",
    metavar="FILE",
    default="",
    envvar="CAISSON_API_KEY_FILE",
    help="Send the operator's API key in FILE; else the one in the variable CAISSON_API_KEY, if "
    "that is set. [CAISSON_API_KEY_FILE]",
)
@click.option("--once", is_flag=True, help="Show it once, as without a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and end.")
@click.option(
    "--every-s",
    type=click.FloatRange(0.2, 3600.0),
    default=2.0,
    show_default=True,
    help="Seconds between looks.",
)
def top_command(
    addresses: tuple[str, ...], api_key_file: str, once: bool, as_json: bool, every_s: float
) -> int:
    """Watch what running services do: runs, workers, tokens a second, queues. Ctrl-C ends it.

    It reads their admin ports (CAISSON_EXECUTOR_ADMIN_ADDRESS, CAISSON_TOOLRUNNER_ADMIN_ADDRESS).
    Where callers say who they are, it needs the key of an operator.
    """
    ports = [port_of(address, api_key_file) for address in addresses]
    if as_json or once:
        return run_to_end(show_once(ports, as_json=as_json))
    return run_to_end(watch(ports, every_s))


def port_of(address: str, api_key_file: str) -> AdminPort:
    """Return an admin port; raises UsageError."""
    plain = address.removeprefix("http://").rstrip("/") if "://" in address else address
    if not is_address(plain):
        raise UsageError(
            f"--admin is HOST:PORT, http://HOST:PORT or unix:/path, and not {address[:200]}."
        )
    found = server_of(plain, "", "", "", api_key_of_environment(), api_key_file)
    return AdminPort(plain, found.access.api_key)


async def show_once(ports: Sequence[AdminPort], *, as_json: bool) -> int:
    """Show what the services do now, as text or JSON."""
    seen = await asyncio.gather(*(look(port) for port in ports))
    if as_json:
        click.echo(json_line({"services": [each.as_json for each in seen]}))
        return EXIT_DONE
    with Terminal() as terminal:
        terminal.out.print(shown(seen, MOST_ROWS))
    return EXIT_DONE


async def watch(ports: Sequence[AdminPort], every_s: float) -> int:
    """Show what the services do until it is interrupted; once where there is no terminal."""
    with Terminal() as terminal:
        if not terminal.out.is_terminal:
            return await show_once(ports, as_json=False)
        seen: list[Seen] = await asyncio.gather(*(look(port) for port in ports))
        with Live(console=terminal.out, screen=True, auto_refresh=False) as live:
            while True:
                rows = max(1, (terminal.out.height - HEADROOM_ROWS) // len(ports))
                live.update(shown(seen, rows), refresh=True)
                await asyncio.sleep(every_s)
                looks = (look_again(port, old) for port, old in zip(ports, seen, strict=True))
                seen = await asyncio.gather(*looks)
