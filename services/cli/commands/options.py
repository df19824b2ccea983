"""Options and arguments that several commands take."""

from __future__ import annotations

import click

bundle_argument = click.argument("bundle", metavar="BUNDLE")
allow_fetch_option = click.option(
    "--allow-fetch",
    "allow_fetch",
    metavar="RULE",
    multiple=True,
    help="Let tools fetch from RULE: host, *.suffix, host:port or scheme://host[:port][/path]. A "
    "bare host means https. May be given several times. Without it, nothing may be fetched.",
)
secret_option = click.option(
    "--secret",
    "secrets",
    metavar="NAME@HOST[,OPTION]...",
    multiple=True,
    help="Let tools send the value of the environment variable NAME to HOST (a rule as for "
    "--allow-fetch, which is needed too). Tools see only a placeholder. header=H allows it in that "
    "header alone, method=M in requests of that method. Example: "
    "EXA_API_KEY@api.exa.ai,header=x-api-key. May be given several times.",
)
