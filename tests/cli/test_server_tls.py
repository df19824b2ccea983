"""``--server`` over TLS, with certificates and API keys, and what is said where that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from services.executor.server import ExecutorServer
from tests.cli.command import Caisson, Result
from tests.cli.conftest import Files as Bundles
from tests.cli.conftest import Served
from tests.tls.authority import BACKEND, DAY, LOOPBACK, Authority, Files
from tests.tls.meshed import Mesh, executor

KEY = "ck_1_secret"


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    return Mesh(tmp_path)


@pytest.fixture
async def server(mesh: Mesh) -> AsyncIterator[ExecutorServer]:
    async with executor(mesh.executor_settings()) as running:
        yield running


async def listed(caisson: Caisson, address: str, *options: str) -> Result:
    """Return what ``caisson runs list`` says of a server that runs here."""
    return await asyncio.to_thread(caisson, "runs", "list", "--server", address, *options)


async def test_both_ports_are_reached(caisson: Caisson, mesh: Mesh, server: ExecutorServer) -> None:
    client = mesh.client
    trust = ("--ca", client.authorities)
    result = await listed(caisson, server.address, *trust)
    assert result.status == 2
    assert "The request has no credential" in result.err
    assert "--api-key-file" in result.err
    shown = ("--cert", client.certificate, "--key", client.key)
    result = await listed(caisson, server.mtls_address, *trust, *shown)
    assert (result.status, result.out) == (0, "There are no such runs.\n"), result.err
    variables = {
        "CAISSON_SERVER_CA": client.authorities,
        "CAISSON_SERVER_CERT": client.certificate,
        "CAISSON_SERVER_KEY": client.key,
    }
    result = await listed(caisson.given(variables), server.mtls_address)
    assert (result.status, result.err) == (0, "")


async def test_faults_of_tls_are_said_in_words(
    caisson: Caisson, mesh: Mesh, server: ExecutorServer, tmp_path: Path
) -> None:
    trust = ("--ca", mesh.client.authorities)
    stranger = Files(tmp_path / "stranger").write(Authority().sign(BACKEND), Authority().pem)
    port = server.address.rpartition(":")[2]
    for address, options, words in (
        (server.address, (), "it speaks TLS, and it was asked without"),
        (server.address, ("--ca", stranger.authorities), "an authority that is not trusted here"),
        (server.address, ("--ca", "public"), "an authority that is not trusted here"),
        (f"localhost:{port}", trust, "its certificate is for other names than localhost"),
        (server.mtls_address, trust, "it wants a client certificate, and got none"),
        (
            server.mtls_address,
            (*trust, "--cert", stranger.certificate, "--key", stranger.key),
            "it does not take the client certificate: it has expired, or is of an authority",
        ),
    ):
        result = await listed(caisson, address, *options)
        assert result.status == 1
        assert f"The server at {address} cannot be used: " in result.err
        assert words in result.err
        assert "failed to connect to all addresses" not in result.err


async def test_expired_certificate_and_plain_text_are_said_in_words(
    caisson: Caisson, tmp_path: Path
) -> None:
    authority = Authority()
    files = Files(tmp_path / "own").write(authorities=authority.pem)
    expired = authority.sign(LOOPBACK, lasts=-DAY)
    pairs = [(expired.key, expired.certificate)]
    async with noting(grpc.ssl_server_credentials(pairs)) as (address, _):
        result = await listed(caisson, address, "--ca", files.authorities)
        assert "its certificate has expired" in result.err
    async with noting(None) as (address, _):
        result = await listed(caisson, address, "--ca", files.authorities)
        assert "it does not speak TLS" in result.err
        assert "Leave out --ca" in result.err


@asynccontextmanager
async def noting(
    credentials: grpc.ServerCredentials | None,
) -> AsyncIterator[tuple[str, list[Any]]]:
    """Serve an executor without runs; yields its address, and the headers of every request."""
    headers: list[Any] = []

    async def list_runs(_: bytes, context: Any) -> bytes:
        headers.append(dict(context.invocation_metadata()))
        return b""

    server = grpc.aio.server()
    method: Any = grpc.unary_unary_rpc_method_handler(list_runs)
    name = "caisson.executor.v1.ExecutorService"
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(name, {"ListRuns": method}),)
    )
    address = f"{LOOPBACK}:0"
    if credentials is None:
        port = server.add_insecure_port(address)
    else:
        port = server.add_secure_port(address, credentials)
    await server.start()
    try:
        yield f"{LOOPBACK}:{port}", headers
    finally:
        await server.stop(None)


async def test_api_key_is_sent_to_this_machine_and_over_tls(
    caisson: Caisson, tmp_path: Path
) -> None:
    authority = Authority()
    files = Files(tmp_path / "own").write(authority.sign(LOOPBACK), authority.pem)
    key = tmp_path / "key"
    key.write_text(f"{KEY}\n", encoding="ascii")
    with_key = caisson.given({"CAISSON_API_KEY": KEY})
    async with noting(None) as (address, headers):
        for command, options in (
            (caisson, ()),
            (with_key, ()),
            (caisson, ("--api-key-file", str(key))),
        ):
            result = await listed(command, address, *options)
            assert (result.status, result.err) == (0, "")
        sent = [each.get("authorization") for each in headers]
        assert sent == [None, f"Bearer {KEY}", f"Bearer {KEY}"]
    own = authority.sign(LOOPBACK)
    async with noting(grpc.ssl_server_credentials([(own.key, own.certificate)])) as (at, headers):
        await listed(with_key, at, "--ca", files.authorities)
        assert [each.get("authorization") for each in headers] == [f"Bearer {KEY}"]


def test_run_with_an_api_key_streams_as_without(
    caisson: Caisson, files: Bundles, served: Served
) -> None:
    """This executor asks nobody who they are, and takes no offence."""
    with_key = caisson.given({"CAISSON_API_KEY": KEY})
    result = with_key("run", files.workshop, "Add.", "--server", served.executor)
    assert result.status == 0, result.err
    assert '{"sum":2}' in result.out


def test_what_does_not_go_together_is_refused(caisson: Caisson, tmp_path: Path) -> None:
    files = Files(tmp_path / "own").write(Authority().sign(BACKEND), b"no certificate")
    other = Files(tmp_path / "other").write(Authority().sign(BACKEND), Authority().pem)
    spaced = tmp_path / "spaced"
    spaced.write_text("two words", encoding="ascii")
    far = ("--server", "192.0.2.1:1")
    pair = ("--cert", files.certificate, "--key", files.key)
    for options, words in (
        ((*far, "--cert", files.certificate), "--cert and --key belong together"),
        ((*far, *pair), "--cert needs --ca"),
        (("--server", "unix:/x", "--ca", other.authorities), "a Unix socket needs no TLS"),
        ((*far, "--ca", files.authorities), "ca.crt has no certificate in PEM"),
        ((*far, "--ca", "/no/such"), "/no/such cannot be read: No such file"),
        (
            (*far, "--ca", other.authorities, "--cert", files.certificate, "--key", other.key),
            "are not a certificate and its key",
        ),
        ((*far, "--api-key-file", str(spaced)), "must be one word of printable ASCII"),
        (("--ca", other.authorities), "--ca is for the executor of --server"),
    ):
        result = caisson("runs", "list", *options)
        assert result.status == 2, options
        assert words in result.err
    result = caisson.given({"CAISSON_API_KEY": KEY})("runs", "list", *far)
    assert result.status == 2
    assert "The API key is not sent in plain text to 192.0.2.1:1" in result.err
    assert KEY not in result.err
