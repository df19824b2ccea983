"""The toolrunner's gRPC server: the service, health, reflection, limits and graceful shutdown."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2

from services.front.channel_options import channel_options
from services.front.listening import UNIX, AddressError, Listener, listen
from services.front.not_listening import cannot_listen
from services.front.private_folder import check_private
from services.front.side_streams import Health, add_side_services
from services.front.tls import port_adder
from services.front.tls_paths import TlsFileError
from services.telemetry.admin.grpc_port import GrpcAdminPort
from services.telemetry.admin.local_only import local_guard
from services.telemetry.admin.pages import Site
from services.telemetry.admin.port import AdminPort
from services.telemetry.admin.readiness import Readiness
from services.toolrunner.admin_setup import pages_of
from services.toolrunner.assembly import connection_limits, pool_of, receiver_of, service_of
from services.toolrunner.errors import SetupError
from services.toolrunner.executors_only import ExecutorsOnly
from services.toolrunner.metrics_setup import ToolRunnerMetrics
from services.toolrunner.parsing_wire import parsed_request
from services.toolrunner.pool.process import WorkerLauncher
from services.toolrunner.pool.wire import WorkerReady
from services.toolrunner.service import ToolRunnerService
from services.toolrunner.settings import Settings
from services.toolrunner.wire import SERVICE_NAME, capabilities_request, load_request, serialized

log = logging.getLogger(__name__)

# The health service's name for the workers' jail: SERVING while all of it is active.
JAIL = f"{SERVICE_NAME}/jail"
WORKERS, JAILED = "workers", "jail"
NO_WORKER = "no worker takes work: they are starting, or have ended and are started again"


class ToolRunnerServer:
    """One toolrunner: its workers and its server. ``start`` once, then ``stop``."""

    def __init__(self, settings: Settings, launcher: WorkerLauncher | None = None) -> None:
        self._settings = settings
        # No maximum_concurrent_rpcs, which would refuse everyone because of one peer.
        self._receiver = receiver_of(settings)
        guards = [ExecutorsOnly(settings.allowed_executors)] if settings.tls_certificate else []
        self._metrics = ToolRunnerMetrics(wanted=bool(settings.admin_address))
        self._server = grpc.aio.server(
            interceptors=[*self._metrics.interceptors, *guards, self._receiver],
            options=channel_options(connection_limits(settings)),
        )
        self._health = Health()
        self.readiness = Readiness(self._tell_health, (WORKERS, JAILED))
        self.pool = pool_of(settings, launcher, self._readiness, self._metrics.pool)
        self._service = service_of(settings, self.pool)
        self._listener = Listener(settings.address)
        guard = local_guard(settings.admin_address)
        site = Site(self.readiness, guard, pages_of(self.pool, self._service), self._metrics.mounts)
        self._admin = AdminPort(settings.admin_address, site)
        self._admin_grpc = GrpcAdminPort(
            settings.admin_grpc_address,
            [receiver_of(settings)],
            channel_options(connection_limits(settings)),
            self._health,
        )
        self._metrics.watch(self.pool, self._service, self.readiness)

    def __repr__(self) -> str:
        return f"<ToolRunnerServer {self.address} {self.pool!r}>"

    @property
    def address(self) -> str:
        """The address it listens on."""
        return self._listener.address

    @property
    def admin_grpc_address(self) -> str:
        """The address of the admin port for gRPC; empty if there is none."""
        return self._admin_grpc.address

    @property
    def admin_address(self) -> str:
        """The address of the admin port; empty if there is none."""
        return self._admin.address

    async def start(self) -> None:
        """Listen, start the workers, and report SERVING; raises SetupError."""
        serve_tools(self._server, self._service)
        add_side_services(self._server, self._health, SERVICE_NAME)
        self._update_health()
        try:
            await self._start_admin()
            self._listener = listener_of(self._server, self._settings)
            await self._server.start()
            await self._start_pool()
        except BaseException:
            await self._server.stop(None)
            self._listener.close()
            await self._stop_admin()
            raise
        self._metrics.start()
        self._update_health()
        self.readiness.begin()

    async def stop(self, drain_s: float | None = None) -> None:
        """Refuse new streams and calls, give active ones ``drain_s`` to end, then stop.

        The default is the setting's value.
        """
        self._metrics.stop()
        self.readiness.drain()
        self._health.close()
        grace_s = self._settings.drain_s if drain_s is None else drain_s
        self._service.drain(grace_s)
        try:
            await self._receiver.stop(self._server, grace_s)
        finally:
            self._listener.close()
            await self.pool.stop()
            await self._stop_admin()

    async def hurry(self) -> None:
        """Cut short the drain of a ``stop`` in progress."""
        await self.stop(drain_s=0.0)

    def described(self) -> str:
        """Return the line to show once it serves."""
        reports = self.pool.jail_report
        held = set.intersection(*(set(report.jail) for report in reports)) if reports else set()
        missing = missing_parts(reports)
        lacks = f", missing {'; '.join(missing)}" if missing else ""
        jail = ", ".join(sorted(held)) or "none"
        return f"listening on {self.address}: {len(reports)} workers, jail {jail}{lacks}"

    async def _start_pool(self) -> None:
        """Start the workers; raises SetupError when their jail is required and incomplete."""
        await self.pool.start()
        missing = missing_parts(self.pool.jail_report)
        if missing and self._settings.require_jail:
            await self.pool.stop()
            raise SetupError(
                f"require_jail is set and the workers' jail is incomplete: {'; '.join(missing)}"
            )

    def _readiness(self, _: bool) -> None:
        self._update_health()

    def _update_health(self) -> None:
        """Check the workers and their jail, which has to hold where the settings require it."""
        self.readiness.note(WORKERS, "" if self.pool.ready else NO_WORKER)
        missing = missing_parts(self.pool.jail_report)
        is_required = self._settings.require_jail
        self.readiness.note(JAILED, "; ".join(missing) if is_required else "")
        self._tell_health(self.readiness.ready)

    def _tell_health(self, ready: bool) -> None:
        """Report SERVING after the start, before the stop, and while a worker takes work."""
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if ready else states.NOT_SERVING
        self._health.set(health.OVERALL_HEALTH, state)
        self._health.set(SERVICE_NAME, state)
        jailed = ready and not missing_parts(self.pool.jail_report)
        self._health.set(JAIL, states.SERVING if jailed else states.NOT_SERVING)

    async def _start_admin(self) -> None:
        """Serve the admin port, if there is one; raises SetupError."""
        address = self._settings.admin_address
        try:
            self._admin.start()
        except AddressError as error:
            setting = "CAISSON_TOOLRUNNER_ADMIN_ADDRESS"
            raise SetupError(cannot_listen(address, error, "toolrunner", setting)) from None
        at = self._settings.admin_grpc_address
        await self._admin_grpc.start(lambda server: plain_listener_of(server, at))

    async def _stop_admin(self) -> None:
        await self._admin_grpc.stop()
        await self._admin.stop()


def missing_parts(reports: tuple[WorkerReady, ...]) -> list[str]:
    """Return the parts of the jail that some worker lacks, each with its reason."""
    return sorted({part for report in reports for part in report.missing})


@asynccontextmanager
async def running_server(
    settings: Settings, launcher: WorkerLauncher | None = None
) -> AsyncIterator[str]:
    """Run a toolrunner inside this event loop; yields its address, raises SetupError.

    On exit, streams are cancelled at once and all workers are ended and reaped.
    """
    server = ToolRunnerServer(settings, launcher)
    await server.start()
    try:
        yield server.address
    finally:
        await server.stop(drain_s=0.0)


def serve_tools(server: grpc.aio.Server, service: ToolRunnerService) -> None:
    """Add the service to ``server``; RunTools requests are scanned before they are parsed."""
    run_tools = grpc.stream_stream_rpc_method_handler(
        service.RunTools,
        request_deserializer=parsed_request,
        response_serializer=serialized,
    )
    capabilities = grpc.unary_unary_rpc_method_handler(
        service.GetCapabilities,
        request_deserializer=capabilities_request,
        response_serializer=serialized,
    )
    load = grpc.unary_stream_rpc_method_handler(
        service.WatchLoad,
        request_deserializer=load_request,
        response_serializer=serialized,
    )
    handlers: dict[str, Any] = {
        "RunTools": run_tools,
        "GetCapabilities": capabilities,
        "WatchLoad": load,
    }
    generic = grpc.method_handlers_generic_handler(SERVICE_NAME, handlers)
    server.add_generic_rpc_handlers((generic,))
    server.add_registered_method_handlers(SERVICE_NAME, handlers)


def plain_listener_of(server: grpc.aio.Server, address: str) -> Listener:
    """Listen on the admin port for gRPC; raises SetupError."""
    try:
        return listen(port_adder(server, None, "the admin port"), address)
    except AddressError as error:
        setting = "CAISSON_TOOLRUNNER_ADMIN_GRPC_ADDRESS"
        raise SetupError(cannot_listen(address, error, "toolrunner", setting)) from None


def listener_of(server: grpc.aio.Server, settings: Settings) -> Listener:
    """Listen where the settings say; raises SetupError."""
    address = settings.address
    if address.startswith(UNIX) and (why := check_private(address)):
        raise SetupError(cannot_listen(address, AddressError(why), "toolrunner"))
    try:
        return listen(port_adder(server, settings.server_files, "the toolrunner"), address)
    except AddressError as error:
        raise SetupError(cannot_listen(address, error, "toolrunner")) from None
    except TlsFileError as error:
        raise SetupError(f"{error}. CAISSON_TOOLRUNNER_TLS_* name these files.") from None
