"""``caisson sessions``: the conversations that an executor keeps."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

import click

from services.cli.client.session_wire import delete_session, sessions_of, transcript_of
from services.cli.commands.options import server_options
from services.cli.errors import EXIT_DONE, UsageError
from services.cli.hosting import all_started, private_folder, start
from services.cli.inputs import read_text
from services.cli.installed import EXECUTOR
from services.cli.interrupts import run as run_to_end
from services.cli.show.run import count
from services.cli.show.terminal import Terminal

F = TypeVar("F", bound=Callable[..., Any])

MAX_SHOWN = 4000
STYLES = {"user": "bold", "model": ""}


def where_options(command: F) -> F:
    """Give a command the options for the owner of conversations and for the server."""
    resource = click.option(
        "--resource", metavar="ID", default="", help="The conversations' owner: a user's id."
    )
    server = server_options(
        "Use the executor that runs at this address. Without it, use the conversations in "
        "this user's state folder, where `caisson run --session` keeps them."
    )
    return resource(server(command))


@click.group("sessions", short_help="List, show and delete conversations.")
def sessions_command() -> None:
    """List, show and delete the conversations that `caisson run --session` continues.

    A conversation belongs to the resource that `caisson run --resource` named: pass the same here.
    """


@sessions_command.command("list")
@where_options
@click.option("--json", "as_json", is_flag=True, help="Print each as a line of proto3 JSON.")
def list_command(resource: str, server: str, as_json: bool) -> int:
    """List the conversations of a resource, the latest first."""
    return run_to_end(show_list(read_text(resource, "--resource"), server, as_json=as_json))


@sessions_command.command("show")
@click.argument("session", metavar="SESSION")
@where_options
@click.option("--json", "as_json", is_flag=True, help="Print each message as a line of JSON.")
def show_command(session: str, resource: str, server: str, as_json: bool) -> int:
    """Show the messages of SESSION."""
    return run_to_end(
        show_session(
            read_text(session, "SESSION"),
            read_text(resource, "--resource"),
            server,
            as_json=as_json,
        )
    )


@sessions_command.command("delete")
@click.argument("session", metavar="SESSION")
@where_options
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def delete_command(session: str, resource: str, server: str, yes: bool) -> int:
    """Delete SESSION permanently."""
    session = read_text(session, "SESSION")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("Deleting a session cannot be undone. Add --yes to do it.")
        click.confirm(f"Delete the session {session} permanently?", abort=True, err=True)
    return run_to_end(forget(session, read_text(resource, "--resource"), server))


async def show_list(resource: str, server: str, *, as_json: bool) -> int:
    """Print the conversations of a resource; return the exit status."""
    with Terminal() as terminal:
        async with executor_at(server) as address:
            found = 0
            async with aclosing(sessions_of(address, resource)) as sessions:
                async for session in sessions:
                    found += 1
                    if as_json:
                        click.echo(session.line)
                        continue
                    sizes = f"{count(session.runs, 'run')}, {count(session.messages, 'message')}"
                    terminal.parts(
                        (session.session_id, "bold"),
                        (f" · {session.updated} · {sizes}", "dim"),
                        (f" · {session.title}", ""),
                    )
            if not found and not as_json:
                whose = f" of {resource}" if resource else ""
                terminal.line(f"There are no sessions{whose}.", "dim")
    return EXIT_DONE


async def show_session(session: str, resource: str, server: str, *, as_json: bool) -> int:
    """Print the messages of a conversation; return the exit status."""
    with Terminal() as terminal:
        async with (
            executor_at(server) as address,
            aclosing(transcript_of(address, resource, session)) as messages,
        ):
            async for message in messages:
                if as_json:
                    click.echo(message.line)
                    continue
                text = message.text
                if len(text) > MAX_SHOWN:
                    text = f"{text[:MAX_SHOWN]}\n[{len(text)} characters; --json shows more]"
                terminal.line(message.who, "bold cyan")
                terminal.line(text, STYLES.get(message.who, "dim"))
    return EXIT_DONE


async def forget(session: str, resource: str, server: str) -> int:
    """Delete a conversation; return the exit status."""
    with Terminal() as terminal:
        async with executor_at(server) as address:
            await delete_session(address, resource, session)
        terminal.line(f"The session {session} is deleted.", "dim")
    return EXIT_DONE


@asynccontextmanager
async def executor_at(server: str) -> AsyncIterator[str]:
    """Yield the executor's address: the given one, or a private one with this user's state."""
    if server:
        yield server
        return
    async with (
        private_folder() as folder,
        start(EXECUTOR, f"unix:{folder}/{EXECUTOR}") as child,
    ):
        await all_started(child)
        yield child.address
