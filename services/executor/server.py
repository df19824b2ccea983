"""The executor's gRPC server: service, health, reflection, limits, and graceful shutdown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import grpc

from caisson.executor.v1 import executor_service_pb2, session_service_pb2
from caisson.executor.v1beta1 import admin_service_pb2, agent_service_pb2
from services.executor.access_interceptor import AccessInterceptor
from services.executor.access_settings import needs_credentials
from services.executor.access_setup import access_of, keys_of
from services.executor.adapters.rpc_methods import add_methods
from services.executor.admin_setup import guard_of, pages_of, warn_of_plain_text
from services.executor.assembly import adapters_of, connection_limits, receiver_of, services_of
from services.executor.audit.ports import AuditTrail
from services.executor.audit_setup import Audit
from services.executor.bundle.ports import BundleReader
from services.executor.errors import SetupError
from services.executor.executor_health import ExecutorHealth
from services.executor.metrics_setup import ExecutorMetrics
from services.executor.planner_setup import limits_of
from services.executor.quota_setup import quotas_of
from services.executor.settings import Settings, keep_litellm_quiet, process_environment
from services.executor.traces_setup import open_traces
from services.front.channel_options import channel_options
from services.front.listening import (
    UNIX,
    AddressError,
    Listener,
    is_local,
    listen,
)
from services.front.not_listening import cannot_listen
from services.front.side_streams import add_side_services
from services.front.tls import port_adder
from services.front.tls_paths import TlsFileError, TlsPaths
from services.telemetry.admin.grpc_port import GrpcAdminPort
from services.telemetry.admin.pages import Site
from services.telemetry.admin.port import AdminPort
from services.telemetry.traces.interceptor import traced

logger = logging.getLogger(__name__)

SERVICES = (
    executor_service_pb2.DESCRIPTOR.services_by_name["ExecutorService"],
    session_service_pb2.DESCRIPTOR.services_by_name["SessionService"],
    admin_service_pb2.DESCRIPTOR.services_by_name["AdminService"],
    agent_service_pb2.DESCRIPTOR.services_by_name["AgentService"],
)
ADMIN = 2  # the AdminService, which the admin port for gRPC serves too
SERVICE_NAMES = tuple(described.full_name for described in SERVICES)
ABORT_GRACE_S = 2.0
SETTLE_PART = 0.3  # of a drain
TELL_PART = 0.25  # of a drain, at most
NOBODY_SAYS = (
    "listening on %s, where only this machine can connect: callers are not authenticated, and "
    "every caller is trusted; see docs/access.md"
)
IN_PLAIN_TEXT = (
    "listening on %s without TLS: unless a proxy before it speaks TLS, credentials and "
    "conversations can be read on the way; set CAISSON_EXECUTOR_TLS_CERTIFICATE and _TLS_KEY "
    "(docs/tls.md)"
)


class ExecutorServer:
    """One executor: its parts and its server. ``start`` once, then ``stop``.

    It is ready as soon as it listens. LiteLLM is imported meanwhile, which takes seconds; a run
    that arrives earlier waits for it, and ``stop`` does unless the process ends with it. Its health
    turns NOT_SERVING when no toolrunner answers for a grace period: agents without tools still run,
    and the others get a clear status; and when the database does not.

    Args:
        settings: its configuration.
        bundles: reads bundles, instead of the configured reader; closed with the server.
        environment: keys of providers and secrets, by default this process's environment.
        ends_process: the process ends once this server has stopped.
        shared: other processes listen on the same ports.
    """

    def __init__(
        self,
        settings: Settings,
        bundles: BundleReader | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        ends_process: bool = False,
        shared: bool = False,
    ) -> None:
        self._settings = settings
        self._traces = open_traces(settings)
        self._ends_process = ends_process
        self._shared = shared
        # No maximum_concurrent_rpcs, which makes grpc.aio stop accepting RPCs from anyone.
        self._receiver = receiver_of(settings)
        given = process_environment() if environment is None else environment
        quotas = quotas_of(settings, limits_of(settings))
        self._metrics = ExecutorMetrics(
            settings, quotas, SERVICE_NAMES, wanted=bool(settings.admin_address)
        )
        self._quotas = self._metrics.quotas
        self._adapters = adapters_of(settings, bundles, given, self._metrics.reads)
        keys = keys_of(settings, self._adapters.database.opened.keys)
        self._audit = Audit(settings, self._adapters.database.opened.audit)
        trail = self._audit.trail
        self._access = access_of(settings, keys)
        guard = self._admitting(trail)
        self._server = grpc.aio.server(
            interceptors=[
                *traced(self._traces),
                *self._metrics.interceptors,
                guard,
                self._receiver,
            ],
            options=channel_options(connection_limits(settings), shared=shared),
        )
        of_callers = (keys, trail, self._metrics)
        self._services = services_of(settings, self._adapters, *of_callers, self._traces.tracer)
        self._loading: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._settling: asyncio.Task[None] | None = None
        self._hurried = False
        needed = (self._adapters.runner.answers, self._adapters.database.answers)
        self._health = ExecutorHealth(settings, *needed, self._quotas.serves, SERVICE_NAMES)
        self._admin = AdminPort(
            settings.admin_address,
            Site(
                self._health.readiness,
                guard_of(settings, self._access, trail),
                pages_of(self._services.runs.live, self._services.admission),
                self._metrics.mounts,
            ),
        )
        admin = SERVICES[ADMIN]
        self._admin_grpc = GrpcAdminPort(
            settings.admin_grpc_address,
            [guard, receiver_of(settings)],
            channel_options(connection_limits(settings)),
            self._health.over_grpc,
            [admin.full_name],
            partial(add_methods, admin, self._services.admin),
        )
        runs, admission = self._services.runs, self._services.admission
        self._metrics.watch(runs, admission, self._health.readiness, self._traces)
        self._listener = Listener(settings.address)
        self._mesh = Listener(settings.mtls_address)

    def _admitting(self, trail: AuditTrail) -> AccessInterceptor:
        counted = self._quotas.request if self._settings.quotas else None
        return AccessInterceptor(self._access, trail, counted)

    def __repr__(self) -> str:
        return f"ExecutorServer({self.address}, {self._services.executor!r})"

    @property
    def address(self) -> str:
        """The address it listens on."""
        return self._listener.address

    @property
    def mtls_address(self) -> str:
        """The address of the port for client certificates; empty if there is none."""
        return self._mesh.address

    @property
    def admin_grpc_address(self) -> str:
        """The address of the admin port for gRPC; empty if there is none."""
        return self._admin_grpc.address

    @property
    def admin_address(self) -> str:
        """The address of the admin port; empty if there is none."""
        return self._admin.address

    async def start(self) -> None:
        """Listen and report SERVING; raises SetupError."""
        of = self._services
        services = (of.executor, of.sessions, of.admin, of.agents)
        for described, service in zip(SERVICES, services, strict=True):
            add_methods(described, service, self._server)
        add_side_services(self._server, self._health.over_grpc, *SERVICE_NAMES)
        try:
            self._listen()
            await self._start_admin()
            await self._audit.start()
            await self._services.runs.start()
            await self._server.start()
        except BaseException:
            await self._services.runs.close()
            await self._server.stop(None)
            await self._stop_admin()
            await self._access.close()
            await self._quotas.close()
            self._listener.close()
            await self._audit.close()
            await self._adapters.close()
            await self._traces.close()
            raise
        if not needs_credentials(vars(self._settings)):
            logger.info(NOBODY_SAYS, self.address)
        keep_litellm_quiet()
        self._loading = asyncio.create_task(self._load_model())
        self._quotas.start()
        self._metrics.start()
        self._health.begin()

    async def stop(self, drain_s: float | None = None) -> None:
        """Send clients elsewhere, drain for ``drain_s`` (default: the setting), then stop.

        Runs that outlive this process are handed over in the last part of that time.
        """
        drain_s = self._settings.drain_s if drain_s is None else drain_s
        self._metrics.stop()
        self._health.drain()
        self._services.runs.drain()
        drain_s -= await self._told(drain_s * TELL_PART)
        stopping = asyncio.create_task(self._receiver.stop(self._server, drain_s + ABORT_GRACE_S))
        await asyncio.wait([stopping], timeout=drain_s * (1 - SETTLE_PART))
        settle_s = 0.0 if self._hurried else drain_s * SETTLE_PART
        self._settling = asyncio.create_task(self._services.runs.settle(settle_s))
        await asyncio.wait([stopping, self._settling], timeout=settle_s)
        self._abort()
        await asyncio.wait([self._settling])
        await self._services.runs.close()
        await stopping
        self._listener.close()
        await self._access.close()
        await self._quotas.close()
        if self._loading is not None:
            if self._ends_process:
                self._adapters.model.abandon()
                self._loading.cancel()
            await asyncio.wait([self._loading])
        await self._audit.close()
        await self._adapters.close()
        await self._stop_admin()
        await self._traces.close()

    async def _told(self, within_s: float) -> float:
        """Let load balancers see that it stops, before it listens no more; returns the seconds."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        self._telling = asyncio.create_task(self._health.over_grpc.told(within_s))
        await asyncio.wait([self._telling])
        return min(within_s, loop.time() - began_s)

    async def hurry(self) -> None:
        """Cut short the drain of a running ``stop``."""
        self._hurried = True
        if self._telling is not None:
            self._telling.cancel()
        if self._settling is not None:
            self._settling.cancel()
        self._abort()

    def _abort(self) -> None:
        """Stop the runs that end with this process."""
        self._services.admission.abort()
        self._services.runs.live.abort_all()

    def described(self) -> str:
        """Return the status line to print once it serves."""
        mesh = f" and, for certificates, {self.mtls_address}" if self.mtls_address else ""
        return f"listening on {self.address}{mesh}, toolrunner at {self._settings.toolrunner}"

    def _listen(self) -> None:
        """Listen on all ports; raises SetupError."""
        settings = self._settings
        self._listener = listener_of(
            self._server, settings.address, settings.server_files, shared=self._shared
        )
        if not is_local(self.address) and settings.server_files is None:
            logger.warning(IN_PLAIN_TEXT, self.address)
        if settings.mtls_address:
            self._mesh = listener_of(
                self._server, settings.mtls_address, settings.mesh_files, shared=self._shared
            )

    async def _load_model(self) -> None:
        """Import LiteLLM; if that fails, the executor is not ready, and its log says why."""
        try:
            await self._adapters.model.load()
        except Exception:
            logger.exception("LiteLLM cannot be imported; install the extra `executor`")
            self._health.models(loaded=False)
        else:
            self._health.models(loaded=True)

    async def _start_admin(self) -> None:
        """Serve the admin ports, if there are any; raises SetupError."""
        settings = self._settings
        try:
            self._admin.start()
        except AddressError as error:
            setting = "CAISSON_EXECUTOR_ADMIN_ADDRESS"
            address = settings.admin_address
            raise SetupError(cannot_listen(address, error, "executor", setting)) from None
        warn_of_plain_text(settings)
        at, files = settings.admin_grpc_address, settings.server_files
        setting = "CAISSON_EXECUTOR_ADMIN_GRPC_ADDRESS"
        await self._admin_grpc.start(lambda server: listener_of(server, at, files, setting))

    async def _stop_admin(self) -> None:
        await self._admin_grpc.stop()
        await self._admin.stop()


@asynccontextmanager
async def running_server(
    settings: Settings, bundles: BundleReader | None = None
) -> AsyncIterator[str]:
    """Run an executor inside this event loop; yields its address, raises SetupError.

    On exit, runs are aborted at once and nothing is left behind.
    """
    server = ExecutorServer(settings, bundles)
    await server.start()
    try:
        yield server.address
    finally:
        await server.stop(drain_s=0.0)


def listener_of(
    server: grpc.aio.Server,
    address: str,
    files: TlsPaths | None = None,
    setting: str = "",
    *,
    shared: bool = False,
) -> Listener:
    """Listen on ``address``, that of a ``setting``, over TLS with ``files``; raises SetupError."""
    is_unix = address.startswith(UNIX)
    try:
        adder = port_adder(server, None if is_unix else files, f"the executor at {address}")
        return listen(adder, address, shared=shared)
    except AddressError as error:
        raise SetupError(cannot_listen(address, error, "executor", setting)) from None
    except TlsFileError as error:
        raise SetupError(f"{error}. CAISSON_EXECUTOR_TLS_* and _MTLS_* name these files.") from None
