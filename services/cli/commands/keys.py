"""``caisson keys``: the API keys with which callers say who they are."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, Final, TypeVar

import click

from services.cli.client.keys_wire import (
    ROLES,
    Keys,
    WantedKey,
    create_key,
    list_keys,
    revoke_key,
    served_keys,
)
from services.cli.commands.options import server_options
from services.cli.errors import EXIT_DONE, RefusedError, UnreachableError, UsageError
from services.cli.inputs import read_text
from services.cli.installed import EXECUTOR, require
from services.cli.interrupts import run as run_to_end
from services.cli.service_settings import settings_of_both
from services.cli.show.terminal import Terminal
from services.executor.access.api_keys import ORGANISATION, ORGANISATION_FORM
from services.executor.errors import ExecutorError, SetupError
from services.executor.run_errors import DatabaseError

F = TypeVar("F", bound=Callable[..., Any])

OPERATING: Final = "services.executor.operated_keys"  # imported when used: it imports SQLAlchemy
UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DURATION: Final = re.compile(r"([0-9]{1,6})([smhd])")
SHOWN_ONCE: Final = "This is the only time that the key is shown. Its id is %s."
NOT_ADMITTED: Final = (
    "The executor admits API keys only with CAISSON_EXECUTOR_API_KEYS=true, which is not set here."
)


def where_options(command: F) -> F:
    """Give a command the options for the organisation and for the server."""
    organisation = click.option(
        "--organisation",
        metavar="NAME",
        default="",
        help="The organisation, without --server. At a server it is the one of your own key.",
    )
    server = server_options(
        "Ask the executor at this address, with your own key in CAISSON_API_KEY. Without it, use "
        "the database of CAISSON_EXECUTOR_DATABASE_URL, or this user's state folder, which no "
        "executor may have open."
    )
    return organisation(server(command))


@click.group("keys", short_help="Make, list and revoke API keys.")
def keys_command() -> None:
    """Make, list and revoke the API keys of an organisation.

    The first one is made by whoever runs the executor, without --server.
    """


@keys_command.command("create", short_help="Make a key, and print it.")
@click.argument("name", metavar="NAME")
@click.option(
    "--role",
    "roles",
    type=click.Choice(ROLES),
    multiple=True,
    required=True,
    help="What it may do. May be given several times.",
)
@click.option(
    "--scope",
    "scopes",
    metavar="SCOPE",
    multiple=True,
    help="Only this scope of its roles, such as runs.read. May be given several times.",
)
@click.option(
    "--resource", metavar="ID", help="Let it see only the runs and conversations of this resource."
)
@click.option("--expires", metavar="TIME", help="When it ends, such as 90d, 12h or 30m from now.")
@where_options
@click.option("--json", "as_json", is_flag=True, help="Print the key as one line of proto3 JSON.")
def create_command(
    name: str,
    roles: tuple[str, ...],
    scopes: tuple[str, ...],
    resource: str | None,
    expires: str | None,
    organisation: str,
    server: str,
    as_json: bool,
) -> int:
    """Make a key called NAME, and print it on standard output. It cannot be shown again."""
    wanted = WantedKey(
        name=read_text(name, "NAME"),
        roles=roles,
        scopes=tuple(read_text(scope, "--scope") for scope in scopes),
        resource_id=None if resource is None else read_text(resource, "--resource"),
        expires_s=None if expires is None else seconds_of(expires),
    )
    return run_to_end(make(wanted, organisation, server, as_json=as_json))


@keys_command.command("list")
@where_options
@click.option("--json", "as_json", is_flag=True, help="Print each as a line of proto3 JSON.")
def list_command(organisation: str, server: str, as_json: bool) -> int:
    """List the keys of an organisation, the latest first. Their secrets are not kept."""
    return run_to_end(show_list(organisation, server, as_json=as_json))


@keys_command.command("revoke")
@click.argument("key_id", metavar="KEY_ID")
@where_options
def revoke_command(key_id: str, organisation: str, server: str) -> int:
    """End a key for ever. Executors refuse it within a second; runs that it began go on."""
    return run_to_end(end(read_text(key_id, "KEY_ID"), organisation, server))


def seconds_of(text: str) -> float:
    """Return a duration such as ``90d`` in seconds; raises UsageError."""
    found = DURATION.fullmatch(text)
    if found is None:
        raise UsageError("--expires is a number and a unit: 90d, 12h, 30m or 60s from now.")
    return float(found[1]) * UNITS[found[2]]


async def make(wanted: WantedKey, organisation: str, server: str, *, as_json: bool) -> int:
    """Make a key and print it; return the exit status."""
    with Terminal() as terminal:
        async with keys_at(organisation, server) as keys:
            text, key, line = await create_key(keys, wanted)
        if as_json:
            click.echo(line)
            return EXIT_DONE
        terminal.line(text, "bold")
        terminal.remark(SHOWN_ONCE % key.key_id)
        if not server and not settings_of_both()[0].api_keys:
            terminal.remark(NOT_ADMITTED)
    return EXIT_DONE


async def show_list(organisation: str, server: str, *, as_json: bool) -> int:
    """Print the keys of an organisation; return the exit status."""
    with Terminal() as terminal:
        found = 0
        async with keys_at(organisation, server) as keys:
            async for key in list_keys(keys):
                found += 1
                if as_json:
                    click.echo(key.line)
                    continue
                terminal.parts(
                    (key.key_id, "bold"),
                    (f" · {key.name}", ""),
                    (f" · {key.roles} · {key.state}", "dim"),
                    (f" · {key.details}" if key.details else "", "dim"),
                )
        if not found and not as_json:
            terminal.line("There are no keys.", "dim")
    return EXIT_DONE


async def end(key_id: str, organisation: str, server: str) -> int:
    """Revoke a key; return the exit status."""
    with Terminal() as terminal:
        async with keys_at(organisation, server) as keys:
            key = await revoke_key(keys, key_id)
        terminal.line(f"The key {key.key_id} ({key.name}) is revoked.", "dim")
    return EXIT_DONE


@asynccontextmanager
async def keys_at(organisation: str, server: str) -> AsyncIterator[Keys]:
    """Yield the keys at a server, or in this user's database.

    Raises:
        UsageError: the organisation is missing, or is not for this.
        CliError: the executor refuses, or the database cannot be used.
    """
    if server:
        if organisation:
            raise UsageError(
                "--organisation is for the database: at a server it is that of your key."
            )
        async with served_keys(server) as keys:
            yield keys
        return
    if not ORGANISATION.fullmatch(organisation):
        raise UsageError(f"Give --organisation NAME, with {ORGANISATION_FORM}; or --server.")
    require(EXECUTOR)
    settings, _ = settings_of_both()
    module: Any = import_module(OPERATING)
    try:
        async with module.operators_keys(settings, organisation) as keys:
            yield keys
    except SetupError as error:
        raise UsageError(error.message) from None
    except DatabaseError as error:
        raise UnreachableError(error.message) from None
    except ExecutorError as error:
        raise RefusedError(error.message, reason=error.reason, callers_fault=True) from None
