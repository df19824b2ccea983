"""Builds an executor's parts from its settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from services.executor.access_setup import Keys
from services.executor.adapters.bundle_open import (
    BundleReading,
    asking,
    open_bundle_reader,
    open_slicer,
)
from services.executor.adapters.http.exchange import factory_of
from services.executor.adapters.http.name_service import NameService
from services.executor.adapters.litellm.embeddings import ProviderEmbeddings
from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.prices import LiteLLMPrices
from services.executor.adapters.litellm.stream_bounds import StreamBounds
from services.executor.adapters.mcp.client import PackageMcpClient
from services.executor.adapters.mcp.lists import ToolLists
from services.executor.adapters.schema_pool import SchemaPool
from services.executor.adapters.system import RandomIds, SystemClock
from services.executor.adapters.toolrunner.channels import RunnerTls
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.adapters.toolrunner.fleet import RunnerFleet
from services.executor.adapters.toolrunner.places import Runners
from services.executor.adapters.toolrunner.tapes import CALL_BODIES, RUN_BODIES, RecordBounds
from services.executor.admin_service import AdminService
from services.executor.admission import Admission
from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.compaction import HistoryBudget
from services.executor.agent.embeddings import AttemptingEmbeddings
from services.executor.agent.prices import ConfiguredPrices
from services.executor.agent.run_parts import RunParts
from services.executor.agent.session_manager import SessionManager
from services.executor.agent_service import AgentService
from services.executor.audit.ports import AuditTrail
from services.executor.bundle.intake.asking_reader import AskingBundleReader, StaticBundleReader
from services.executor.bundle.ports import (
    NO_READ_WATCH,
    BundleReader,
    ReadWatch,
    RecordedBundles,
    Slicer,
)
from services.executor.bundle.version import reader_version
from services.executor.call_rules import ApprovalRule
from services.executor.clients import ClientSlots
from services.executor.egress.policy import Egress, grants_of
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.rules import BundleHosts
from services.executor.egress_setup import placeholder_key, policy_of
from services.executor.errors import SetupError
from services.executor.fair_slots import FairSlots
from services.executor.key_desk import KeyDesk
from services.executor.metrics_setup import ExecutorMetrics
from services.executor.planner_setup import limits_of, planner_of
from services.executor.providers.access import Lookup
from services.executor.registry_setup import registry_of
from services.executor.run_database import RunDatabase, open_run_database
from services.executor.runs.patient_sessions import PatientSessions
from services.executor.runs.runtime import RunKeeping, RunsRuntime
from services.executor.schemas.ports import SchemaProcesses
from services.executor.schemas.validation import compile_schema
from services.executor.service import ExecutorService
from services.executor.session_service import SessionService
from services.executor.settings import Settings
from services.executor.tls_setup import runner_tls_of
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.receiving import not_received_status
from services.executor.wire.server_info import GetServerInfoResponse, to_server_info
from services.front.channel_options import ConnectionLimits
from services.front.listening import is_local
from services.front.receive_queue import ReceiveLimits, ReceiveQueue
from services.front.receiving import ReceivePolicy, RequestReceiver
from services.telemetry.traces.recorded import Tracer

logger = logging.getLogger(__name__)

RESPONSE_BYTES = 4 * 1024 * 1024
SIDE_REQUESTS, SIDE_READING = 64, 2


@dataclass(frozen=True)
class Adapters:
    """The adapters of one executor; ``close`` closes them all.

    ``asking`` reads bundles for runs; None where the sandbox must not be asked about any.
    """

    bundles: BundleReader
    asking: AskingBundleReader | None
    model: LiteLLMModel
    embeddings: ProviderEmbeddings
    runner: ToolRunnerClient
    database: RunDatabase
    egress: Egress
    schemas: SchemaPool
    slicer: Slicer

    async def close(self) -> None:
        """Close every part, even if others fail to close."""
        bundles = self.bundles if self.asking is None else self.asking  # closes both
        of_tools = (self.runner, self.database, bundles, self.schemas, self.slicer)
        parts = (self.model, self.embeddings, *of_tools)
        for failed in await asyncio.gather(
            *(part.close() for part in parts), return_exceptions=True
        ):
            if isinstance(failed, Exception):
                logger.warning("closing: %s", type(failed).__name__)


def bundles_of(
    settings: Settings,
    schemas: SchemaProcesses,
    names: NameService,
    slicer: Slicer,
    tls: RunnerTls | None,
    runners: Runners | None = None,
    recorded: RecordedBundles | None = None,
    reads: ReadWatch = NO_READ_WATCH,
) -> tuple[BundleReader, AskingBundleReader | None]:
    """Return the configured bundle readers, without and with the sandbox's answers.

    Their processes start on demand.
    """
    reading = reading_of(settings)
    reader = open_bundle_reader(reading, names, recorded, reads)
    if not settings.sandbox_schemas:
        return StaticBundleReader(reader), None
    asked = asking(reader, reading, settings.toolrunner, schemas, slicer, tls, runners)
    return reader, asked


def reading_of(settings: Settings) -> BundleReading:
    """Return how bundles are fetched and read; raises SetupError."""
    return BundleReading(
        cache_dir=Path(settings.cache_dir) if settings.cache_dir else None,
        max_bundle_bytes=settings.bundle_bytes,
        fetch_timeout_s=settings.bundle_fetch_timeout_s,
        max_redirects=settings.bundle_fetch_redirects,
        hosts=bundle_hosts_of(settings),
        tls_certificates=settings.tls_certificates,
        parse_timeout_s=settings.parse_timeout_s,
        parse_memory_bytes=settings.parse_memory_bytes,
        parsers=settings.parser_count,
        waiting_bytes=settings.waiting_bundle_bytes,
        digests=settings.bundle_digests,
        connect_s=settings.toolrunner_connect_s,
    )


def bundle_hosts_of(settings: Settings) -> BundleHosts:
    """Return where bundles may come from.

    An executor that listens on loopback only may fetch from loopback as well.

    Raises:
        SetupError: a rule is malformed.
    """
    rules = tuple(grant.rule for grant in grants_of(settings.bundle_fetch_hosts))
    return BundleHosts(rules=rules, loopback=is_local(settings.address))


def adapters_of(
    settings: Settings,
    bundles: BundleReader | None,
    environment: Mapping[str, str],
    reads: ReadWatch = NO_READ_WATCH,
) -> Adapters:
    """Return the configured adapters; raises SetupError."""
    names = NameService()
    check_approvals(settings.approvals)  # first: these find all that is wrong
    egress = egress_of(settings, environment, names)
    schemas = SchemaPool(
        settings.parser_count, settings.schema_timeout_s, settings.schema_memory_bytes
    )
    slicer = open_slicer(reading_of(settings), prefers=settings.prefer_slices)
    tls = runner_tls_of(settings)
    several = None
    if not settings.toolrunners.only:
        several = RunnerFleet(settings.toolrunners, settings.toolrunner_connect_s, tls)
    model, embeddings = providers_of(settings, environment.get)
    database = open_run_database(settings)  # last: it holds the directory from here on
    read, asked = bundles, None
    if read is None:
        read, asked = bundles_of(
            settings, schemas, names, slicer, tls, several, database.journal, reads
        )
    return Adapters(
        bundles=read,
        asking=asked,
        model=model,
        embeddings=embeddings,
        runner=ToolRunnerClient(
            *(settings.toolrunner, settings.toolrunner_connect_s, slicer),
            RecordBounds(CALL_BODIES, RUN_BODIES) if settings.record_bodies else RecordBounds(),
            tls,
            several,
        ),
        egress=egress,
        schemas=schemas,
        slicer=slicer,
        database=database,
    )


def providers_of(
    settings: Settings, environment: Lookup
) -> tuple[LiteLLMModel, ProviderEmbeddings]:
    """Return what asks providers for text, and for vectors; each is to be closed."""
    timeouts = ModelTimeouts(settings.model_connect_s, settings.model_silence_s)
    bounds = StreamBounds(
        settings.model_answer_bytes, settings.model_answer_events, settings.model_idle_events
    )
    model = LiteLLMModel(timeouts, environment, bounds)
    return model, ProviderEmbeddings(model, timeouts, environment, bounds)


def retries_of(settings: Settings) -> RetryPolicy:
    """Return when models are asked again."""
    return RetryPolicy(
        settings.model_retries, settings.model_retry_first_wait_s, settings.model_retry_wait_s
    )


def egress_of(settings: Settings, environment: Mapping[str, str], names: NameService) -> Egress:
    """Return the configured egress of the tools; raises SetupError."""
    policy = policy_of(settings, environment)
    bounds = FetchBounds(
        request_bytes=settings.tool_fetch_request_bytes,
        response_bytes=settings.tool_fetch_response_bytes,
        decoded_bytes=settings.tool_fetch_decoded_bytes,
        timeout_s=settings.tool_fetch_timeout_s,
        requests=settings.tool_fetch_requests,
        at_once=settings.tool_fetch_at_once,
    )
    connections = factory_of(settings.tls_certificates, names)
    slots = ClientSlots(settings.tool_fetch_at_once_per_client)
    return Egress(connections, policy, bounds, slots, placeholder_key(settings, policy))


@dataclass(frozen=True)
class Services:
    """The services of one executor, and what is below them."""

    executor: ExecutorService
    sessions: SessionService
    admin: AdminService
    agents: AgentService
    runs: RunsRuntime
    admission: Admission


def check_approvals(rules: Sequence[ApprovalRule]) -> None:
    """Check the deployment's rules of approval; raises SetupError for a schema that is none."""
    for rule in rules:
        try:
            compile_schema(rule.input_schema or {})
        except ValueError as error:
            raise SetupError(
                f'CAISSON_EXECUTOR_APPROVALS: the inputSchema for the tool "{rule.tool}" is no '
                f"JSON Schema: {error}"
            ) from None


def services_of(
    settings: Settings,
    adapters: Adapters,
    keys: Keys,
    trail: AuditTrail,
    metrics: ExecutorMetrics,
    tracer: Tracer | None = None,
) -> Services:
    """Return the services on top of ``adapters``; ``tracer`` goes on with runs' traces."""
    quotas = metrics.quotas
    clock, ids, policy = SystemClock(), RandomIds(), retries_of(settings)
    prices = ConfiguredPrices(settings.model_prices, LiteLLMPrices(adapters.model))
    bundles = adapters.asking or adapters.bundles
    registry = registry_of(settings, adapters.database, bundles, adapters.schemas)
    planner = planner_of(
        *(settings, bundles, adapters.schemas, adapters.egress.policy),
        *(adapters.database.sessions, prices, ids),
    )
    parts = RunParts(
        model=AttemptingModel(
            metrics.model(adapters.model), clock, policy, FairSlots(settings.model_streams)
        ),
        embeddings=AttemptingEmbeddings(adapters.embeddings, clock, policy),
        runner=adapters.runner,
        sessions=PatientSessions(adapters.database.sessions, clock),
        prices=prices,
        clock=clock,
        ids=ids,
        egress=adapters.egress,
        records_calls=settings.record_calls,
        tracer=tracer,
        history=HistoryBudget(settings.history_messages, settings.history_bytes),
        mcp=PackageMcpClient(
            ToolLists(clock, settings.mcp_list_s, pinned=settings.mcp_pinned), settings.mcp_call_s
        ),
    )
    admission = Admission(
        settings.runs, settings.request_bytes, settings.client_stall_s, quotas.weight
    )
    reader = f"{reader_version()} {settings.sandbox_schemas}"
    tokens = PageTokens(settings.page_token_key, reader)
    keeping = keeping_of(settings)
    runs = RunsRuntime(
        adapters.database.journal, parts, planner, keeping, registry.runs, quotas, metrics.commits
    )
    service = ExecutorService(
        planner,
        registry.runs,
        runs.live,
        runs.desk,
        adapters.bundles,
        adapters.asking,
        admission,
        tokens,
        server_info_of(settings),
        settings.client_stall_s,
        trail,
        quotas,
    )
    sessions = SessionManager(adapters.database.sessions, runs.desk.is_busy)
    return Services(
        service,
        SessionService(sessions, admission, tokens, trail),
        AdminService(KeyDesk(keys, trail), admission, tokens),
        AgentService(registry.agents, admission, tokens, trail),
        runs,
        admission,
    )


def keeping_of(settings: Settings) -> RunKeeping:
    """Return how runs are kept."""
    return RunKeeping(
        *(settings.heartbeat_s, settings.run_retention_s, settings.run_lease_s),
        alone=not settings.database_url,
        most=settings.runs,
    )


def server_info_of(settings: Settings) -> GetServerInfoResponse:
    """Return what clients are told of this executor."""
    return to_server_info(
        version=version("caisson"),
        limits=limits_of(settings),
        max_bundle_bytes=settings.bundle_bytes,
        max_request_bytes=settings.message_bytes,
        heartbeat_s=settings.heartbeat_s,
    )


def receiver_of(settings: Settings) -> RequestReceiver:
    """Return what receives requests, as the settings say."""
    bounds = ReceiveLimits(
        requests=settings.unfinished_requests,
        reading=settings.unfinished_bytes // settings.message_bytes,
        timeout_s=settings.request_timeout_s,
    )
    side = replace(bounds, requests=SIDE_REQUESTS, reading=SIDE_READING)
    policy = ReceivePolicy(
        ReceiveQueue(bounds), ReceiveQueue(side), ReceiveQueue(side), not_received_status
    )
    return RequestReceiver(policy)


def connection_limits(settings: Settings) -> ConnectionLimits:
    """Return the limits of connections."""
    return ConnectionLimits(
        request_bytes=settings.message_bytes,
        response_bytes=RESPONSE_BYTES,
        connections=settings.connections,
        streams=settings.connection_streams,
        keepalive_s=settings.keepalive_s,
        age_s=settings.connection_age_s,
        run_s=settings.run_timeout_s,
    )
