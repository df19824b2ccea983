"""Suggests grants from the names in tools' code, and finds the ones that are missing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from services.executor.domain import Diagnostic, Severity, ToolSpec
from services.executor.egress.fetch_request import OWN_HEADERS
from services.executor.env_kinds import may_be_plain, may_be_secret
from services.executor.mcp_servers import McpServer, Variable
from services.executor.tool_reach import Reach

# A rule by a name such as localhost grants no loopback address, so it helps nobody.
_LOCAL_NAME = re.compile(r"(?:https?://)?(?:(?:[\w-]+\.)*localhost(?::\d+)?|127\.0\.0\.1)")
_LOOPBACK = re.compile(r"(?:127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)(?::\d+)?")
# A package that knows more names than this has many options, and needs few of them.
MAX_SECRETS = 4
MAX_SHOWN = 12
# So does one that names more hosts than this, such as a list of all providers of models.
MAX_HOSTS = 16
# A run starts with warnings about so many tools, and looks at so many names, hosts and headers of
# each: it is the event loop that waits for them.
MAX_WARNED_TOOLS = 100
MAX_LOOKED_AT = 32
_ORIGIN = re.compile(r"(https?)://([\w.-]+(?::\d+)?|\[[0-9a-fA-F:.]+\](?::\d+)?)(?=[/?#]|$)")
DEPLOYED = "CAISSON_EXECUTOR_SECRETS and CAISSON_EXECUTOR_ALLOW_FETCH"
DEPLOYED_VALUES = "CAISSON_EXECUTOR_ENV"


@dataclass(frozen=True)
class Grants:
    """Hosts, bound secrets, names without a single host, plain values, and queries to models.

    A secret is bound to the header in which the code sends it, if the code does nothing else with
    it. ``many`` are the hosts of tools that name too many to grant them all.
    """

    hosts: tuple[str, ...]
    secrets: tuple[tuple[str, str], ...]
    unbound: tuple[str, ...]
    plain: tuple[str, ...] = ()
    models: bool = False
    many: tuple[str, ...] = ()

    def pairs(self) -> list[tuple[str, str]]:
        """Return the options with their values."""
        found = [("--allow-fetch", host) for host in self.hosts]
        found += [("--secret", f"{name}@{bound}") for name, bound in self.secrets]
        return found + [("--env", name) for name in self.plain]

    def flags(self) -> list[str]:
        """Return each option with its value, quoted for a shell if needed."""
        flags = [f"{option} {shlex.quote(value)}" for option, value in self.pairs()]
        return [*flags, *self._switches()]

    def arguments(self) -> list[str]:
        """Return the command-line arguments."""
        return [*(each for pair in self.pairs() for each in pair), *self._switches()]

    def _switches(self) -> list[str]:
        return ["--allow-models"] if self.models else []


def grants_for(
    tools: Iterable[ToolSpec],
    asking: Collection[str] = (),
    servers: Iterable[McpServer] = (),
) -> Grants:
    """Return the grants of all tools and servers; a secret is bound if its tool names one host.

    ``asking`` are the modules by which tools ask models.
    """
    models = False
    hosts: dict[str, None] = {}
    many: dict[str, None] = {}
    secrets: dict[tuple[str, str], None] = {}
    unbound: dict[str, None] = {}
    plain: dict[str, None] = {}
    for server in servers:
        _add_server(server, hosts, secrets, unbound, plain)
    for tool in tools:
        if tool.reach is None:
            continue
        models = models or any(name in asking for name in tool.reach.modules)
        own = [host for host in tool.reach.hosts if _can_be_granted(host)]
        (hosts if len(own) <= MAX_HOSTS else many).update(dict.fromkeys(own))
        sent = {each.env for each in tool.reach.headers}
        addresses = [name for name in tool.reach.addresses if name not in sent]
        plain |= dict.fromkeys(name for name in addresses if may_be_plain(name))
        names = [name for name in tool.reach.env if may_be_secret(name) and name not in addresses]
        # A loopback address is then only the default of an address that the deployment gives.
        given = bool(addresses) and _is_loopback(own[0]) if len(own) == 1 else False
        for name in names:
            if len(own) == 1 and len(names) <= MAX_SECRETS and not given:
                host = own[0].rpartition("//")[2]
                for bound in _bound(host, tool.reach, name):
                    secrets[name, bound] = None
            else:
                unbound[name] = None
    named = {name for name, _ in secrets}
    return Grants(
        tuple(hosts),
        tuple(secrets),
        tuple(name for name in unbound if name not in named),
        tuple(plain),
        models,
        tuple(host for host in many if host not in hosts),
    )


def _add_server(
    server: McpServer,
    hosts: dict[str, None],
    secrets: dict[tuple[str, str], None],
    unbound: dict[str, None],
    plain: dict[str, None],
) -> None:
    """Add what an MCP server needs: its host, and the secrets that its headers send."""
    address = "".join(
        part if isinstance(part, str) else part.otherwise or "\0" for part in server.url
    )
    plain |= dict.fromkeys(part.name for part in server.url if isinstance(part, Variable))
    found = _ORIGIN.match(address)
    rule = None if found is None else found[2] if found[1] == "https" else found[0]
    if rule is not None and _can_be_granted(rule):
        hosts[rule] = None
    for header, text in server.headers:
        for part in text:
            if not isinstance(part, Variable):
                continue
            if found is None:
                unbound[part.name] = None
            else:
                secrets[part.name, f"{found[2]},header={header.lower()}"] = None


def _bound(host: str, reach: Reach, name: str) -> list[str]:
    """Return the bindings of a secret: one host, and the headers that the code sends it in."""
    headers = [each.header for each in reach.headers if each.env == name]
    if not headers or OWN_HEADERS.intersection(headers):
        return [host]
    return [f"{host},header={header}" for header in headers]


def _can_be_granted(host: str) -> bool:
    return not host.startswith(("ws://", "wss://")) and not _LOCAL_NAME.fullmatch(host)


def _is_loopback(host: str) -> bool:
    return _LOOPBACK.fullmatch(host.rpartition("//")[2]) is not None


def not_granted(tool: ToolSpec, granted: Collection[str]) -> tuple[str, ...]:
    """Return the options for the missing secrets and values of a tool's code, then their hosts.

    Args:
        tool: the tool.
        granted: the names in its environment.
    """
    found = grants_for([tool])
    bound = [f"{name}@{host}" for name, host in found.secrets if name not in granted]
    unbound = [f"{name}@HOST" for name in found.unbound if name not in granted]
    plain = [name for name in found.plain if name not in granted]
    hosts = found.hosts if bound else ()
    return (
        *(f"--secret {shlex.quote(each)}" for each in (*bound, *unbound)),
        *(f"--env {shlex.quote(name)}=VALUE" for name in plain),
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
        what, where = ("secrets", DEPLOYED) if secrets else ("values", DEPLOYED_VALUES)
        yield Diagnostic(
            Severity.WARNING if secrets <= MAX_SECRETS else Severity.INFO,
            path,
            f"it reads {what} that are not granted: {' '.join(options[:MAX_SHOWN])} "
            f"(a deployment: {where})",
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
    short = replace(
        reach,
        hosts=reach.hosts[:MAX_LOOKED_AT],
        env=reach.env[:MAX_LOOKED_AT],
        headers=reach.headers[:MAX_LOOKED_AT],
        addresses=reach.addresses[:MAX_LOOKED_AT],
    )
    return replace(tool, reach=short)
