"""``caisson deploy``, ``agents`` and ``rollback``: agents that are deployed under a name."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

import click

from services.cli.client import agents_wire as wire
from services.cli.client.agents_wire import SecretUse, WantedReach, WantedVersion
from services.cli.commands.options import (
    allow_fetch_option,
    allow_models_option,
    bundle_argument,
    server_options,
)
from services.cli.commands.run import executor_at
from services.cli.commands.run_options import limit_options
from services.cli.domain import RunLimits
from services.cli.errors import EXIT_DONE, UsageError
from services.cli.inputs import read_bundle, read_text
from services.cli.interrupts import run as run_to_end
from services.cli.show.agents import show_agent, show_deployment, show_version
from services.cli.show.terminal import Terminal
from services.executor.adapters.secret_sources import EnvironmentSecrets
from services.executor.egress.bindings import bindings_of
from services.executor.errors import SetupError

PRODUCTION: Final = "production"
NAME: Final = re.compile(r"[a-z0-9-]{1,63}")

server_option = server_options(
    "Use the executor that runs at this address. Without it, use the agents in this user's state "
    "folder, which `caisson run @NAME` runs."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print each as a line of proto3 JSON."
)
name_argument = click.argument("name", metavar="NAME")


@click.command("deploy", short_help="Deploy BUNDLE as the next version of an agent.")
@bundle_argument
@click.option(
    "--name", metavar="NAME", required=True, help="The agent's name: 1 to 63 of a-z, 0-9 and -."
)
@click.option("--dry-run", is_flag=True, help="Only check the bundle, and show what is different.")
@click.option(
    "--label", metavar="LABEL", default="", help="Point this label at it, such as production."
)
@click.option(
    "--percent",
    metavar="N",
    type=click.IntRange(0, 100),
    help="With --label canary: how many percent of what asks for production it gets.",
)
@click.option(
    "--approve", is_flag=True, help="Also approve what it may reach, if your roles let you."
)
@allow_fetch_option
@click.option(
    "--secret",
    "secrets",
    metavar="NAME@HOST[,OPTION]...",
    multiple=True,
    help="Let its tools send the executor's secret NAME to HOST, a rule as for --allow-fetch, "
    "which is needed too. header=H: in that header alone; method=M: in requests of that method. "
    "May be given several times.",
)
@click.option(
    "--env",
    metavar="NAME",
    multiple=True,
    help="Let it see the plain value NAME, of the deployment or of a run's --env. May be given "
    "several times.",
)
@click.option(
    "--use-model",
    "models",
    metavar="M",
    multiple=True,
    help="Let it use this model, such as openai/gpt-5. Without it: those that the bundle names. "
    "May be given several times.",
)
@allow_models_option
@click.option(
    "--require-approval",
    "approvals",
    metavar="TOOL",
    multiple=True,
    help='Let a person approve all calls of this tool; "*" for all tools. May be given several '
    "times.",
)
@limit_options
@server_option
@json_option
def deploy_command(
    bundle: str,
    name: str,
    dry_run: bool,
    label: str,
    percent: int | None,
    approve: bool,
    allow_fetch: tuple[str, ...],
    secrets: tuple[str, ...],
    env: tuple[str, ...],
    models: tuple[str, ...],
    allow_models: bool,
    approvals: tuple[str, ...],
    server: str,
    as_json: bool,
    **limits: Any,
) -> int:
    """Deploy BUNDLE, a path or an http(s) URL, as the next version of an agent.

    What its runs may reach is stored with it: no more than is named here, and no more than the
    executor grants. A version that may reach more than the one before runs once somebody has
    approved that.
    """
    named = read_bundle(bundle)
    reach = WantedReach(
        tuple(read_text(rule, "--allow-fetch") for rule in allow_fetch),
        secrets_of(secrets),
        tuple(read_text(each, "--env") for each in env),
        tuple(read_text(each, "--use-model") for each in models),
        allow_models,
        RunLimits(**limits),
        tuple(read_text(each, "--require-approval") for each in approvals),
    )
    if dry_run and label:
        raise UsageError("--dry-run deploys nothing that --label could point at.")
    wanted = WantedVersion(
        name_of(name, "--name"), reach, named.source, named.url, dry_run, approve
    )
    return run_to_end(make(wanted, label, percent, server, as_json=as_json))


@click.group("agents", short_help="List, show, approve, label and delete deployed agents.")
def agents_command() -> None:
    """List, show, approve, label and delete the agents that `caisson deploy` deploys.

    `caisson run @NAME` runs the version that is labelled production; @NAME@LABEL and @NAME@VERSION
    another one.
    """


@agents_command.command("list")
@server_option
@json_option
def list_command(server: str, as_json: bool) -> int:
    """List the deployed agents, by name."""
    return run_to_end(show_list(server, as_json=as_json))


@agents_command.command("show")
@name_argument
@server_option
@json_option
def show_command(name: str, server: str, as_json: bool) -> int:
    """Show an agent, its labels and its versions, the newest first."""
    return run_to_end(show_one(name_of(name), server, as_json=as_json))


@agents_command.command("approve")
@name_argument
@click.argument("version", metavar="VERSION", type=click.IntRange(1))
@server_option
@json_option
def approve_command(name: str, version: int, server: str, as_json: bool) -> int:
    """Approve what VERSION may reach, so that it can run."""
    return run_to_end(allow(name_of(name), version, server, as_json=as_json))


@agents_command.command("label")
@name_argument
@click.argument("label", metavar="LABEL")
@click.argument("version", metavar="VERSION", type=click.IntRange(0))
@click.option(
    "--percent",
    metavar="N",
    type=click.IntRange(0, 100),
    help="For canary: how many percent of what asks for production it gets.",
)
@server_option
@json_option
def label_command(
    name: str, label: str, version: int, percent: int | None, server: str, as_json: bool
) -> int:
    """Point LABEL at VERSION, 0 to remove it. Sessions stay on the version they began on."""
    return run_to_end(
        point(name_of(name), read_text(label, "LABEL"), version, percent, server, as_json=as_json)
    )


@agents_command.command("delete")
@name_argument
@click.argument("version", metavar="[VERSION]", type=click.IntRange(1), required=False)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@server_option
def delete_command(name: str, version: int | None, yes: bool, server: str) -> int:
    """Delete VERSION, or the agent with all its versions. Runs that go on end as they are."""
    what = f"{name_of(name)}@{version}" if version else f"the agent {name_of(name)}"
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("Deleting an agent cannot be undone. Add --yes to do it.")
        click.confirm(f"Delete {what} permanently?", abort=True, err=True)
    return run_to_end(remove(name, version or 0, what, server))


@click.command("rollback", short_help="Point a label at an earlier version.")
@name_argument
@click.argument("version", metavar="[VERSION]", type=click.IntRange(1), required=False)
@click.option("--label", metavar="LABEL", default=PRODUCTION, show_default=True, help="The label.")
@server_option
@json_option
def rollback_command(name: str, version: int | None, label: str, server: str, as_json: bool) -> int:
    """Point a label at VERSION, or at the approved version before the one it points at.

    New sessions follow at once; sessions stay on the version that they began on, until that is
    deleted.
    """
    return run_to_end(
        roll_back(name_of(name), version, read_text(label, "--label"), server, as_json=as_json)
    )


def name_of(text: str, what: str = "NAME") -> str:
    """Return the name of an agent; raises UsageError."""
    if not NAME.fullmatch(text):
        raise UsageError(f"{what} is the name of an agent: 1 to 63 of a-z, 0-9 and -.")
    return text


def secrets_of(texts: tuple[str, ...]) -> tuple[SecretUse, ...]:
    """Return the secrets of ``--secret``; raises UsageError. Their values are not needed here."""
    try:
        found = bindings_of(texts, EnvironmentSecrets(lambda _: None))
    except SetupError as error:
        raise UsageError(error.message) from None
    if any(each.form is not None for each in found):
        raise UsageError("like= is for the executor's own secrets: leave it out of --secret here.")
    return tuple(
        SecretUse(
            each.name,
            tuple((str(rule), tuple(sorted(rule.methods))) for rule in each.hosts),
            each.header,
        )
        for each in found
    )


@asynccontextmanager
async def registry_at(server: str) -> AsyncIterator[str]:
    """Yield the executor's address: the given one, or a private one with this user's state."""
    async with executor_at(server, {}) as address:
        yield address


async def make(
    wanted: WantedVersion, label: str, percent: int | None, server: str, *, as_json: bool
) -> int:
    """Deploy a version and label it; return the exit status."""
    with Terminal() as terminal:
        if not as_json:
            terminal.wait("reading the bundle")
        async with registry_at(server) as address:
            found = await wire.deploy(address, wanted)
            if as_json:
                click.echo(found.line)
            else:
                show_deployment(terminal, found, dry_run=wanted.dry_run)
            if label:
                number = found.version.version
                agent = await wire.set_label(address, wanted.name, label, number, percent, None)
                _tell(terminal, agent, as_json=as_json)
    return EXIT_DONE


async def show_list(server: str, *, as_json: bool) -> int:
    """Print the agents; return the exit status."""
    with Terminal() as terminal:
        async with registry_at(server) as address:
            found = 0
            async with aclosing(wire.agents_of(address)) as agents:
                async for agent in agents:
                    found += 1
                    _tell(terminal, agent, as_json=as_json)
            if not found and not as_json:
                terminal.line("There are no deployed agents.", "dim")
    return EXIT_DONE


async def show_one(name: str, server: str, *, as_json: bool) -> int:
    """Print an agent and its versions; return the exit status."""
    with Terminal() as terminal:
        async with registry_at(server) as address:
            _tell(terminal, await wire.agent_of(address, name), as_json=as_json)
            async with aclosing(wire.versions_of(address, name)) as versions:
                async for version in versions:
                    if as_json:
                        click.echo(version.line)
                    else:
                        show_version(terminal, version)
    return EXIT_DONE


async def allow(name: str, version: int, server: str, *, as_json: bool) -> int:
    """Approve a version; return the exit status."""
    with Terminal() as terminal:
        async with registry_at(server) as address:
            found = await wire.approve(address, name, version)
            if as_json:
                click.echo(found.line)
            else:
                show_version(terminal, found)
    return EXIT_DONE


async def point(
    name: str, label: str, version: int, percent: int | None, server: str, *, as_json: bool
) -> int:
    """Set a label; return the exit status."""
    with Terminal() as terminal:
        async with registry_at(server) as address:
            agent = await wire.set_label(address, name, label, version, percent, None)
            _tell(terminal, agent, as_json=as_json)
    return EXIT_DONE


async def remove(name: str, version: int, what: str, server: str) -> int:
    """Delete a version or an agent; return the exit status."""
    with Terminal() as terminal:
        async with registry_at(server) as address:
            await wire.delete(address, name, version)
        terminal.line(f"{what[0].upper()}{what[1:]} is deleted.", "dim")
    return EXIT_DONE


async def roll_back(
    name: str, version: int | None, label: str, server: str, *, as_json: bool
) -> int:
    """Point a label at an earlier version; return the exit status.

    Raises:
        CliError: the label points at nothing, or there is no earlier version to go back to.
    """
    with Terminal() as terminal:
        async with registry_at(server) as address:
            now = (await wire.agent_of(address, name)).labels.get(label, 0)
            if not now and version is None:
                raise UsageError(f"{name}@{label} points at no version: name the one to go to.")
            to = version or await _before(address, name, now)
            agent = await wire.set_label(address, name, label, to, None, now)
            _tell(terminal, agent, as_json=as_json)
    return EXIT_DONE


async def _before(address: str, name: str, now: int) -> int:
    async with aclosing(wire.versions_of(address, name)) as versions:
        async for each in versions:
            if each.version < now and each.approved:
                return each.version
    raise UsageError(f"There is no approved version of {name} before {now}.")


def _tell(terminal: Terminal, agent: wire.ShownAgent, *, as_json: bool) -> None:
    if as_json:
        click.echo(agent.line)
    else:
        show_agent(terminal, agent)
