"""``caisson run``: one agent, one message, and the stream of events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from services.cli.attachments import read_attachment, read_schema
from services.cli.client import wire
from services.cli.client.clients import run_agent
from services.cli.client.recorded_wire import create_run
from services.cli.commands.asking import Answerer, Answering, answering_of
from services.cli.commands.options import (
    agent_arguments_option,
    allow_fetch_option,
    allow_models_option,
    bundle_argument,
    env_option,
    secret_option,
    server_options,
)
from services.cli.commands.run_options import run_options
from services.cli.domain import RunLimits, RunRequest
from services.cli.egress import EgressOptions
from services.cli.errors import EXIT_DONE, EXIT_FAILED, UsageError
from services.cli.hosting import STATE_IN_USE, Child, private_pair
from services.cli.inputs import (
    read_agent_arguments,
    read_json_object,
    read_message,
    read_program,
    read_text,
)
from services.cli.interrupts import run as run_to_end
from services.cli.offline import MODEL, REMARK, is_offline, offline_model
from services.cli.service_settings import settings_of_both
from services.cli.show.run import RunView
from services.cli.show.terminal import Terminal
from services.executor.adapters.database.file_lock import last_holder
from services.executor.run_settings import IN_MEMORY

_NO_SECRETS = (
    "--secret works only without --server: set the secrets of a running executor where it runs, "
    "with CAISSON_EXECUTOR_SECRETS."
)

_NOT_DETACHED = (
    "--detach works only with --server: the services that are started for one command end with it."
)
_IN_MEMORY = (
    "This run is only kept in memory: process {pid} uses the state directory. --server uses that "
    "executor."
)
_OWN_MODEL = "--offline uses its own model: leave out --model, --fallback and --server."


@click.command("run")
@bundle_argument
@click.argument("message", required=False)
@click.option(
    "--agent", metavar="KEY", default="", help="The agent to run; optional if there is only one."
)
@agent_arguments_option
@click.option(
    "--session",
    metavar="ID",
    default="",
    help="Continue the conversation with this id, or start it.",
)
@click.option("--resource", metavar="ID", default="", help="The conversation's owner: a user's id.")
@click.option(
    "--model",
    metavar="M",
    default="",
    help="Use this model instead of the bundle's: PROVIDER/ID, such as openai/gpt-5.",
)
@click.option(
    "--offline",
    is_flag=True,
    help="Use llmock, an offline model that needs no key and no network and makes up tool inputs "
    "and answers.",
)
@server_options(
    "Use the executor that runs at this address, such as 127.0.0.1:50051. Without it, both "
    "services are started for this run."
)
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of proto3 JSON.")
@click.option(
    "--detach",
    is_flag=True,
    help="Start the run, print its id and return: it goes on at --server, where `caisson runs` "
    "watches, shows and stops it.",
)
@run_options
@allow_fetch_option
@allow_models_option
@secret_option
@env_option
def run_command(
    bundle: str,
    message: str | None,
    agent: str,
    agent_args: str | None,
    session: str,
    resource: str,
    model: str,
    offline: bool,
    server: str,
    as_json: bool,
    detach: bool,
    allow_fetch: tuple[str, ...],
    allow_models: bool,
    secrets: tuple[str, ...],
    env: tuple[str, ...],
    approve: tuple[str, ...],
    deny_approvals: bool,
    on_busy: str,
    fallbacks: tuple[str, ...],
    attachments: tuple[str, ...],
    schema: str | None,
    context: str,
    **limits: Any,
) -> int:
    """Run an agent of BUNDLE on MESSAGE and show its events.

    BUNDLE is a path, an http(s) URL, or @NAME of an agent that `caisson deploy` deployed: @NAME is
    its production, @NAME@LABEL and @NAME@VERSION another version. Without MESSAGE, the message is
    read from a pipe. Keys and addresses of models are read from the usual variables, such as
    OPENAI_API_KEY; `caisson doctor` shows which are configured. Without a key, try --offline.

    Limit options lower the limits of the executor and the bundle; they never raise them. A call
    that needs an approval waits: at a terminal you are asked, and with --server others can answer
    by `caisson runs answer`.

    Exit status: 0 success, 1 the run failed or a budget ended it before an answer, 2 the command
    or the bundle is wrong, 130 interrupted.
    """
    (egress := EgressOptions(allow_fetch, secrets, env)).policy()
    check_where(server, detach=detach, secrets=secrets)
    check_model(offline=offline, others=(server, model, *fallbacks))
    named = read_program(bundle)
    request = RunRequest(
        read_message(message),
        named.source,
        read_text(named.url, "BUNDLE"),
        read_text(agent, "--agent"),
        read_text(session, "--session"),
        read_text(resource, "--resource"),
        MODEL if offline and not named.deployed else read_text(model, "--model"),
        allow_fetch if server and allow_fetch else None,
        tuple(read_text(model, "--fallback") for model in fallbacks),
        on_busy,
        tuple(read_attachment(name) for name in attachments),
        read_schema(schema),
        json.loads(read_json_object(context, "--context")),
        RunLimits(**limits),
        egress.values(),
        read_agent_arguments(agent_args),
        allow_models,
        named.deployed,
    )
    if detach:
        return run_to_end(begin(request, server, as_json=as_json))
    answering = answering_of(approve, denies=deny_approvals, may_ask=not as_json)
    with model_of(offline=offline, deployed=named.deployed) as settings:
        settings = {**egress.executor_settings(), **settings}
        return run_to_end(stream(request, server, settings, answering, as_json=as_json))


def model_of(*, offline: bool, deployed: str) -> AbstractContextManager[Mapping[str, str]]:
    """Return what gives the variables of the executor for the offline model, if it is wanted."""
    return offline_model(of_deployed=bool(deployed)) if offline else nullcontext({})


def check_where(server: str, *, detach: bool, secrets: tuple[str, ...]) -> None:
    """Raise UsageError for options that do not go with the executor of the command."""
    if server and secrets:
        raise UsageError(_NO_SECRETS)
    if detach and not server:
        raise UsageError(_NOT_DETACHED)


def check_model(*, offline: bool, others: tuple[str, ...]) -> None:
    """Raise UsageError for options that say which model is asked, beside --offline."""
    if offline and any(others):
        raise UsageError(_OWN_MODEL)


async def stream(
    request: RunRequest,
    server: str,
    settings: Mapping[str, str],
    answering: Answering,
    *,
    as_json: bool,
) -> int:
    """Run and show the events; return the exit status.

    Args:
        request: the run.
        server: the executor's address, "" to start one.
        settings: variables of the executor that is started.
        answering: how approvals are answered.
        as_json: show each event as a line of JSON.

    Raises:
        CliError: the run could not start, or it failed.
    """
    if not request.session_id and not request.deployed:  # nothing is asked for later
        settings = {**settings, STATE_IN_USE: IN_MEMORY}
    with Terminal() as terminal:
        if is_offline(settings) and not as_json:
            terminal.line(REMARK, "dim")
        if not as_json:
            terminal.wait("calling the executor" if server else "starting the services")
        async with executor_at(server, settings, terminal.remark) as address:
            if not as_json:
                terminal.wait("reading the bundle")
            show = JsonView() if as_json else TextView(terminal, server or None)
            answer = wire.Answer()
            answerer = Answerer(address, answering, terminal)
            async with aclosing(run_agent(address, request)) as events:
                try:
                    async for event in events:
                        show.show(event)
                        answer.feed(event)
                        await answerer.take(event)
                except asyncio.CancelledError:
                    show.interrupted()
                    raise
            return EXIT_DONE if answer.complete else EXIT_FAILED


async def begin(request: RunRequest, server: str, *, as_json: bool) -> int:
    """Begin a run that goes on without this command, and print its id; return the exit status.

    Raises:
        CliError: the executor refused the request, or nobody answers.
    """
    with Terminal() as terminal:
        if not as_json:
            terminal.wait("calling the executor")
        run = await create_run(server, request)
        if as_json:
            click.echo(run.line)
        else:
            terminal.line(run.run_id, "bold")
            remark = f"It goes on. Watch it: caisson runs watch {run.run_id} --server {server}"
            terminal.remark(remark)
    return EXIT_DONE


def other_holder(settings: Mapping[str, str], executor: Child) -> int | None:
    """Return the process because of which a private executor records in memory; None if none."""
    if settings.get(STATE_IN_USE) != IN_MEMORY:
        return None
    own, _ = settings_of_both(settings)
    if own.database_url or not own.state_dir:
        return None
    holder = last_holder(Path(own.state_dir))
    return holder if holder != executor.process.pid else None


@asynccontextmanager
async def executor_at(
    server: str, settings: Mapping[str, str], tell: Callable[[str], None] | None = None
) -> AsyncIterator[str]:
    """Yield the executor's address: the given one, or that of a private executor.

    Args:
        server: the given one, or "".
        settings: variables of a private executor.
        tell: is told when a private executor records in memory, because another has the file.
    """
    if server:
        yield server
        return
    async with private_pair(settings) as executor:
        other = other_holder(settings, executor)
        if other is not None and tell is not None:
            tell(_IN_MEMORY.format(pid=other))
        yield executor.address


class JsonView:
    """Prints each event as one line of JSON."""

    def show(self, event: wire.Event) -> None:
        """Print the event and flush it."""
        click.echo(wire.event_line(event))

    def interrupted(self) -> None:
        """Print nothing: the events are a stream that ends here."""


class TextView:
    """Shows each event to a person; ``server`` is as for ``show_wanted``."""

    def __init__(self, terminal: Terminal, server: str | None = "") -> None:
        self._view = RunView(terminal, server=server)

    def show(self, event: wire.Event) -> None:
        """Show the event if it is visible."""
        seen = wire.run_event(event)
        if seen is not None:
            self._view.show(seen)

    def interrupted(self) -> None:
        """Show which tools were running."""
        self._view.interrupted()
