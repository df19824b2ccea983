"""``caisson runs inputs`` and ``caisson runs answer``: what runs wait for, and the answers."""

from __future__ import annotations

from contextlib import aclosing

import click

from services.cli.client.input_wire import Reply, answer_input, inputs_of
from services.cli.commands.options import runs_server_option
from services.cli.commands.run import executor_at
from services.cli.errors import EXIT_DONE, UsageError
from services.cli.inputs import read_json, read_text
from services.cli.interrupts import run as run_to_end
from services.cli.show.inputs import show_listed
from services.cli.show.terminal import Terminal

_ONE = "Give exactly one of --approve, --input, --deny, --result and --error."


@click.command("inputs")
@click.argument("run", metavar="[RUN]", required=False, default="")
@runs_server_option
@click.option("--json", "as_json", is_flag=True, help="Print each as a line of proto3 JSON.")
def inputs_command(run: str, server: str, as_json: bool) -> int:
    """Show what runs wait for, or RUN alone: approvals, and results of tools of clients."""
    return run_to_end(show_inputs(read_text(run, "RUN"), server, as_json=as_json))


@click.command("answer")
@click.argument("run", metavar="RUN")
@click.argument("given", metavar="INPUT")
@click.option("--approve", is_flag=True, help="Let the call be made.")
@click.option("--input", "edited", metavar="JSON", help="Let it be made with this input instead.")
@click.option("--deny", "denied", metavar="REASON", help="Deny it; the model is told REASON.")
@click.option("--result", metavar="JSON", help="Tell what the client's tool returned.")
@click.option("--error", metavar="TEXT", help="Tell why the client's tool failed.")
@runs_server_option
def answer_command(
    run: str,
    given: str,
    approve: bool,
    edited: str | None,
    denied: str | None,
    result: str | None,
    error: str | None,
    server: str,
) -> int:
    """Answer INPUT, which RUN waits for; `caisson runs inputs` shows its id.

    The first answer counts. The run then goes on.
    """
    if sum((approve, *(each is not None for each in (edited, denied, result, error)))) != 1:
        raise UsageError(_ONE)
    reply = Reply(
        input="" if approve else None if edited is None else read_json(edited, "--input"),
        denied=None if denied is None else read_text(denied, "--deny"),
        result=None if result is None else read_json(result, "--result"),
        error=None if error is None else read_text(error, "--error"),
    )
    return run_to_end(answer(read_text(run, "RUN"), read_text(given, "INPUT"), reply, server))


async def show_inputs(run_id: str, server: str, *, as_json: bool) -> int:
    """Print what runs wait for; return the exit status."""
    with Terminal() as terminal:
        async with (
            executor_at(server, {}) as address,
            aclosing(inputs_of(address, run_id)) as inputs,
        ):
            found = 0
            async for each in inputs:
                found += 1
                if as_json:
                    click.echo(each.line)
                else:
                    show_listed(terminal, each, server)
            if not found and not as_json:
                terminal.line("Nothing is waited for.", "dim")
    return EXIT_DONE


async def answer(run_id: str, input_id: str, reply: Reply, server: str) -> int:
    """Answer an input; return the exit status."""
    with Terminal() as terminal:
        async with executor_at(server, {}) as address:
            await answer_input(address, run_id, input_id, reply)
        terminal.line(f"The input {input_id} is answered.", "dim")
    return EXIT_DONE
