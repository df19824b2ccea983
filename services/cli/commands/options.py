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
    metavar="NAME@HOST[,OPTION]...",
    multiple=True,
    help="Let the tools send the secret NAME to HOST, a rule as for --allow-fetch, and see only a "
    "placeholder of it. The value is that of the environment variable NAME. An OPTION narrows "
    "that: header=NAME to one header, so never the URL or a body, method=METHOD to a method (may "
    "be repeated): EXA_API_KEY@https://api.exa.ai/search,header=x-api-key,method=POST.",
)
