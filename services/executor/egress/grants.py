"""Suggests grants from the names in tools' code, and finds the ones that are missing."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from services.executor.domain import Diagnostic, Reach, Severity, ToolSpec
from services.executor.egress.fetch_request import OWN_HEADERS

# Variables that configure programs and are not secrets: by their name, first word or last words.
_NO_SECRETS = frozenset(
    {
        "APPDATA", "CI", "CI_NAME", "COLORTERM", "FORCE_COLOR", "HOME", "HOSTNAME", "LANG",
        "LOCALAPPDATA", "LOG_LEVEL", "NODE_ENV", "NO_COLOR", "PATH", "PORT", "SHELL", "TERM", "TZ",
        "USER", "USERPROFILE", "XDG",
    }
)  # fmt: skip
_SETTINGS_OF = ("TERM_", "XDG_")
_SETTINGS = frozenset(
    {
        "DEBUG", "DIR", "ENDPOINT", "ENV", "HOST", "LOG", "ORIGIN", "PROXY", "REGION", "TIMEOUT",
        "URI", "URL", "VERSION",
    }
)  # fmt: skip
# Placeholders for hosts in packages; with a port they are real.
_PLACEHOLDERS = frozenset({"http://localhost", "localhost", "http://127.0.0.1"})
# A package that knows more names than this has many options, and needs few of them.
MAX_SECRETS = 4
MAX_SHOWN = 12
# A run starts with warnings about so many tools, and looks at so many names, hosts and headers of
# each: it is the event loop that waits for them.
MAX_WARNED_TOOLS = 100
MAX_LOOKED_AT = 32


@dataclass(frozen=True)
class Grants:
    """Hosts, bound secrets, and names without a single host.

    A secret is bound to the header in which the code sends it, if the code does nothing else with
    it.
    """

    hosts: tuple[str, ...]
    secrets: tuple[tuple[str, str], ...]
    unbound: tuple[str, ...]

    def pairs(self) -> list[tuple[str, str]]:
        """Return the options with their values."""
        found = [("--allow-fetch", host) for host in self.hosts]
        return found + [("--secret", f"{name}@{bound}") for name, bound in self.secrets]

    def flags(self) -> list[str]:
        """Return each option with its value, quoted for a shell if needed."""
        return [f"{option} {shlex.quote(value)}" for option, value in self.pairs()]

    def arguments(self) -> list[str]:
        """Return the command-line arguments."""
        return [each for pair in self.pairs() for each in pair]


def grants_for(tools: Iterable[ToolSpec]) -> Grants:
    """Return the grants of all tools; a secret is bound if its tool names a single host."""
    hosts: dict[str, None] = {}
    secrets: dict[tuple[str, str], None] = {}
    unbound: dict[str, None] = {}
    for tool in tools:
        if tool.reach is None:
            continue
        own = [host for host in tool.reach.hosts if _can_be_granted(host)]
        hosts |= dict.fromkeys(own)
        names = [name for name in tool.reach.env if _may_be_secret(name)]
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
    """Return the bindings of a secret: one host, and the headers that the code sends it in."""
    headers = [each.header for each in reach.headers if each.env == name]
    if not headers or OWN_HEADERS.intersection(headers):
        return [host]
    return [f"{host},header={header}" for header in headers]


def _may_be_secret(name: str) -> bool:
    upper = name.upper()
    if upper in _NO_SECRETS or upper.startswith(_SETTINGS_OF) or upper.endswith("_LOG_LEVEL"):
        return False
    return upper.rpartition("_")[2] not in _SETTINGS


def _can_be_granted(host: str) -> bool:
    return not host.startswith(("ws://", "wss://")) and host not in _PLACEHOLDERS


def not_granted(tool: ToolSpec, granted: Collection[str]) -> tuple[str, ...]:
    """Return the options that would grant the missing secrets of a tool's code, then their hosts.

    Args:
        tool: the tool.
        granted: the names in its environment.
    """
    found = grants_for([tool])
    bound = [f"{name}@{host}" for name, host in found.secrets if name not in granted]
    unbound = [f"{name}@HOST" for name in found.unbound if name not in granted]
    hosts = found.hosts if bound else ()
    return (
        *(f"--secret {shlex.quote(each)}" for each in (*bound, *unbound)),
        *(f"--allow-fetch {shlex.quote(host)}" for host in hosts),
    )


def warnings_of(
    agent: str, tools: Iterable[ToolSpec], granted: Collection[str]
) -> Iterator[Diagnostic]:
    """Yield the warnings about missing secrets at the start of a run.

    A tool whose code knows many names needs few of them, so it gets only a note. Of many tools,
    and of many names of a tool, the first are looked at, and a note counts the others.
    """
    reading = [tool for tool in tools if tool.reach is not None and tool.reach.env]
    for tool in reading[:MAX_WARNED_TOOLS]:
        yield from _warnings_of_tool(agent, tool, granted)
    if len(reading) > MAX_WARNED_TOOLS:
        yield Diagnostic(
            Severity.INFO,
            f"agents.{agent}.tools",
            f"only the first {MAX_WARNED_TOOLS} of {len(reading)} tools that read names from the "
            "environment were checked for secrets that are not granted",
        )


def _warnings_of_tool(agent: str, tool: ToolSpec, granted: Collection[str]) -> Iterator[Diagnostic]:
    path = f"agents.{agent}.tools.{tool.key}.execute"
    options = not_granted(_looked_at(tool), granted)
    secrets = sum(each.startswith("--secret") for each in options)
    if options:
        yield Diagnostic(
            Severity.WARNING if secrets <= MAX_SECRETS else Severity.INFO,
            path,
            f"it reads secrets that are not granted: {' '.join(options[:MAX_SHOWN])} "
            "(a deployment: CAISSON_EXECUTOR_SECRETS and CAISSON_EXECUTOR_ALLOW_FETCH)",
        )
    names = len(tool.reach.env) if tool.reach is not None else 0
    if names > MAX_LOOKED_AT:
        yield Diagnostic(
            Severity.INFO,
            path,
            f"it reads {names} names from the environment; only the first {MAX_LOOKED_AT} were "
            "checked for secrets that are not granted",
        )


def _looked_at(tool: ToolSpec) -> ToolSpec:
    reach = tool.reach
    if reach is None:
        return tool
    hosts, env = reach.hosts[:MAX_LOOKED_AT], reach.env[:MAX_LOOKED_AT]
    return replace(
        tool, reach=replace(reach, hosts=hosts, env=env, headers=reach.headers[:MAX_LOOKED_AT])
    )
