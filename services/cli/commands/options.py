"""Options and arguments that several commands take."""

from __future__ import annotations

import click

bundle_argument = click.argument("bundle", metavar="BUNDLE")
allow_fetch_option = click.option(
    "--allow-fetch",
    "allow_fetch",
    metavar="RULE",
    multiple=True,
    help="Let the tools fetch from there: host, *.suffix, host:port or "
    "scheme://host[:port][/path]. A bare host means https. May be given several times; nothing "
    "may be fetched without it.",
)
secret_option = click.option(
    "--secret",
    "secrets",
    metavar="NAME@HOST",
    multiple=True,
    help="Let the tools send the secret NAME to HOST, and see only a placeholder of it. The value "
    "is that of the environment variable NAME.",
)
