"""Who gets in at each port of each service, and who does not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.toolrunner.v1 import tool_runner_service_pb2 as runner_pb
from caisson.toolrunner.v1.tool_runner_service_pb2_grpc import ToolRunnerServiceStub
from services.executor.access.certificates import certificate_holder
from services.executor.adapters.toolrunner.channels import RunnerTls
from services.executor.adapters.toolrunner.client import ToolRunnerClient
from services.executor.errors import RunnerUnavailableError
from tests.tls.authority import BACKEND, DAY, EXECUTOR, LOOPBACK, Authority
from tests.tls.meshed import BACKEND_DNS, RULES, Mesh, channel_of, executor, rules_of, toolrunner

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
OK = grpc.StatusCode.OK


@dataclass(frozen=True)
class Ends:
    """The addresses of the ports."""

    mesh: Mesh
    tls: str
    mtls: str
    runner: str


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[Ends]:
    mesh = Mesh(tmp_path)
    async with (
        toolrunner(mesh.toolrunner_settings()) as runner,
        executor(mesh.executor_settings()) as server,
    ):
        yield Ends(mesh, server.address, server.mtls_address, runner)


async def status_of(channel: grpc.aio.Channel, *, runner: bool) -> grpc.StatusCode:
    """Return how a small RPC ends."""
    try:
        async with channel:
            if runner:
                asked: Any = ToolRunnerServiceStub(channel).GetCapabilities
                await asked(runner_pb.GetCapabilitiesRequest(), timeout=20)
            else:
                stub: Any = ExecutorServiceStub(channel)
                await stub.GetServerInfo(pb.GetServerInfoRequest(), timeout=20)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return OK


STRANGERS = Authority("strangers")
# What a client shows to a port of the mesh, and how its RPC ends.
CALLERS: dict[str, tuple[Callable[[Ends, str], grpc.aio.Channel], grpc.StatusCode]] = {
    "certificate of ours": (
        lambda ends, at: channel_of(
            at, ends.mesh.authority.pem, ends.mesh.authority.sign(EXECUTOR, BACKEND_DNS)
        ),
        OK,
    ),
    "no certificate": (lambda ends, at: channel_of(at, ends.mesh.authority.pem), UNAVAILABLE),
    "expired certificate": (
        lambda ends, at: channel_of(
            at, ends.mesh.authority.pem, ends.mesh.authority.sign(EXECUTOR, lasts=-DAY)
        ),
        UNAVAILABLE,
    ),
    "stranger's authority": (
        lambda ends, at: channel_of(at, ends.mesh.authority.pem, STRANGERS.sign(EXECUTOR)),
        UNAVAILABLE,
    ),
    "trusts another authority": (
        lambda ends, at: channel_of(at, STRANGERS.pem, ends.mesh.authority.sign(EXECUTOR)),
        UNAVAILABLE,
    ),
    "wrong host name": (
        lambda ends, at: channel_of(
            at, ends.mesh.authority.pem, ends.mesh.authority.sign(EXECUTOR), "other.example"
        ),
        UNAVAILABLE,
    ),
    "plain text": (lambda _, at: channel_of(at, None), UNAVAILABLE),
}


@pytest.mark.parametrize("caller", CALLERS)
async def test_ports_of_the_mesh_take_only_certificates_of_their_authority(
    ends: Ends, caller: str
) -> None:
    channel, expected = CALLERS[caller]
    assert await status_of(channel(ends, ends.mtls), runner=False) is expected
    assert await status_of(channel(ends, ends.runner), runner=True) is expected


async def test_port_for_keys_asks_for_no_certificate(ends: Ends) -> None:
    """It asks for another credential, which a certificate is not there."""
    authority = ends.mesh.authority
    for pair in (None, authority.sign(BACKEND)):
        channel = channel_of(ends.tls, authority.pem, pair)
        assert await status_of(channel, runner=False) is UNAUTHENTICATED
    assert await status_of(channel_of(ends.tls, STRANGERS.pem), runner=False) is UNAVAILABLE
    assert await status_of(channel_of(ends.tls, None), runner=False) is UNAVAILABLE


async def test_certificate_without_a_rule_is_refused(ends: Ends) -> None:
    pair = ends.mesh.authority.sign("spiffe://mesh.example/ns/prod/sa/stranger")
    channel = channel_of(ends.mtls, ends.mesh.authority.pem, pair)
    assert await status_of(channel, runner=False) is UNAUTHENTICATED


@pytest.mark.parametrize(
    "names",
    [
        (BACKEND,),
        ("spiffe://mesh.example/ns/prod/sa/executor/more",),
        ("spiffe://mesh.example.evil/ns/prod/sa/executor",),
        ("mesh.example",),
        # A SPIFFE id is the only URI of its certificate.
        (EXECUTOR, BACKEND),
    ],
)
async def test_toolrunner_serves_only_its_executors(ends: Ends, names: tuple[str, ...]) -> None:
    pair = ends.mesh.authority.sign(*names)
    async with channel_of(ends.runner, ends.mesh.authority.pem, pair) as channel:
        stub: Any = ToolRunnerServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetCapabilities(runner_pb.GetCapabilitiesRequest())
        trailers = dict(refused.value.trailing_metadata() or ())
        status = status_pb2.Status.FromString(bytes(trailers["grpc-status-details-bin"]))
        info = error_details_pb2.ErrorInfo()
        assert status.details[0].Unpack(info)
        assert (refused.value.code(), info.reason) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "EXECUTOR_NOT_ALLOWED",
        )
        stream = stub.RunTools()
        with pytest.raises(grpc.aio.AioRpcError, match="does not serve the holder"):
            await stream.read()  # before it sent anything
        health: Any = health_pb2_grpc.HealthStub(channel)
        told = await health.Check(health_pb2.HealthCheckRequest())
        assert told.status == health_pb2.HealthCheckResponse.SERVING


async def test_executor_reaches_the_toolrunner(ends: Ends) -> None:
    client = ToolRunnerClient(ends.runner, 20.0, tls=ends.mesh.runner_tls())
    try:
        assert await client.answers()
        assert (await client.capabilities()).version
    finally:
        await client.close()


async def test_toolrunner_that_does_not_serve_us_does_not_answer(ends: Ends) -> None:
    """So that health says it: every run with tools would be refused."""
    ends.mesh.executor.write(ends.mesh.authority.sign(BACKEND))
    client = ToolRunnerClient(ends.runner, 20.0, tls=ends.mesh.runner_tls())
    try:
        await client.connected()
        assert not await client.answers()
    finally:
        await client.close()


async def test_name_of_the_toolrunner_may_differ_from_its_address(tmp_path: Path) -> None:
    mesh = Mesh(tmp_path)
    mesh.toolrunner.write(mesh.authority.sign("toolrunner.example"))
    async with toolrunner(mesh.toolrunner_settings()) as address:
        for name, words in (
            ("toolrunner.example", ""),
            ("", f"its certificate is for other names than {LOOPBACK}"),
            ("other.example", "its certificate is for other names than other.example"),
        ):
            tls = RunnerTls(mesh.runner_tls().files, name)
            client = ToolRunnerClient(address, 20.0 if not words else 0.5, tls=tls)
            try:
                if words:
                    with pytest.raises(RunnerUnavailableError, match=words):
                        await client.connected()
                else:
                    assert await client.answers()
            finally:
                await client.close()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("authority", "its certificate is of an authority that is not trusted here"),
        ("certificate", "it does not take the client certificate"),
        ("plain", "it speaks TLS, and it was asked without"),
    ],
)
async def test_executor_says_why_it_cannot_use_the_toolrunner(
    ends: Ends, spoil: str, words: str
) -> None:
    if spoil == "authority":
        ends.mesh.executor.write(authorities=STRANGERS.pem)
    if spoil == "certificate":
        ends.mesh.executor.write(STRANGERS.sign(EXECUTOR))
    tls = None if spoil == "plain" else ends.mesh.runner_tls()
    client = ToolRunnerClient(ends.runner, 0.5, tls=tls)
    try:
        with pytest.raises(RunnerUnavailableError, match=words):
            await client.connected()
    finally:
        await client.close()


async def test_executor_says_that_the_toolrunner_does_not_speak_tls(tmp_path: Path) -> None:
    mesh = Mesh(tmp_path)
    plain = mesh.toolrunner_settings(
        tls_certificate="", tls_key="", tls_client_ca="", allowed_executors=()
    )
    async with toolrunner(plain) as address:
        client = ToolRunnerClient(address, 0.5, tls=mesh.runner_tls())
        try:
            with pytest.raises(RunnerUnavailableError, match="it does not speak TLS"):
                await client.connected()
        finally:
            await client.close()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((BACKEND,), ("acme", BACKEND, {"invoker"})),
        (
            ("spiffe://mesh.example/ns/a/sa/ops",),
            ("acme", "spiffe://mesh.example/ns/a/sa/ops", {"owner"}),
        ),
    ],
)
async def test_holder_is_told_from_what_grpc_says_of_the_peer(
    tmp_path: Path, names: tuple[str, ...], expected: tuple[str, str, set[str]]
) -> None:
    """A real connection, since only gRPC says what it tells of a certificate."""
    authority = Authority()
    told: list[Any] = []

    async def note(_: bytes, context: Any) -> bytes:
        told.append(context.auth_context())
        return b""

    server = grpc.aio.server()
    method: Any = grpc.unary_unary_rpc_method_handler(note)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("test.Test", {"Note": method}),)
    )
    own = authority.sign(LOOPBACK)
    port = server.add_secure_port(
        f"{LOOPBACK}:0",
        grpc.ssl_server_credentials(
            [(own.key, own.certificate)], authority.pem, require_client_auth=True
        ),
    )
    await server.start()
    try:
        pair = authority.sign(*names)
        async with channel_of(f"{LOOPBACK}:{port}", authority.pem, pair) as channel:
            noted: Any = channel.unary_unary("/test.Test/Note")
            await noted(b"")
    finally:
        await server.stop(None)
    holder = certificate_holder(rules_of(RULES), told[0])
    assert holder is not None
    assert (holder.organisation, holder.subject) == expected[:2]
    assert {role.value for role in holder.roles} == expected[2]
    assert len(holder.fingerprint) == 64
