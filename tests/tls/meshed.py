"""Both services over TLS on loopback, and clients of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from services.executor.access.certificates import CertificateRule, parse_certificate_rules
from services.executor.adapters.toolrunner.channels import RunnerTls
from services.executor.agent.scripted import FixedBundles
from services.executor.bundle.ports import BundleReader
from services.executor.server import ExecutorServer
from services.executor.settings import Settings
from services.front.tls_files import TlsFiles
from services.front.tls_paths import TlsPaths
from services.toolrunner.server import ToolRunnerServer
from services.toolrunner.settings import Settings as ToolrunnerSettings
from tests.executor.builders import agent, bundle
from tests.executor.served import NO_RUNNER
from tests.tls.authority import BACKEND, EXECUTOR, LOOPBACK, Authority, Files, Pair
from tests.toolrunner.scripted_worker import ScriptedLauncher

BACKEND_DNS = "backend.example"
RULES = (
    f'[{{"match": "{BACKEND}", "organisation": "acme", "roles": ["invoker"]}},'
    f' {{"match": "{BACKEND_DNS}", "organisation": "acme", "roles": ["invoker"]}},'
    ' {"match": "spiffe://mesh.example/ns/*/sa/ops", "organisation": "acme", "roles": ["owner"]}]'
)


class Mesh:
    """An authority, and the files of an executor and of a toolrunner that it signed."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority()
        self.toolrunner = Files(folder / "toolrunner")
        self.executor = Files(folder / "executor")
        self.client = Files(folder / "client")
        self.issue(self.authority)

    def issue(self, authority: Authority) -> None:
        """Give everybody a new certificate of ``authority``, and trust in it alone."""
        self.toolrunner.write(authority.sign(LOOPBACK), authority.pem)
        self.executor.write(authority.sign(LOOPBACK, EXECUTOR), authority.pem)
        self.client.write(authority.sign(BACKEND), authority.pem)

    def toolrunner_settings(self, **settings: Any) -> ToolrunnerSettings:
        chosen = {
            "address": f"{LOOPBACK}:0",
            "workers": 1,
            "tls_certificate": self.toolrunner.certificate,
            "tls_key": self.toolrunner.key,
            "tls_client_ca": self.toolrunner.authorities,
            "allowed_executors": (EXECUTOR,),
            **settings,
        }
        return ToolrunnerSettings(**chosen)

    def executor_settings(self, **settings: Any) -> dict[str, Any]:
        """Return the settings of both ports."""
        return {
            "address": f"{LOOPBACK}:0",
            "mtls_address": f"{LOOPBACK}:0",
            "tls_certificate": self.executor.certificate,
            "tls_key": self.executor.key,
            "mtls_client_ca": self.executor.authorities,
            "toolrunner": NO_RUNNER,
            **settings,
        }

    def way(self) -> dict[str, Any]:
        """Return the settings of the executor's way to the toolrunner."""
        return {
            "toolrunner_ca": self.executor.authorities,
            "toolrunner_certificate": self.executor.certificate,
            "toolrunner_key": self.executor.key,
        }

    def runner_tls(self) -> RunnerTls:
        paths = TlsPaths(self.executor.certificate, self.executor.key, self.executor.authorities)
        return RunnerTls(TlsFiles(paths, "the way to the toolrunner"))


def toolrunner_variables(mesh: Mesh) -> dict[str, str]:
    """Return the settings of a toolrunner that is a process, without its address."""
    return {
        "CAISSON_TOOLRUNNER_TLS_CERTIFICATE": mesh.toolrunner.certificate,
        "CAISSON_TOOLRUNNER_TLS_KEY": mesh.toolrunner.key,
        "CAISSON_TOOLRUNNER_TLS_CLIENT_CA": mesh.toolrunner.authorities,
        "CAISSON_TOOLRUNNER_ALLOWED_EXECUTORS": EXECUTOR,
    }


@asynccontextmanager
async def toolrunner(settings: ToolrunnerSettings) -> AsyncIterator[str]:
    """A toolrunner whose workers follow a script; yields its address."""
    server = ToolRunnerServer(settings, ScriptedLauncher())
    await server.start()
    try:
        yield server.address
    finally:
        await server.stop(drain_s=0.0)


@asynccontextmanager
async def executor(
    settings: Mapping[str, Any], bundles: BundleReader | None = None, rules: str = RULES
) -> AsyncIterator[ExecutorServer]:
    """An executor on both ports."""
    given = {**settings, "certificate_rules": rules_of(rules)}
    server = ExecutorServer(Settings(**given), bundles or FixedBundles(bundle(agent())))
    await server.start()
    try:
        yield server
    finally:
        await server.stop(drain_s=0.0)


def rules_of(text: str) -> tuple[CertificateRule, ...]:
    """Return rules as the settings read them."""
    return parse_certificate_rules(text)


def channel_of(
    address: str, trusted: bytes | None, pair: Pair | None = None, name: str = ""
) -> grpc.aio.Channel:
    """Return a channel over TLS; without ``trusted``, in plain text."""
    if trusted is None:
        return grpc.aio.insecure_channel(address)
    options = [("grpc.ssl_target_name_override", name)] if name else []
    key, certificate = (None, None) if pair is None else (pair.key, pair.certificate)
    credentials = grpc.ssl_channel_credentials(trusted, key, certificate)
    return grpc.aio.secure_channel(address, credentials, options=options)
