"""Options and arguments that several commands take."""

from __future__ import annotations

import click

from services.cli.errors import UsageError


def server_address(_: click.Context, __: click.Parameter, value: str) -> str:
    """Return the address of ``--server``; raises UsageError when it is a URL."""
    scheme, separator, rest = value.partition("://")
    if separator and scheme.lower() in {"http", "https", "grpc"}:
        raise UsageError(
            f"--server is HOST:PORT or unix:/path. Leave out {scheme}://: "
            f"--server {rest.strip('/')}"
        )
    return value


runs_server_option = click.option(
    "--server",
    metavar="ADDR",
    default="",
    callback=server_address,
    help="Use the executor that runs at this address. Without it, use the runs in this user's "
    "state folder, where `caisson run` records them.",
)
agent_arguments_option = click.option(
    "--agent-args",
    "agent_args",
    metavar="JSON",
    help="Arguments of the function that makes the agent, for an agent such as createHelper(): an "
    "array of them, or an object, which is then the only one.",
)
bundle_argument = click.argument("bundle", metavar="BUNDLE")
allow_fetch_option = click.option(
    "--allow-fetch",
    "allow_fetch",
    metavar="RULE",
    multiple=True,
    help="Let tools fetch from RULE: host, *.suffix, host:port or scheme://host[:port][/path]. A "
    "bare host means https. May be given several times. Without it, nothing may be fetched.",
)
allow_models_option = click.option(
    "--allow-models",
    "allow_models",
    is_flag=True,
    help="Let tools ask models by the helpers of their framework, such as generateText, where the "
    "bundle imports it. What they use counts in the run's limits.",
)
env_option = click.option(
    "--env",
    "env",
    metavar="NAME[=VALUE]",
    multiple=True,
    help="Give tools, and the bundle while it loads, the plain value NAME in process.env: an "
    "address, a region, a flag, an id that is no secret. Without =VALUE, the value comes from this "
    "command's environment. Tools see it as it is; for a key use --secret. May be given several "
    "times.",
)
secret_option = click.option(
    "--secret",
    "secrets",
    metavar="NAME@HOST[,OPTION]...",
    multiple=True,
    help="Let tools send the value of the environment variable NAME to HOST (a rule as for "
    "--allow-fetch, which is needed too). Tools see only a placeholder. header=H allows it in that "
    "header alone, method=M in requests of that method. like=EXAMPLE gives the placeholder the "
    "form of an example, such as sk_live_..., for clients that check their key. Example: "
    "EXA_API_KEY@api.exa.ai,header=x-api-key. May be given several times.",
)
