"""Converts deployed agents and requests about them; see ``agent_service.proto``."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from caisson.executor.v1beta1 import agent_service_pb2 as pb
from services.executor.agent_names import CANARY, LABEL, NAME
from services.executor.domain import BundleSource
from services.executor.registry.difference import Change, Subject
from services.executor.registry.reach_wire import MAX_MODEL_BYTES, MAX_MODELS, from_reach
from services.executor.registry.rows import AgentRow, LabelChange, VersionRow
from services.executor.wire.long_requests import parsed
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.request_checker import RequestChecker
from services.executor.wire.request_messages import DeployRequest
from services.executor.wire.requests import from_source
from services.executor.wire.said_messages import to_time
from services.executor.wire.value_bytes import clean

DEFAULT_AGENTS, MOST_AGENTS = 50, 500
DEFAULT_VERSIONS, MOST_VERSIONS = 20, 100
MAX_PAGE_BYTES: Final = 3 * 1024 * 1024
MAX_CHANGES: Final = 200
MAX_KEYS: Final = 100
MOST_VERSION: Final = 10**18 - 1
AGENTS_ABOUT: Final = "agents"
SUBJECTS: Final = {
    Subject.AGENT: pb.CHANGE_SUBJECT_AGENT,
    Subject.PROMPT: pb.CHANGE_SUBJECT_PROMPT,
    Subject.MODEL: pb.CHANGE_SUBJECT_MODEL,
    Subject.TOOL: pb.CHANGE_SUBJECT_TOOL,
    Subject.SCHEMA: pb.CHANGE_SUBJECT_SCHEMA,
    Subject.REACH: pb.CHANGE_SUBJECT_REACH,
}


@dataclass(frozen=True)
class AskedDeployment:
    """What is to be deployed, checked.

    ``expected`` is the newest version as the caller knows it, None if it does not say.
    """

    name: str
    source: BundleSource
    validate_only: bool
    approves: bool
    expected: int | None
    reach: Any = field(repr=False)

    def reach_with(self, models: Sequence[str]) -> bytes:
        """Return the serialized reach, with these models if it names none."""
        if not self.reach.models:
            short = [name for name in map(clean, models) if len(name.encode()) <= MAX_MODEL_BYTES]
            self.reach.models.extend(short[:MAX_MODELS])  # others must be named to be used
        data: bytes = self.reach.SerializeToString(deterministic=True)
        return data


@dataclass(frozen=True)
class AgentsPage:
    """A requested page of agents, after a name."""

    after: str
    size: int
    about: tuple[str, ...]


@dataclass(frozen=True)
class VersionsPage:
    """A requested page of versions before a number, all for 0."""

    name: str
    before: int
    size: int
    about: tuple[str, ...]


@dataclass(frozen=True)
class AskedVersion:
    """A version of an agent, 0 for all; ``expected`` as in ``AskedDeployment``."""

    name: str
    version: int
    expected: int | None = None


def from_deploy_request(data: bytes) -> AskedDeployment:
    """Return what a serialized ``DeployBundleRequest`` deploys; raises RequestError."""
    request = parsed(data, DeployRequest, pb.DeployBundleRequest.DESCRIPTOR)
    check = RequestChecker()
    name = _name(request, check)
    source = from_source("bundle", request.bundle, check)
    from_reach(request.reach, "reach", check)
    expected = _optional(request, "expected_version", check)
    check.finish()
    return AskedDeployment(
        name, source, request.validate_only, request.approve_reach, expected, request.reach
    )


def from_list_agents(
    request: pb.ListAgentsRequest, organisation: str, tokens: PageTokens
) -> AgentsPage:
    """Return the requested page; raises RequestError."""
    check, about = RequestChecker(), (AGENTS_ABOUT, organisation)
    place = check.page(request, tokens, about)
    check.finish()
    size = min(request.page_size or DEFAULT_AGENTS, MOST_AGENTS)
    return AgentsPage(_text_of(place[0]) if place else "", size, about)


def from_get_agent(request: pb.GetAgentRequest) -> str:
    """Return the name of the agent; raises RequestError."""
    check = RequestChecker()
    name = _name(request, check)
    check.finish()
    return name


def from_list_versions(
    request: pb.ListVersionsRequest, organisation: str, tokens: PageTokens
) -> VersionsPage:
    """Return the requested page; raises RequestError."""
    check = RequestChecker()
    name = _name(request, check)
    about = ("versions", organisation, name)
    (before,) = check.page(request, tokens, about) or (0,)
    check.finish()
    size = min(request.page_size or DEFAULT_VERSIONS, MOST_VERSIONS)
    return VersionsPage(name, before, size, about)


def from_approve(request: pb.ApproveReachRequest) -> AskedVersion:
    """Return the version to approve; raises RequestError."""
    check = RequestChecker()
    name, version = _name(request, check), _version(request, 1, check)
    check.finish()
    return AskedVersion(name, version)


def from_set_label(request: pb.SetLabelRequest, by: str) -> LabelChange:
    """Return the label to set; raises RequestError."""
    check = RequestChecker()
    name, version = _name(request, check), _version(request, 0, check)
    if not LABEL.fullmatch(request.label):
        check.wrong("label", "It must be a letter, then at most 62 of a-z, 0-9 and -.")
    is_canary, has_percent = request.label == CANARY, request.HasField("percent")
    if has_percent and not 0 <= request.percent <= 100:
        check.wrong("percent", "It must be 0 to 100.")
    if has_percent and not is_canary:
        check.wrong("percent", f'It is only for the label "{CANARY}".')
    if is_canary and version and not has_percent:
        check.wrong("percent", "It is missing: how many percent of the runs the canary gets.")
    expected = _optional(request, "expected_version", check)
    check.finish()
    return LabelChange(name, request.label, version, request.percent, by, expected)


def from_delete_agent(request: pb.DeleteAgentRequest) -> AskedVersion:
    """Return what to delete; raises RequestError."""
    check = RequestChecker()
    name, version = _name(request, check), _version(request, 0, check)
    expected = _optional(request, "expected_version", check)
    check.finish()
    return AskedVersion(name, version, expected)


def to_agent(row: AgentRow) -> pb.DeployedAgent:
    """Return an agent with its labels."""
    return pb.DeployedAgent(
        name=row.name,
        labels=[
            pb.Label(
                label=each.label,
                version=each.version,
                percent=each.percent,
                update_time=to_time(each.changed_ns),
                updated_by=clean(each.changed_by),
            )
            for each in row.labels
        ],
        latest_version=row.latest,
        create_time=to_time(row.created_ns),
    )


def to_version(row: VersionRow) -> pb.AgentVersion:
    """Return a version."""
    return pb.AgentVersion(
        name=row.new.name,
        version=row.version,
        bundle_digest=row.new.digest,
        agents=[clean(key) for key in row.new.agents[:MAX_KEYS]],
        reach=pb.Reach.FromString(row.new.reach),
        wider=row.wider,
        approved=bool(row.approved_ns),
        approved_by=clean(row.approved_by),
        approve_time=to_time(row.approved_ns),
        created_by=clean(row.new.by),
        create_time=to_time(row.created_ns),
    )


def to_difference(before: int, changes: Sequence[Change], wider: Sequence[str]) -> pb.Difference:
    """Return how a version differs from the one before."""
    return pb.Difference(
        version=before,
        changes=[
            pb.Change(
                subject=SUBJECTS[each.subject],
                path=clean(each.path),
                before=clean(each.before),
                after=clean(each.after),
            )
            for each in changes[:MAX_CHANGES]
        ],
        change_count=len(changes),
        wider=wider,
    )


def to_agents_response(
    rows: Sequence[AgentRow], page: AgentsPage, tokens: PageTokens
) -> pb.ListAgentsResponse:
    """Return a page of ``rows``, which are one more than it may have if there are more."""
    response = pb.ListAgentsResponse(agents=[to_agent(row) for row in rows[: page.size]])
    if len(rows) > page.size:
        place = (_number_of(rows[page.size - 1].name),)
        response.next_page_token = tokens.token(page.about, place)
    return response


def to_versions_response(
    rows: Sequence[VersionRow], page: VersionsPage, tokens: PageTokens
) -> Generator[None, None, pb.ListVersionsResponse]:
    """Return a page of versions, as many as fit into one response; each is a step."""
    response, room, last = pb.ListVersionsResponse(), MAX_PAGE_BYTES, None
    for row in rows[: page.size]:
        version = to_version(row)
        room -= version.ByteSize()
        if room < 0 and last is not None:
            break
        response.versions.append(version)
        last = row
        yield
    if last is not None and last is not rows[-1]:
        response.next_page_token = tokens.token(page.about, (last.version,))
    return response


def _name(request: Any, check: RequestChecker) -> str:
    if not NAME.fullmatch(request.name):
        check.wrong("name", 'It must be 1 to 63 of a-z, 0-9 and "-".')
    return str(request.name)


def _version(request: Any, least: int, check: RequestChecker) -> int:
    if not least <= request.version <= MOST_VERSION:
        check.wrong("version", f"It must be a version, from {least} on.")
    return int(request.version)


def _optional(request: Any, name: str, check: RequestChecker) -> int | None:
    if not request.HasField(name):
        return None
    value: int = getattr(request, name)
    if not 0 <= value <= MOST_VERSION:
        check.wrong(name, "It must be a version, or 0 for none.")
    return value


def _number_of(name: str) -> int:
    """Return a name as the number that page tokens hold."""
    return int.from_bytes(name.encode())


def _text_of(number: int) -> str:
    return number.to_bytes((number.bit_length() + 7) // 8).decode(errors="replace")
