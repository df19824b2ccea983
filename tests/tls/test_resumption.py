"""A session that is resumed shows no certificate; it cannot outlive its authority, nor for long."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from services.executor.agent.scripted import HeldClock
from services.front.tls import TICKETS_S, server_credentials
from services.front.tls_files import TlsFiles
from services.front.tls_paths import TlsPaths
from tests.tls.authority import LOOPBACK, Authority
from tests.tls.meshed import Mesh

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@asynccontextmanager
async def served(mesh: Mesh, clock: HeldClock) -> AsyncIterator[int]:
    """Serve nothing, over TLS with client certificates; yields the port."""
    own = mesh.executor
    files = TlsFiles(TlsPaths(own.certificate, own.key, own.authorities), "the test")
    server = grpc.aio.server()
    credentials = server_credentials(files, lambda: clock.seconds)
    port = server.add_secure_port(f"{LOOPBACK}:0", credentials)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


class Peer:
    """A client that keeps the session of its last connection, and shows it in the next."""

    def __init__(self, mesh: Mesh, version: ssl.TLSVersion) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.maximum_version = version
        self._context.load_verify_locations(cadata=mesh.authority.pem.decode())
        self._context.load_cert_chain(mesh.client.certificate, mesh.client.key)
        self._context.set_alpn_protocols(["h2"])
        self._session: Any = None

    async def connect(self, port: int) -> bool | None:
        """Return whether the session was resumed; None if the connection was refused."""
        return await asyncio.to_thread(self._connect, port)

    def _connect(self, port: int) -> bool | None:
        made = self._context.wrap_socket(
            socket.create_connection((LOOPBACK, port), timeout=30),
            do_handshake_on_connect=False,
            server_hostname=LOOPBACK,
            session=self._session,
        )
        with made:
            try:
                made.do_handshake()
                if not made.recv(1):
                    return None
            except OSError:
                return None
            self._session = made.session
            return made.session_reused


@pytest.mark.parametrize("version", VERSIONS)
async def test_session_is_void_without_its_authority(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    mesh = Mesh(tmp_path)
    async with served(mesh, HeldClock()) as port:
        peer = Peer(mesh, version)
        assert await peer.connect(port) is False
        assert await peer.connect(port) is True
        mesh.executor.write(authorities=Authority("other").pem)
        assert await peer.connect(port) is None


@pytest.mark.parametrize("version", VERSIONS)
async def test_certificate_is_shown_again_after_a_while(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    mesh, clock = Mesh(tmp_path), HeldClock()
    async with served(mesh, clock) as port:
        peer = Peer(mesh, version)
        assert await peer.connect(port) is False
        clock.seconds += TICKETS_S / 2
        assert await peer.connect(port) is True
        clock.seconds += TICKETS_S / 2
        assert await peer.connect(port) is False
