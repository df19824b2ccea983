"""Deployed agents, as a person asks for them and sees them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from google.protobuf import json_format

from caisson.executor.v1 import run_pb2
from caisson.executor.v1beta1 import agent_service_pb2 as pb
from caisson.executor.v1beta1.agent_service_pb2_grpc import AgentServiceStub
from services.cli.client.clients import open_channel
from services.cli.client.run_wire import to_limits
from services.cli.client.shown import local_minute, message_line
from services.cli.domain import RunLimits

SUBJECTS = {
    number: name.removeprefix("CHANGE_SUBJECT_").lower()
    for name, number in pb.ChangeSubject.items()
}


@dataclass(frozen=True)
class SecretUse:
    """A secret and the requests that may carry it, as rules with their methods."""

    name: str
    hosts: tuple[tuple[str, tuple[str, ...]], ...]
    header: str = ""


@dataclass(frozen=True)
class WantedReach:
    """What the runs of a version may reach."""

    fetch: tuple[str, ...] = ()
    secrets: tuple[SecretUse, ...] = ()
    env: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tool_models: bool = False
    limits: RunLimits = field(default_factory=RunLimits)
    approvals: tuple[str, ...] = ()


@dataclass(frozen=True)
class WantedVersion:
    """A bundle to deploy: its bytes, or a URL."""

    name: str
    reach: WantedReach
    source: bytes | None = field(default=None, repr=False)
    url: str = ""
    dry_run: bool = False
    approves: bool = False


@dataclass(frozen=True)
class ShownVersion:
    """A version as a person sees it; ``line`` is the same as one line of proto3 JSON."""

    name: str
    version: int
    digest: str
    agents: str
    approval: str
    created: str
    reach: tuple[str, ...]
    wider: tuple[str, ...]
    approved: bool
    line: str


@dataclass(frozen=True)
class ShownChange:
    """A difference; a text is empty where there is nothing."""

    subject: str
    path: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownDeployment:
    """A version that was deployed, or would be, and how it differs from the one before."""

    version: ShownVersion
    before: int
    changes: tuple[ShownChange, ...]
    change_count: int
    wider: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class ShownAgent:
    """An agent: ``labels`` are the versions by label, ``told`` the same as text."""

    name: str
    latest: int
    labels: dict[str, int]
    told: str
    line: str


async def deploy(address: str, wanted: WantedVersion) -> ShownDeployment:
    """Deploy a version, or only tell what it would be; raises CliError."""
    bundle = run_pb2.BundleSource(url=wanted.url)
    if wanted.source is not None:
        bundle = run_pb2.BundleSource(inline=wanted.source)
    request = pb.DeployBundleRequest(
        name=wanted.name,
        bundle=bundle,
        reach=_reach(wanted.reach),
        validate_only=wanted.dry_run,
        approve_reach=wanted.approves,
    )
    async with open_channel(address) as channel:
        answer = await AgentServiceStub(channel).DeployBundle(request)
    found = answer.difference
    changes = tuple(
        ShownChange(SUBJECTS.get(each.subject, "change"), each.path, each.before, each.after)
        for each in found.changes
    )
    shown = _version(answer.version)
    line = message_line(answer)
    wider = tuple(found.wider)
    return ShownDeployment(shown, found.version, changes, found.change_count, wider, line)


async def agents_of(address: str) -> AsyncGenerator[ShownAgent, None]:
    """Yield the deployed agents by name; raises CliError."""
    async with open_channel(address) as channel:
        stub, token = AgentServiceStub(channel), ""
        while True:
            page = await stub.ListAgents(pb.ListAgentsRequest(page_token=token))
            for agent in page.agents:
                yield _agent(agent)
            token = page.next_page_token
            if not token:
                return


async def agent_of(address: str, name: str) -> ShownAgent:
    """Return an agent; raises CliError."""
    async with open_channel(address) as channel:
        answer = await AgentServiceStub(channel).GetAgent(pb.GetAgentRequest(name=name))
        return _agent(answer.agent)


async def versions_of(address: str, name: str) -> AsyncGenerator[ShownVersion, None]:
    """Yield the versions of an agent, the newest first; raises CliError."""
    async with open_channel(address) as channel:
        stub, token = AgentServiceStub(channel), ""
        while True:
            page = await stub.ListVersions(pb.ListVersionsRequest(name=name, page_token=token))
            for version in page.versions:
                yield _version(version)
            token = page.next_page_token
            if not token:
                return


async def approve(address: str, name: str, version: int) -> ShownVersion:
    """Approve what a version may reach; raises CliError."""
    async with open_channel(address) as channel:
        request = pb.ApproveReachRequest(name=name, version=version)
        answer = await AgentServiceStub(channel).ApproveReach(request)
        return _version(answer.version)


async def set_label(
    address: str, name: str, label: str, version: int, percent: int | None, expected: int | None
) -> ShownAgent:
    """Point a label at a version, 0 for none; raises CliError."""
    async with open_channel(address) as channel:
        request = pb.SetLabelRequest(
            name=name, label=label, version=version, percent=percent, expected_version=expected
        )
        answer = await AgentServiceStub(channel).SetLabel(request)
        return _agent(answer.agent)


async def delete(address: str, name: str, version: int) -> None:
    """Delete a version, or for 0 the agent; raises CliError."""
    async with open_channel(address) as channel:
        request = pb.DeleteAgentRequest(name=name, version=version)
        await AgentServiceStub(channel).DeleteAgent(request)


def _reach(wanted: WantedReach) -> pb.Reach:
    return pb.Reach(
        fetch=[pb.FetchAccess(rule=rule) for rule in wanted.fetch],
        secrets=[
            pb.SecretAccess(
                name=each.name,
                hosts=[pb.FetchAccess(rule=rule, methods=methods) for rule, methods in each.hosts],
                header=each.header,
            )
            for each in wanted.secrets
        ],
        env=wanted.env,
        models=wanted.models,
        tool_models=wanted.tool_models,
        limits=to_limits(wanted.limits),
        approvals=[run_pb2.ApprovalRule(tool=tool) for tool in wanted.approvals],
    )


def _reached(reach: pb.Reach) -> tuple[str, ...]:
    """Return what may be reached, a line for each kind."""
    told = [("fetch", [_rule(each) for each in reach.fetch])]
    for secret in reach.secrets:
        where = f" in {secret.header}" if secret.header else ""
        told.append(("secret", [f"{secret.name} at {', '.join(map(_rule, secret.hosts))}{where}"]))
    told += [("env", list(reach.env)), ("models", list(reach.models))]
    limits = json_format.MessageToDict(reach.limits)
    told.append(("limits", [f"{name} {value}" for name, value in limits.items()]))
    told.append(("approvals", [each.tool for each in reach.approvals]))
    lines = [f"{kind}: {', '.join(values)}" for kind, values in told if values]
    return (*lines, "tools may ask models") if reach.tool_models else tuple(lines)


def _rule(access: pb.FetchAccess) -> str:
    return f"{access.rule} ({', '.join(access.methods)})" if access.methods else access.rule


def _version(version: pb.AgentVersion) -> ShownVersion:
    approval = "not approved"
    if version.approved:
        approval = f"approved by {version.approved_by}" if version.approved_by else "approved"
    return ShownVersion(
        version.name,
        version.version,
        version.bundle_digest,
        ", ".join(version.agents),
        approval,
        local_minute(version.create_time),
        _reached(version.reach),
        tuple(version.wider),
        version.approved,
        message_line(version),
    )


def _agent(agent: pb.DeployedAgent) -> ShownAgent:
    told = [
        f"{each.label} → {each.version}" + (f" ({each.percent} %)" if each.percent else "")
        for each in agent.labels
    ]
    return ShownAgent(
        agent.name,
        agent.latest_version,
        {each.label: each.version for each in agent.labels},
        ", ".join(told),
        message_line(agent),
    )
