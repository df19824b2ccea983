"""The options of ``caisson run`` that say how to run an agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, TypeVar

import click

from services.cli.client.run_wire import SESSION_POLICIES
from services.executor.settings import PREFIX, Settings

F = TypeVar("F", bound=Callable[..., Any])

DEFAULTS = Settings()


def default_of(value: object, setting: str) -> str:
    """Return the text for a limit's default."""
    return f"Default: {value}, or {PREFIX}{setting}."


OPTIONS = (
    click.option(
        "--approve",
        metavar="TOOL",
        multiple=True,
        help='Approve all calls of this tool that need it; "*" for all tools. May be given several '
        "times.",
    ),
    click.option(
        "--deny-approvals",
        is_flag=True,
        help="Deny all other calls that need an approval, without asking.",
    ),
    click.option(
        "--on-busy",
        type=click.Choice(list(SESSION_POLICIES)),
        default="reject",
        show_default=True,
        help="What to do while another run of the session is active: fail, wait, or stop it.",
    ),
    click.option(
        "--fallback",
        "fallbacks",
        metavar="M",
        multiple=True,
        help="Use this model when the previous one cannot answer. May be given several times.",
    ),
    click.option(
        "--attach",
        "attachments",
        metavar="FILE",
        multiple=True,
        help="Send an image or a file with the message: a path or an http(s) URL. May be given "
        "several times.",
    ),
    click.option(
        "--schema",
        metavar="FILE",
        help="Require an answer that is a JSON object and fits the JSON Schema in FILE.",
    ),
    click.option(
        "--context",
        metavar="JSON",
        default="{}",
        show_default=True,
        help="The request context for tools: a JSON object.",
    ),
)
LIMITS = (
    click.option(
        "--max-steps",
        metavar="N",
        type=click.IntRange(1),
        help="Query the model at most N times. " + default_of(DEFAULTS.max_steps, "MAX_STEPS"),
    ),
    click.option(
        "--max-tool-calls",
        metavar="N",
        type=click.IntRange(0),
        help="Make at most N tool calls. " + default_of(DEFAULTS.max_tool_calls, "MAX_TOOL_CALLS"),
    ),
    click.option(
        "--max-output-tokens",
        metavar="N",
        type=click.IntRange(1),
        help="Use at most N tokens for all answers together. "
        + default_of("no limit", "MAX_OUTPUT_TOKENS"),
    ),
    click.option(
        "--max-cost",
        "max_cost_usd",
        metavar="USD",
        type=click.FloatRange(0, min_open=True),
        help="Spend at most this many US dollars on all queries together. "
        + default_of("no limit", "MAX_COST_USD"),
    ),
    click.option(
        "--timeout-s",
        metavar="X",
        type=click.FloatRange(0, min_open=True),
        help="Stop the run after X seconds. "
        + default_of(f"{DEFAULTS.run_timeout_s:g}", "RUN_TIMEOUT_S"),
    ),
)


def run_options(command: F) -> F:
    """Give a command all ``OPTIONS`` and ``LIMITS``, in order."""
    return _given(command, (*OPTIONS, *LIMITS))


def limit_options(command: F) -> F:
    """Give a command the options that limit runs."""
    return _given(command, LIMITS)


def _given(command: F, options: Sequence[Callable[[F], F]]) -> F:
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)
