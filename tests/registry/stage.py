"""An executor over gRPC whose models and tools are scripted, with a database of agents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from caisson.executor.v1 import executor_service_pb2
from caisson.executor.v1.executor_service_pb2 import GetServerInfoResponse
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource
from caisson.executor.v1beta1 import agent_service_pb2 as pb
from caisson.executor.v1beta1.agent_service_pb2_grpc import AgentServiceStub
from services.executor.access.access import Access
from services.executor.access.ports import Credentials
from services.executor.access.principal import Principal, Role, scopes_of
from services.executor.access_interceptor import AccessInterceptor
from services.executor.adapters.database.database import Database, open_database
from services.executor.adapters.rpc_methods import add_methods
from services.executor.adapters.system import RandomIds, SystemClock
from services.executor.admission import Admission
from services.executor.agent.deltas import Finished, ModelDelta, TextPiece
from services.executor.agent.model_grant import ModelsForTools
from services.executor.agent.model_names import ModelNames
from services.executor.agent.planner import Planner
from services.executor.agent.ports import ModelQuery
from services.executor.agent.scripted import FixedBundles, FixedPrices, ScriptedRunner
from services.executor.agent_service import AgentService
from services.executor.assembly import receiver_of
from services.executor.audit.memory import MemoryTrail
from services.executor.clients import Client as Caller
from services.executor.conversation import FinishReason
from services.executor.domain import AgentSpec, Bundle, InlineBundle
from services.executor.domain import BundleSource as Source
from services.executor.egress.policy import Egress, EgressPolicy
from services.executor.egress.scripted import ScriptedExchange
from services.executor.errors import BundleSyntaxError
from services.executor.limits import DeploymentLimits
from services.executor.registry.deployed_runs import DeployedRuns
from services.executor.registry.registry import AgentRegistry
from services.executor.runs.runtime import RunKeeping, RunsRuntime
from services.executor.schemas.scripted import LocalSchemas
from services.executor.service import ExecutorService
from services.executor.settings import Settings
from services.executor.wire.page_tokens import PageTokens
from tests.executor.builders import Stage, agent, bundle
from tests.executor.served import Client

MIB = 1024 * 1024
TOKENS = PageTokens("a key of at least thirty-two bytes!")
SERVICES = {
    "executor": executor_service_pb2.DESCRIPTOR.services_by_name["ExecutorService"],
    "agents": pb.DESCRIPTOR.services_by_name["AgentService"],
}


class SaysItsPrompt:
    """A model that answers with the instructions of the agent, as often as it is asked."""

    def __init__(self) -> None:
        self.queries: list[ModelQuery] = []

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        self.queries.append(query)
        yield TextPiece(query.system)
        yield Finished(FinishReason.STOP)


class KnownBundles:
    """Reads the bundles that it was given, by their bytes."""

    def __init__(self) -> None:
        self._known: dict[bytes, Bundle] = {}

    def add(self, *agents: AgentSpec, source: bytes) -> bytes:
        """Let these bytes declare these agents."""
        made = bundle(*agents, source=source)
        self._known[source] = replace(made, sent=source)
        return source

    async def read(self, source: Source, client: Caller) -> Bundle:
        if isinstance(source, InlineBundle) and source.source in self._known:
            return self._known[source.source]
        raise BundleSyntaxError("The bundle is not JavaScript.", line=1, column=1)

    async def close(self) -> None:
        """Nothing is open."""


class ByName:
    """Believes a bearer such as "acme deployer invoker": an organisation and roles."""

    async def principal(self, credentials: Credentials) -> Principal | None:
        if not credentials.bearer:
            return None
        organisation, *names = credentials.bearer.split()
        roles = frozenset(map(Role, names))
        return Principal(organisation, f"{names[0]} of {organisation}", roles, scopes_of(roles))

    async def close(self) -> None:
        """Do nothing."""


@dataclass
class Answer:
    """What an RPC said: its message, or its status."""

    value: Any = None
    code: grpc.StatusCode = grpc.StatusCode.OK
    message: str = ""
    reason: str = ""
    violations: tuple[str, ...] = ()


@dataclass
class Deploying:
    """A client of one executor, as one principal."""

    channel: grpc.aio.Channel
    client: Client
    bundles: KnownBundles
    database: Database
    runs: RunsRuntime
    model: Any
    runner: ScriptedRunner
    trail: MemoryTrail
    bearer: str = "acme owner"

    def as_(self, bearer: str) -> Deploying:
        """The same executor for another principal."""
        return replace(self, bearer=bearer)

    async def call(self, method: str, request: Any) -> Answer:
        """Call a method of ``AgentService``."""
        stub: Any = AgentServiceStub(self.channel)
        metadata = (("authorization", f"Bearer {self.bearer}"),)
        try:
            return Answer(await getattr(stub, method)(request, metadata=metadata))
        except grpc.aio.AioRpcError as error:
            return _refused(error)

    async def inspect(self, request: executor_service_pb2.InspectBundleRequest) -> Answer:
        """Ask for the agents of a bundle."""
        metadata = (("authorization", f"Bearer {self.bearer}"),)
        try:
            return Answer(await self.client.stub.InspectBundle(request, metadata=metadata))
        except grpc.aio.AioRpcError as error:
            return _refused(error)

    async def deploy(self, source: bytes, name: str = "weather", **more: Any) -> Answer:
        """Deploy a bundle; ``reach`` is a ``Reach``."""
        sent = BundleSource(inline=source)
        return await self.call(
            "DeployBundle", pb.DeployBundleRequest(name=name, bundle=sent, **more)
        )

    async def deployed(self, prompt: str, name: str = "weather", **more: Any) -> int:
        """Deploy an agent with a prompt, and approve it; return its version."""
        source = self.bundles.add(agent(system=prompt), source=prompt.encode())
        found = await self.deploy(source, name, approve_reach=True, **more)
        assert found.code is grpc.StatusCode.OK, found
        return int(found.value.version.version)

    async def label(self, version: int, label: str = "production", **more: Any) -> Answer:
        """Point a label of "weather" at a version."""
        asked = pb.SetLabelRequest(**{"name": "weather", **more}, label=label, version=version)
        return await self.call("SetLabel", asked)

    async def said(self, deployed: str = "weather", **spec: Any) -> Answer:
        """Run a deployed agent; return its answer and the version that it was on."""
        request_id = spec.pop("request_id", "")
        wanted = executor_service_pb2.ExecuteAgentRequest(request_id=request_id)
        wanted.spec.deployed = deployed
        wanted.spec.message = "Hello"
        wanted.spec.MergeFrom(type(wanted.spec)(**spec))
        metadata = (("authorization", f"Bearer {self.bearer}"),)
        text, on = "", ""
        try:
            async for response in self.client.stub.ExecuteAgent(wanted, metadata=metadata):
                text += response.event.text_delta.delta
                on = response.event.run_started.deployed or on
        except grpc.aio.AioRpcError as error:
            return _refused(error)
        return Answer((text, on))


def _refused(error: grpc.aio.AioRpcError) -> Answer:
    packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    reason, violations = "", list[str]()
    for detail in status_pb2.Status.FromString(bytes(packed)).details:
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        if detail.Unpack(bad):
            violations += [each.field for each in bad.field_violations]
    return Answer(None, error.code(), error.details() or "", reason, tuple(violations))


@dataclass
class Parts:
    """What the executors of a test have in common."""

    bundles: KnownBundles = field(default_factory=KnownBundles)
    model: Any = field(default_factory=SaysItsPrompt)
    runner: ScriptedRunner = field(default_factory=ScriptedRunner)
    policy: EgressPolicy = field(default_factory=EgressPolicy)
    exchange: ScriptedExchange = field(default_factory=ScriptedExchange)
    names: ModelNames = field(default_factory=ModelNames)
    models: ModelsForTools = ModelsForTools.REQUEST
    any_bundle: bool = True


@asynccontextmanager
async def deploying(
    place: Path | str | None = None, parts: Parts | None = None
) -> AsyncIterator[Deploying]:
    """Serve runs and agents over a database."""
    of, database = parts or Parts(), open_database(place)
    scene = Stage(of.model, FixedBundles(bundle(agent())), of.runner, sessions=database.sessions)
    egress = Egress(lambda *_: of.exchange, of.policy)
    run_parts = replace(scene.parts(), clock=SystemClock(), ids=RandomIds(), egress=egress)
    schemas, trail = LocalSchemas(), MemoryTrail()
    planner = Planner(
        *(of.bundles, FixedPrices(), of.names, DeploymentLimits(), RandomIds(), schemas),
        of.policy,
        sessions=database.sessions,
        models=of.models,
    )
    deployed = DeployedRuns(database.agents, database.journal, any_bundle=of.any_bundle)
    registry = AgentRegistry(database.agents, database.journal, of.bundles, schemas)
    keeping = RunKeeping(alone=not isinstance(place, str), lease_s=1.0)
    runs = RunsRuntime(database.journal, run_parts, planner, keeping, deployed)
    admission = Admission(256, 64 * MIB, stall_s=30.0)
    service = ExecutorService(
        *(planner, deployed, runs.live, runs.desk, of.bundles, None, admission, TOKENS),
        *(GetServerInfoResponse(), 30.0, trail),
    )
    door = AccessInterceptor(Access((ByName(),)), trail)
    server = grpc.aio.server(interceptors=[door, receiver_of(Settings())])
    services: Mapping[str, Any] = {
        "executor": service,
        "agents": AgentService(registry, admission, TOKENS, trail),
    }
    for name, described in SERVICES.items():
        add_methods(described, services[name], server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await runs.start()
    await server.start()
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            client = Client(ExecutorServiceStub(channel), channel, address)
            yield Deploying(
                *(channel, client, of.bundles, database, runs, of.model, of.runner), trail
            )
    finally:
        await server.stop(None)
        await runs.close()
        await database.close()


def weather(prompt: str = "Be brief.", *, model: str = "openai/gpt-x", **more: Any) -> AgentSpec:
    """The agent of most tests."""
    return agent(system=prompt, model=model, **more)


def source_of(text: Any) -> bytes:
    """Bytes that stand for a bundle."""
    return hashlib.sha256(json.dumps(text, default=str).encode()).hexdigest().encode()
