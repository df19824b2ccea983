"""``caisson inspect``: what a bundle declares, and what could not be read of it."""

from __future__ import annotations

import shlex

import click

from services.cli.commands.options import bundle_argument
from services.cli.errors import EXIT_DONE, EXIT_FAILED
from services.cli.grants import with_arguments
from services.cli.inputs import NamedBundle, read_bundle
from services.cli.interrupts import run as run_to_end
from services.cli.reading import read
from services.cli.show.manifest import show_manifest
from services.cli.show.outside_text import json_line
from services.cli.show.terminal import Terminal
from services.executor.domain import Severity


@click.command("inspect", short_help="Show the agents and tools of BUNDLE without running it.")
@bundle_argument
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one JSON object.")
@click.option("--strict", is_flag=True, help="Exit with 1 when the manifest has errors.")
@click.option(
    "--sandbox-schemas",
    is_flag=True,
    help="Ask the sandbox for the schemas of tools that cannot be read from source: it loads "
    "BUNDLE, with limits and without any capability.",
)
def inspect_command(bundle: str, as_json: bool, strict: bool, sandbox_schemas: bool) -> int:
    """Show the agents and tools of BUNDLE, and what could not be read of it.

    BUNDLE is a path or an http(s) URL. It is read as a syntax tree. None of it is run, unless
    --sandbox-schemas asks the sandbox to load it.

    Exit status: 0 done, 1 with --strict when the manifest has errors (an agent or a tool is
    disabled), 2 the bundle or the command is wrong, 130 interrupted.
    """
    shown = inspect(read_bundle(bundle), as_json=as_json, sandbox_schemas=sandbox_schemas)
    has_errors = run_to_end(shown)
    return EXIT_FAILED if strict and has_errors else EXIT_DONE


async def inspect(named: NamedBundle, *, as_json: bool, sandbox_schemas: bool) -> bool:
    """Read the bundle and show it; return whether its manifest has errors.

    Raises:
        CliError: the bundle cannot be fetched or read.
    """
    with Terminal() as terminal:
        if not as_json:
            terminal.wait("reading the bundle")
        bundle = await read(named, sandbox_schemas=sandbox_schemas)
        if as_json:
            click.echo(json_line(with_arguments(bundle.manifest)))
        else:
            name = shlex.quote(named.name)
            show_manifest(terminal, bundle.manifest, bundle.program.source, name)
    return any(each.severity is Severity.ERROR for each in bundle.manifest.diagnostics)
