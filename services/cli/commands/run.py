"""``caisson run``: one agent, one message, the stream of what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import click

from services.cli.attachments import read_attachment, read_schema
from services.cli.client import wire
from services.cli.client.clients import run_agent
from services.cli.commands.options import allow_fetch_option, bundle_argument, secret_option
from services.cli.commands.run_options import run_options
from services.cli.domain import RunLimits, RunRequest
from services.cli.egress import EgressOptions
from services.cli.errors import EXIT_DONE, EXIT_FAILED, UsageError
from services.cli.hosting import private_pair
from services.cli.inputs import read_bundle, read_message, read_text
from services.cli.interrupts import run as run_to_end
from services.cli.show.run import RunView
from services.cli.show.terminal import Terminal


@click.command("run")
@bundle_argument
@click.argument("message", required=False)
@click.option("--agent", metavar="KEY", default="", help="The agent; not needed when there is one.")
@click.option(
    "--session", metavar="ID", default="", help="Continue the conversation of this id, or begin it."
)
@click.option(
    "--resource", metavar="ID", default="", help="Whom the conversation belongs to: a user's id."
)
@click.option(
    "--model",
    metavar="M",
    default="",
    help="Use this model instead of the bundle's, as LiteLLM names it: openai/gpt-5.",
)
@click.option(
    "--server",
    metavar="ADDR",
    default="",
    help="An executor that runs already, such as 127.0.0.1:50051. Without it, both services are "
    "started for this run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print each event as a line of proto3 JSON.")
@run_options
@allow_fetch_option
@secret_option
def run_command(
    bundle: str,
    message: str | None,
    agent: str,
    session: str,
    resource: str,
    model: str,
    server: str,
    as_json: bool,
    allow_fetch: tuple[str, ...],
    secrets: tuple[str, ...],
    on_busy: str,
    fallbacks: tuple[str, ...],
    attachments: tuple[str, ...],
    schema: str | None,
    max_steps: int | None,
    max_tool_calls: int | None,
    max_output_tokens: int | None,
    max_cost: float | None,
    timeout_s: float | None,
) -> int:
    """Run an agent of BUNDLE on MESSAGE and show what happens.

    BUNDLE is a path or an http(s) URL. Without MESSAGE, the message is read from a pipe. Model
    keys and addresses are in the usual variables: OPENAI_API_KEY, OPENAI_BASE_URL,
    ANTHROPIC_API_KEY and the like; `caisson doctor` shows which providers they make usable.

    Exit status: 0 done, 1 the run failed, 2 the command or the bundle is wrong, 130 interrupted.
    """
    egress = EgressOptions(allow_fetch, secrets)
    egress.policy()
    if server and secrets:
        raise UsageError(
            "--secret works without --server only: the secrets of a running executor are set where "
            "it runs, by CAISSON_EXECUTOR_SECRETS."
        )
    named = read_bundle(bundle)
    request = RunRequest(
        read_message(message),
        named.source,
        read_text(named.url, "BUNDLE"),
        read_text(agent, "--agent"),
        read_text(session, "--session"),
        read_text(resource, "--resource"),
        read_text(model, "--model"),
        allow_fetch if server and allow_fetch else None,
        tuple(read_text(model, "--fallback") for model in fallbacks),
        on_busy,
        tuple(read_attachment(name) for name in attachments),
        read_schema(schema),
        RunLimits(max_steps, timeout_s, max_tool_calls, max_output_tokens, max_cost),
    )
    return run_to_end(stream(request, server, egress, as_json=as_json))


async def stream(request: RunRequest, server: str, egress: EgressOptions, *, as_json: bool) -> int:
    """Run and show the events; return the exit status.

    Raises:
        CliError: the run could not start, or it failed.
    """
    with Terminal() as terminal:
        if not as_json:
            terminal.wait("asking the executor" if server else "starting the services")
        async with executor_at(server, egress) as address:
            if not as_json:
                terminal.wait("reading the bundle")
            show = JsonView() if as_json else TextView(terminal)
            finished = False
            async with aclosing(run_agent(address, request)) as events:
                async for event in events:
                    show.show(event)
                    finished = finished or event.run_ended.HasField("finish")
            return EXIT_DONE if finished else EXIT_FAILED


@asynccontextmanager
async def executor_at(server: str, egress: EgressOptions) -> AsyncIterator[str]:
    """Yield the address of the executor to ask: the one given, or one of our own."""
    if server:
        yield server
        return
    async with private_pair(egress.executor_settings()) as address:
        yield address


class JsonView:
    """Prints each event as one line of JSON."""

    def show(self, event: wire.Event) -> None:
        """Print the event and pass it on at once."""
        click.echo(wire.event_line(event))


class TextView:
    """Shows each event to a person."""

    def __init__(self, terminal: Terminal) -> None:
        self._view = RunView(terminal)

    def show(self, event: wire.Event) -> None:
        """Show the event where it is one that shows."""
        seen = wire.run_event(event)
        if seen is not None:
            self._view.show(seen)
