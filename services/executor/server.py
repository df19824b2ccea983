"""The executor's gRPC server: the service, health, reflection, limits, and an orderly stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from services.executor.adapters.bundle_open import BundleReading, asking, open_bundle_reader
from services.executor.adapters.http_exchange import HttpConnections, tls_context
from services.executor.adapters.litellm_model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm_prices import LiteLLMPrices
from services.executor.adapters.rpc_methods import add_methods
from services.executor.adapters.schema_pool import SchemaPool
from services.executor.adapters.secret_sources import EnvironmentSecrets, source_of
from services.executor.adapters.session_room import StoreBounds
from services.executor.adapters.side_streams import Health, Reflection
from services.executor.adapters.sqlite_sessions import LoadBounds, SqliteSessions
from services.executor.adapters.stream_bounds import StreamBounds
from services.executor.adapters.system import RandomIds, SystemClock
from services.executor.adapters.toolrunner_client import ToolRunnerClient
from services.executor.agent.attempts import AttemptingModel, RetryPolicy
from services.executor.agent.budget import DeploymentLimits
from services.executor.agent.compaction import HistoryBudget
from services.executor.agent.model_names import ModelNames
from services.executor.agent.planner import Planner
from services.executor.agent.prices import ConfiguredPrices
from services.executor.agent.run import RunParts
from services.executor.agent.session_desk import SessionDesk
from services.executor.agent.turns import SessionTurns
from services.executor.bundle.ports import BundleReader
from services.executor.clients import client_of
from services.executor.egress.addresses import parse_address, special_kind
from services.executor.egress.bindings import bindings_of
from services.executor.egress.policy import (
    Egress,
    EgressPolicy,
    grants_of,
    read_policy,
)
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.rules import BundleHosts
from services.executor.errors import SetupError
from services.executor.schemas.ports import SchemaProcesses
from services.executor.service import ExecutorService
from services.executor.settings import Settings, keep_litellm_quiet, process_environment
from services.executor.wire.long_requests import SERVICE
from services.executor.wire.receiving import not_received_status
from services.front.arrivals import ArrivalBounds, Arrivals
from services.front.receiving import Door, RequestReceiver

logger = logging.getLogger(__name__)

SERVICE_NAME = SERVICE.full_name
KEEPALIVE_TIMEOUT_S = 10
HANDSHAKE_S = 10
IDLE_CONNECTION_S = 600
# What gRPC takes of a message that nobody reads yet; by default 4 MiB, and more as it measures.
WINDOW_BYTES = 32 * 1024
SIDE_REQUESTS, SIDE_READING = 64, 2
RESPONSE_BYTES = 4 * 1024 * 1024
ABORT_GRACE_S = 2.0
# How much more of a conversation is loaded than is shown: what is old is shown shortened.
LOADED_OF_SHOWN = 4


@dataclass(frozen=True)
class Adapters:
    """The outside world of one executor; ``close`` lets go of all of it."""

    bundles: BundleReader
    model: LiteLLMModel
    runner: ToolRunnerClient
    sessions: SqliteSessions
    egress: Egress
    schemas: SchemaPool

    async def close(self) -> None:
        """Close the parts, each whatever comes of the others."""
        parts = (self.model, self.runner, self.sessions, self.bundles, self.schemas)
        for failed in await asyncio.gather(
            *(part.close() for part in parts), return_exceptions=True
        ):
            if isinstance(failed, Exception):
                logger.warning("closing: %s", type(failed).__name__)


class ExecutorServer:
    """One executor: its parts and its server. ``start`` once, then ``stop``.

    It is ready as soon as it listens. LiteLLM is imported meanwhile, which takes seconds; a run
    that comes earlier waits for that. The toolrunner is no part of readiness: agents without tools
    run without it, and the others get a clear status.

    Args:
        settings: how it works.
        bundles: reads bundles, instead of what the settings say; closed with the server.
        environment: keys of providers and secrets, by default this process's environment.
    """

    def __init__(
        self,
        settings: Settings,
        bundles: BundleReader | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings
        # Without maximum_concurrent_rpcs, with which grpc.aio stops to accept RPCs from anybody.
        self._receiver = receiver_of(settings)
        self._server = grpc.aio.server(
            interceptors=[self._receiver], options=channel_options(settings)
        )
        self._health = Health()
        given = process_environment() if environment is None else environment
        self._adapters = adapters_of(settings, bundles, given)
        self._service = service_of(settings, self._adapters)
        self._loading: asyncio.Task[None] | None = None
        self.address = settings.address

    def __repr__(self) -> str:
        return f"ExecutorServer({self.address}, {self._service!r})"

    async def start(self) -> None:
        """Listen and report SERVING; raises SetupError."""
        add_methods(self._service, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (SERVICE_NAME, health.SERVICE_NAME, reflection.SERVICE_NAME)
        add_reflection: Any = reflection_pb2_grpc.add_ServerReflectionServicer_to_server
        add_reflection(Reflection(names), self._server)
        try:
            self.address = bind(self._server, self._settings.address)
            await self._server.start()
        except BaseException:
            await self._server.stop(None)
            await self._adapters.close()
            raise
        keep_litellm_quiet()
        self._loading = asyncio.create_task(self._load_model())
        self._set_health(serving=True)

    async def stop(self, drain_s: float | None = None) -> None:
        """Refuse new requests, let those there end for ``drain_s`` (default: the setting), stop."""
        self._set_health(serving=False)
        self._receiver.close()
        await self._service.drain(self._settings.drain_s if drain_s is None else drain_s)
        await self._receiver.stop(self._server, ABORT_GRACE_S)
        if self._loading is not None:
            await asyncio.wait([self._loading])
        await self._adapters.close()

    def hurry(self) -> None:
        """Cut short the drain of a ``stop`` under way."""
        self._service.abort_runs()

    async def _load_model(self) -> None:
        """Import LiteLLM; an executor that cannot is not ready, and its log says why."""
        try:
            await self._adapters.model.load()
        except Exception:
            logger.exception("LiteLLM cannot be imported; install the extra `executor`")
            self._set_health(serving=False)

    def _set_health(self, *, serving: bool) -> None:
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if serving else states.NOT_SERVING
        self._health.set(health.OVERALL_HEALTH, state)
        self._health.set(SERVICE_NAME, state)


@asynccontextmanager
async def running_server(
    settings: Settings, bundles: BundleReader | None = None
) -> AsyncIterator[str]:
    """Run an executor inside this event loop; yields its address, raises SetupError.

    On leaving, runs are aborted at once and nothing is left behind.
    """
    server = ExecutorServer(settings, bundles)
    await server.start()
    try:
        yield server.address
    finally:
        await server.stop(drain_s=0.0)


def bundles_of(settings: Settings, schemas: SchemaProcesses) -> BundleReader:
    """Return the reader of bundles as the settings say; its processes start when needed."""
    reading = BundleReading(
        cache_dir=Path(settings.cache_dir) if settings.cache_dir else None,
        max_bundle_bytes=settings.bundle_bytes,
        fetch_timeout_s=settings.fetch_timeout_s,
        max_redirects=settings.fetch_redirects,
        hosts=bundle_hosts_of(settings),
        tls_certificates=settings.tls_certificates,
        parse_timeout_s=settings.parse_timeout_s,
        parse_memory_bytes=settings.parse_memory_bytes,
        parsers=settings.parser_count,
        waiting_bytes=settings.waiting_bundle_bytes,
        digests=settings.bundle_digests,
        connect_s=settings.toolrunner_connect_s,
    )
    reader = open_bundle_reader(reading)
    if not settings.sandbox_schemas:
        return reader
    return asking(reader, reading, settings.toolrunner, schemas)


def bundle_hosts_of(settings: Settings) -> BundleHosts:
    """Return where bundles may come from.

    An executor that only this machine's users can reach may reach this machine's addresses as well.

    Raises:
        SetupError: a rule is malformed.
    """
    rules = tuple(grant.rule for grant in grants_of(settings.bundle_hosts))
    return BundleHosts(rules=rules, loopback=is_local(settings.address))


def is_local(address: str) -> bool:
    """Tell whether only this machine can connect to ``address``."""
    host = parse_address(address.rpartition(":")[0].strip("[]"))
    return address.startswith(("unix:", "localhost:")) or (
        host is not None and special_kind(host) == "loopback"
    )


def adapters_of(
    settings: Settings, bundles: BundleReader | None, environment: Mapping[str, str]
) -> Adapters:
    """Return the outside world as the settings say."""
    path = Path(settings.state_dir) / "sessions.db" if settings.state_dir else None
    schemas = SchemaPool(
        settings.parser_count, settings.schema_timeout_s, settings.schema_memory_bytes
    )
    return Adapters(
        bundles=bundles or bundles_of(settings, schemas),
        model=LiteLLMModel(
            ModelTimeouts(settings.model_connect_s, settings.model_silence_s),
            environment.get,
            StreamBounds(
                settings.model_answer_bytes,
                settings.model_answer_events,
                settings.model_idle_events,
            ),
        ),
        runner=ToolRunnerClient(settings.toolrunner, settings.toolrunner_connect_s),
        sessions=SqliteSessions(
            path,
            LoadBounds(
                LOADED_OF_SHOWN * settings.history_messages,
                LOADED_OF_SHOWN * settings.history_bytes,
            ),
            StoreBounds(
                run_bytes=settings.session_run_bytes,
                session_bytes=settings.session_bytes,
                resource_bytes=settings.session_resource_bytes,
                resource_sessions=settings.session_resource_count,
                store_bytes=settings.session_store_bytes,
            ),
        ),
        egress=egress_of(settings, environment),
        schemas=schemas,
    )


def egress_of(settings: Settings, environment: Mapping[str, str]) -> Egress:
    """Return the way out of the tools as the settings say; raises SetupError."""
    secrets = bindings_of(settings.secrets, EnvironmentSecrets(environment.get))
    policy = EgressPolicy(grants_of(settings.allow_fetch), secrets)
    if settings.egress_policy:
        try:
            document = Path(settings.egress_policy).read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise SetupError("The file of the setting egress_policy cannot be read.") from None
        policy = policy.joined(
            read_policy(
                document,
                lambda kind, value: source_of(kind, value, environment.get, environment),
            )
        )
    if settings.tls_certificates:
        tls_context(settings.tls_certificates)  # what is wrong with the file is told at the start
    bounds = FetchBounds(
        request_bytes=settings.fetch_request_bytes,
        response_bytes=settings.fetch_response_bytes,
        decoded_bytes=settings.fetch_decoded_bytes,
        timeout_s=settings.fetch_seconds,
        requests=settings.fetch_requests,
        at_once=settings.fetch_at_once,
    )
    certificates = settings.tls_certificates
    return Egress(lambda allowed: HttpConnections(allowed, certificates), policy, bounds)


def service_of(settings: Settings, adapters: Adapters) -> ExecutorService:
    """Return the service on top of ``adapters``."""
    clock, ids = SystemClock(), RandomIds()
    policy = RetryPolicy(
        settings.model_retries, settings.model_retry_first_wait_s, settings.model_retry_wait_s
    )
    prices = ConfiguredPrices(settings.model_prices, LiteLLMPrices(adapters.model))
    planner = Planner(
        adapters.bundles,
        prices,
        ModelNames(settings.default_model, settings.model_aliases, settings.model_fallbacks),
        limits_of(settings),
        ids,
        adapters.schemas,
    )
    parts = RunParts(
        model=AttemptingModel(adapters.model, clock, policy),
        runner=adapters.runner,
        sessions=adapters.sessions,
        prices=prices,
        turns=SessionTurns(),
        clock=clock,
        ids=ids,
        egress=adapters.egress,
        silence_s=settings.heartbeat_s,
        history=HistoryBudget(settings.history_messages, settings.history_bytes),
    )
    return ExecutorService(
        planner,
        parts,
        adapters.bundles,
        SessionDesk(adapters.sessions, parts.turns),
        settings.runs,
        settings.client_stall_s,
        RESPONSE_BYTES,
        settings.request_bytes,
    )


def receiver_of(settings: Settings) -> RequestReceiver:
    """Return what receives requests, as the settings say."""
    bounds = ArrivalBounds(
        requests=settings.unfinished_requests,
        reading=settings.unfinished_bytes // settings.message_bytes,
        timeout_s=settings.request_timeout_s,
    )
    side = replace(bounds, requests=SIDE_REQUESTS, reading=SIDE_READING)
    return RequestReceiver(Door(Arrivals(bounds), Arrivals(side), client_of, not_received_status))


def limits_of(settings: Settings) -> DeploymentLimits:
    """Return what this deployment allows a run."""
    return DeploymentLimits(
        max_steps=settings.max_steps,
        timeout_s=settings.run_timeout_s,
        tool_text_bytes=settings.tool_text_bytes,
        tool=settings.tool_limits,
        max_tool_calls=settings.max_tool_calls,
        max_input_tokens=settings.max_input_tokens,
        max_output_tokens=settings.max_output_tokens,
        max_cost_usd=settings.max_cost_usd,
        first_token_s=settings.model_first_token_s,
        token_gap_s=settings.model_silence_s,
        tool_time_s=settings.tool_time_s,
    )


def bind(server: grpc.aio.Server, address: str) -> str:
    """Listen on ``address``; return it with the real port. Raises SetupError."""
    try:
        port = server.add_insecure_port(address)
    except RuntimeError:
        port = 0
    if not port:
        raise SetupError(
            f"Cannot listen on {address}: it is taken, or not an address of this machine. "
            "Stop what uses it, or set another with CAISSON_EXECUTOR_ADDRESS."
        )
    if address.startswith("unix:"):
        return address
    return f"{address.rpartition(':')[0]}:{port}"


def channel_options(settings: Settings) -> list[tuple[str, int]]:
    """Return gRPC's own options: sizes, connections, keepalive, and no sharing of the port.

    Flow-control windows stay small, and grow only for a message that is being read: gRPC's probe of
    the bandwidth would let a client fill megabytes for each stream that nobody reads.

    A client that does not answer a ping is gone. Its answer is bounded by ``ping_timeout_ms``: by
    default a minute, whatever ``keepalive_timeout_ms`` says (seen with grpcio 1.85).
    """
    answer_ms = int(min(settings.keepalive_s, KEEPALIVE_TIMEOUT_S) * 1000)
    return [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.message_bytes),
        ("grpc.max_send_message_length", RESPONSE_BYTES),
        ("grpc.keepalive_time_ms", int(settings.keepalive_s * 1000)),
        ("grpc.keepalive_timeout_ms", answer_ms),
        ("grpc.http2.ping_timeout_ms", answer_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 5000),
        ("grpc.max_concurrent_streams", settings.connection_streams),
        ("grpc.max_allowed_incoming_connections", settings.connections),
        ("grpc.server_handshake_timeout_ms", HANDSHAKE_S * 1000),
        ("grpc.max_connection_idle_ms", IDLE_CONNECTION_S * 1000),
        ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
        ("grpc.http2.bdp_probe", 0),
    ]
