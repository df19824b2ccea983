"""What to grant to tools, by what their code names, and which of it they were not granted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from services.executor.domain import Diagnostic, Reach, Severity, ToolSpec
from services.executor.egress.fetch_request import OWN_HEADERS

# What says how a program behaves, and is no secret.
_NO_SECRETS = re.compile(
    r"^(?:CI|CI_NAME|COLORTERM|DEBUG|FORCE_COLOR|HOME|HOSTNAME|LANG|NO_COLOR|NODE_ENV|PATH|PORT|SHELL"
    r"|TZ|USER|(?:LOCAL)?APPDATA|USERPROFILE|(?:TERM|XDG)(?:_.*)?|(?:.*_)?(?:DEBUG|DIR|ENDPOINT|ENV"
    r"|HOST|LOG|LOG_LEVEL|ORIGIN|PROXY|REGION|TIMEOUT|URI|URL|VERSION))$",
    re.IGNORECASE,
)
# What packages write where a host belongs that they will be told; with a port it is meant.
_PLACEHOLDERS = frozenset({"http://localhost", "localhost", "http://127.0.0.1"})
# A package that knows more names than this has one for each of its ways, and needs few of them.
MAX_SECRETS = 4
MAX_SHOWN = 12


@dataclass(frozen=True)
class Grants:
    """Hosts to reach, secrets with what they are bound to, and names without one host.

    A secret is bound to the header in which the code sends it, where that is all it does with it.
    """

    hosts: tuple[str, ...]
    secrets: tuple[tuple[str, str], ...]
    unbound: tuple[str, ...]

    def pairs(self) -> list[tuple[str, str]]:
        """Return the options with their values."""
        found = [("--allow-fetch", host) for host in self.hosts]
        return found + [("--secret", f"{name}@{bound}") for name, bound in self.secrets]

    def flags(self) -> list[str]:
        """Return each option with its value, quoted for a shell where that is needed."""
        return [f"{option} {shlex.quote(value)}" for option, value in self.pairs()]

    def arguments(self) -> list[str]:
        """Return the arguments as a program takes them."""
        return [each for pair in self.pairs() for each in pair]


def grants_for(tools: Iterable[ToolSpec]) -> Grants:
    """Return what the tools name together; a secret is bound where its tool names one host."""
    hosts: dict[str, None] = {}
    secrets: dict[tuple[str, str], None] = {}
    unbound: dict[str, None] = {}
    for tool in tools:
        if tool.reach is None:
            continue
        own = [host for host in tool.reach.hosts if _can_be_granted(host)]
        hosts |= dict.fromkeys(own)
        names = [name for name in tool.reach.env if not _NO_SECRETS.match(name)]
        for name in names:
            if len(own) == 1 and len(names) <= MAX_SECRETS:
                host = own[0].rpartition("//")[2]
                for bound in _bound(host, tool.reach, name):
                    secrets[name, bound] = None
            else:
                unbound[name] = None
    named = {name for name, _ in secrets}
    return Grants(
        tuple(hosts), tuple(secrets), tuple(name for name in unbound if name not in named)
    )


def _bound(host: str, reach: Reach, name: str) -> list[str]:
    """Return what a secret is bound to: one host, and the headers that the code sends it in."""
    headers = [each.header for each in reach.headers if each.env == name]
    if not headers or OWN_HEADERS.intersection(headers):
        return [host]
    return [f"{host},header={header}" for header in headers]


def _can_be_granted(host: str) -> bool:
    return not host.startswith(("ws://", "wss://")) and host not in _PLACEHOLDERS


def not_granted(tool: ToolSpec, granted: Collection[str]) -> tuple[str, ...]:
    """Return the options that would grant the secrets that a tool's code reads and has not got.

    Args:
        tool: what was read of it.
        granted: names that it finds in its environment.
    """
    found = grants_for([tool])
    bound = [f"{name}@{host}" for name, host in found.secrets if name not in granted]
    unbound = [f"{name}@HOST" for name in found.unbound if name not in granted]
    return tuple(f"--secret {shlex.quote(each)}" for each in (*bound, *unbound))


def warnings_of(
    agent: str, tools: Iterable[ToolSpec], granted: Collection[str]
) -> Iterator[Diagnostic]:
    """Yield what to say at the start of a run of the secrets that its tools read and have not got.

    A tool whose code knows many names needs few of them: of that, only a note is made.
    """
    for tool in tools:
        options = not_granted(tool, granted)
        if options:
            yield Diagnostic(
                Severity.WARNING if len(options) <= MAX_SECRETS else Severity.INFO,
                f"agents.{agent}.tools.{tool.key}.execute",
                f"it reads secrets that are not granted: {' '.join(options[:MAX_SHOWN])} "
                "(a deployment: CAISSON_EXECUTOR_SECRETS)",
            )
