"""The options of ``caisson run`` that say how an agent is to be run, beside which agent it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

import click

from services.cli.client.run_wire import SESSION_POLICIES

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--on-busy",
        type=click.Choice(list(SESSION_POLICIES)),
        default="reject",
        show_default=True,
        help="When another run of the session is going on: be refused, wait for it, or stop it.",
    ),
    click.option(
        "--fallback",
        "fallbacks",
        metavar="M",
        multiple=True,
        help="Ask this model when the one before cannot answer. May be given several times.",
    ),
    click.option(
        "--attach",
        "attachments",
        metavar="FILE",
        multiple=True,
        help="An image or a file that goes with the message: a path, or an http(s) URL. May be "
        "given several times.",
    ),
    click.option(
        "--schema",
        metavar="FILE",
        help="A file with the JSON Schema of an object; the answer is one that fits it.",
    ),
    click.option(
        "--context",
        metavar="JSON",
        default="{}",
        show_default=True,
        help="The request context that the tools are handed, a JSON object.",
    ),
    click.option(
        "--max-steps", metavar="N", type=click.IntRange(1), help="Model queries, at most."
    ),
    click.option(
        "--max-tool-calls", metavar="N", type=click.IntRange(0), help="Tool calls, at most."
    ),
    click.option(
        "--max-output-tokens",
        metavar="N",
        type=click.IntRange(1),
        help="Tokens of all answers together, at most.",
    ),
    click.option(
        "--max-cost",
        metavar="USD",
        type=click.FloatRange(0, min_open=True),
        help="US dollars of all queries together, at most.",
    ),
    click.option(
        "--timeout-s",
        metavar="X",
        type=click.FloatRange(0, min_open=True),
        help="Seconds of the whole run, at most.",
    ),
)


def run_options(command: F) -> F:
    """Give a command all of ``OPTIONS``, in their order."""
    return reduce(lambda decorated, option: option(decorated), reversed(OPTIONS), command)
