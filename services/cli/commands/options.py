"""Options and arguments that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

import click

from services.cli.access import server_of
from services.cli.errors import UsageError
from services.cli.settings import api_key_of_environment

F = TypeVar("F", bound=Callable[..., Any])

REACH_NAMES: Final = {
    "ca": "--ca",
    "cert": "--cert",
    "key": "--key",
    "api_key_file": "--api-key-file",
}


def server_address(_: click.Context, __: click.Parameter, value: str) -> str:
    """Return the address of ``--server``; raises UsageError when it is a URL."""
    scheme, separator, rest = value.partition("://")
    if separator and scheme.lower() in {"http", "https", "grpc"}:
        raise UsageError(
            f"--server is HOST:PORT or unix:/path. Leave out {scheme}://: "
            f"--server {rest.strip('/')}"
        )
    return value


def server_options(meaning: str) -> Callable[[F], F]:
    """Return a decorator that gives a command ``server``, from --server and how it is reached.

    ``meaning`` is the help of --server.
    """

    def decorate(command: F) -> F:
        @wraps(command)
        def with_server(
            server: str, ca: str, cert: str, key: str, api_key_file: str, **rest: Any
        ) -> Any:
            check_reach(server)
            api_key = api_key_of_environment()
            found = server_of(server, ca, cert, key, api_key, api_key_file)
            return command(server=found, **rest)

        decorated: Any = with_server
        for option in reversed(_REACH):
            decorated = option(decorated)
        named = click.option(
            "--server", metavar="ADDR", default="", callback=server_address, help=meaning
        )
        return cast("F", named(decorated))

    return decorate


def check_reach(server: str) -> None:
    """Raise UsageError for an option of how a server is reached, where none is named."""
    context = click.get_current_context()
    for name, option in REACH_NAMES.items():
        given = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if given and not server:
            raise UsageError(f"{option} is for the executor of --server, which is not given.")


_REACH = (
    click.option(
        "--ca",
        metavar="FILE",
        default="",
        envvar="CAISSON_SERVER_CA",
        help="Reach --server over TLS, and trust the authorities in FILE, or those of the public "
        "web for the word public. [CAISSON_SERVER_CA]",
    ),
    click.option(
        "--cert",
        metavar="FILE",
        default="",
        envvar="CAISSON_SERVER_CERT",
        help="Show --server this certificate. [CAISSON_SERVER_CERT]",
    ),
    click.option(
        "--key",
        metavar="FILE",
        default="",
        envvar="CAISSON_SERVER_KEY",
        help="The certificate's key. [CAISSON_SERVER_KEY]",
    ),
    click.option(
        "--api-key-file",
        "api_key_file",
        metavar="FILE",
        default="",
        envvar="CAISSON_API_KEY_FILE",
        help="Send --server the API key in FILE; else the one in the variable CAISSON_API_KEY, if "
        "that is set. [CAISSON_API_KEY_FILE]",
    ),
)

runs_server_option = server_options(
    "Use the executor that runs at this address. Without it, use the runs in this user's "
    "state folder, where `caisson run` records them."
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
