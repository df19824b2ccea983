"""The ``caisson`` command: its subcommands and exit statuses."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import click

from services.cli.errors import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, CliError, StoppedError
from services.cli.installed import EXECUTOR, TOOLRUNNER, how, missing, require
from services.cli.show.outside_text import clean
from services.cli.show.terminal import Terminal
from services.front.discarding import discard
from services.front.other_variables import OF_A_SERVICE, OURS

# Commands are imported when they are used: `inspect` does not wait for imports of `doctor`.
COMMANDS = {
    "serve": "services.cli.commands.serve:serve_command",
    "executor": "services.cli.commands.serve:executor_command",
    "toolrunner": "services.cli.commands.serve:toolrunner_command",
    "run": "services.cli.commands.run:run_command",
    "inspect": "services.cli.commands.inspect:inspect_command",
    "tool": "services.cli.commands.tool:tool_command",
    "deploy": "services.cli.commands.agents:deploy_command",
    "agents": "services.cli.commands.agents:agents_command",
    "rollback": "services.cli.commands.agents:rollback_command",
    "runs": "services.cli.commands.runs:runs_command",
    "replay": "services.cli.commands.replay:replay_command",
    "sessions": "services.cli.commands.sessions:sessions_command",
    "keys": "services.cli.commands.keys:keys_command",
    "database": "services.cli.commands.database:database_command",
    "audit": "services.cli.commands.audit:audit_command",
    "top": "services.cli.commands.top:top_command",
    "doctor": "services.cli.commands.doctor:doctor_command",
}
# Commands that cannot be imported without a service's libraries; others check when they start one.
NEEDS = {
    "inspect": (EXECUTOR,),
    "tool": (EXECUTOR, TOOLRUNNER),
    "replay": (EXECUTOR, TOOLRUNNER),
    "database": (EXECUTOR,),
}
SERVICES = ("serve", "executor", "toolrunner")
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in their documented order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name, or None."""
        if cmd_name not in COMMANDS:
            return None
        if any(map(missing, NEEDS.get(cmd_name, ()))):
            return without_service(cmd_name)
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; suggest the nearest for an unknown one."""
        near = difflib.get_close_matches(args[0], COMMANDS, n=1)
        if args[0] not in COMMANDS and near:
            ctx.fail(f"No such command '{args[0]}'. Did you mean `caisson {near[0]}`?")
        return super().resolve_command(ctx, args)


def without_service(name: str) -> click.Command:
    """Return a stand-in for a command whose services are not installed, which says so."""
    services = NEEDS[name]

    def refuse() -> None:
        require(*services)

    lacking = [each for each in services if missing(each)]
    return click.Command(
        name,
        callback=refuse,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        help=f"Not installed: {how(lacking)}",
    )


def show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the version and exit."""
    if wanted:
        try:
            installed = version("caisson")
        except PackageNotFoundError:
            installed = "(not installed)"
        click.echo(f"caisson {installed}")
        context.exit()


@click.group(cls=LazyGroup, context_settings=CONTEXT)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
def caisson() -> None:
    """Run other people's AI agents: a JavaScript bundle goes in, a stream of events comes out.

    Tools run in a sandbox that has no network, files or secrets unless you grant them. A bundle is
    one JavaScript file, such as `esbuild src/agent.ts --bundle --format=esm --outfile=agent.js`
    makes; `caisson inspect` shows what it declares.
    """
    if click.get_current_context().invoked_subcommand not in SERVICES:
        warn_of_variables()


def warn_of_variables() -> None:
    """Warn of variables that look like settings; the services do so themselves."""
    if any(name.startswith(OURS) and not name.startswith(OF_A_SERVICE) for name in os.environ):
        settings = import_module("services.cli.service_settings")  # only now: it takes a while
        for warning in settings.ignored_variables(os.environ):
            click.echo(f"warning: {warning}", err=True)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    try:
        status = caisson.main(
            args=None if arguments is None else list(arguments),
            prog_name="caisson",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (StoppedError, KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except CliError as error:
        complain(error)
        return error.status
    except BrokenPipeError:
        # The reader of our output is gone; there is nothing more to write.
        discard(sys.stdout)
        return EXIT_FAILED
    return status if isinstance(status, int) else EXIT_DONE


def complain(error: CliError) -> None:
    """Write the error and what to do to standard error."""
    console = Terminal().err
    console.print("[bold red]error:[/bold red] ", end="")
    console.print(clean(error.message), markup=False)
    for hint in error.hints:
        console.print("  " + clean(hint), markup=False)
