"""Options and arguments that several commands take."""

from __future__ import annotations

import click

NOT_YET = "not in this version: fetch is refused for every tool"


def _refuse(
    _context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    if value:
        raise click.UsageError(f"{parameter.opts[0]} is {NOT_YET}.")
    return value


bundle_argument = click.argument("bundle", metavar="BUNDLE")
allow_fetch_option = click.option(
    "--allow-fetch", multiple=True, hidden=True, expose_value=False, callback=_refuse
)
secret_option = click.option(
    "--secret", multiple=True, hidden=True, expose_value=False, callback=_refuse
)
