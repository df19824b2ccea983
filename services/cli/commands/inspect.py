"""``caisson inspect``: what a bundle declares, and what could not be read."""

from __future__ import annotations

import json
import shlex

import click

from services.cli.commands.options import bundle_argument, env_option, secret_option
from services.cli.egress import NO_EGRESS, EgressOptions
from services.cli.errors import EXIT_DONE, EXIT_FAILED, UsageError
from services.cli.grants import with_arguments
from services.cli.inputs import NamedBundle, read_bundle, read_json_object
from services.cli.interrupts import run as run_to_end
from services.cli.reading import read
from services.cli.show.manifest import show_manifest
from services.cli.show.outside_text import json_line
from services.cli.show.terminal import Terminal
from services.executor.domain import JsonObject, Severity


@click.command("inspect", short_help="Show the agents and tools of BUNDLE without running it.")
@bundle_argument
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one JSON object.")
@click.option("--strict", is_flag=True, help="Exit with 1 when the manifest has errors.")
@click.option(
    "--sandbox-schemas",
    is_flag=True,
    help="Ask the sandbox for what cannot be read from source and is the same in every run, such "
    "as schemas: it loads BUNDLE, with limits and without any capability.",
)
@click.option(
    "--resolve",
    is_flag=True,
    help="Ask the sandbox also for what is made for each run, such as instructions that are "
    "functions, and show what they give and what fails while BUNDLE loads.",
)
@click.option(
    "--context",
    metavar="JSON",
    help="The request context for --resolve: a JSON object, with sessionId and resourceId.",
)
@secret_option
@env_option
def inspect_command(
    bundle: str,
    as_json: bool,
    strict: bool,
    sandbox_schemas: bool,
    resolve: bool,
    context: str | None,
    secrets: tuple[str, ...],
    env: tuple[str, ...],
) -> int:
    """Show the agents and tools of BUNDLE, and what could not be read of it.

    BUNDLE is a path or an http(s) URL. It is read as a syntax tree. None of it is run, unless
    --sandbox-schemas or --resolve asks the sandbox to load it. With --resolve, the bundle sees what
    --env and --secret give, as in a run.

    Exit status: 0 success, 1 with --strict when the manifest has errors (an agent or a tool is
    disabled), 2 the bundle or the command is wrong, 130 interrupted.
    """
    if context is not None and not resolve:
        raise UsageError("--context works only with --resolve.")
    egress = EgressOptions(secrets=secrets, env=env)
    if egress != NO_EGRESS and not resolve:
        raise UsageError("--env and --secret work only with --resolve.")
    egress.policy()
    egress.values()
    given = json.loads(read_json_object(context or "{}", "--context")) if resolve else None
    named = read_bundle(bundle)
    shown = inspect(named, egress, as_json=as_json, asks=sandbox_schemas, context=given)
    has_errors = run_to_end(shown)
    return EXIT_FAILED if strict and has_errors else EXIT_DONE


async def inspect(
    named: NamedBundle,
    egress: EgressOptions = NO_EGRESS,
    *,
    as_json: bool,
    asks: bool,
    context: JsonObject | None,
) -> bool:
    """Read the bundle and show it; return whether its manifest has errors.

    Raises:
        CliError: the bundle cannot be fetched or read.
    """
    with Terminal() as terminal:
        if not as_json:
            terminal.wait("reading the bundle")
        bundle = await read(named, asks=asks, context=context, egress=egress)
        if as_json:
            click.echo(json_line(with_arguments(bundle.manifest)))
        else:
            name = shlex.quote(named.name)
            show_manifest(terminal, bundle.manifest, bundle.program.source, name)
    return any(each.severity is Severity.ERROR for each in bundle.manifest.diagnostics)
