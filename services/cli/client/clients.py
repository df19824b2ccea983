"""The executor's gRPC client: one run of an agent."""

from __future__ import annotations

import importlib.resources
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import grpc

from caisson.executor import v1
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.cli.access import Access, access_of, content_of
from services.cli.client import wire
from services.cli.client.credentials import with_api_key
from services.cli.client.refusals import refused, tls_refused
from services.cli.client.run_wire import run_request
from services.cli.domain import MIB, Refusal, RunRequest
from services.cli.errors import CliError
from services.front.tls_probe import tls_fault

MAX_EVENT_BYTES = 64 * MIB
# Requests up to this can be sent again; gRPC's own default is 256 KiB, and bundles are larger.
RETRIED_BYTES = 64 * MIB
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_EVENT_BYTES),
    ("grpc.max_send_message_length", -1),
    ("grpc.per_rpc_retry_buffer_size", RETRIED_BYTES),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    # By default two pings are sent, and no more until there is data again.
    ("grpc.http2.max_pings_without_data", 0),
)


def service_config() -> str:
    """Return the service config of caisson-client as JSON: its retry policy."""
    return (importlib.resources.files(v1) / "service_config.json").read_text(encoding="utf-8")


@contextmanager
def refusals_told(address: str) -> Iterator[None]:
    """Turn the status of an RPC to ``address`` that was refused or failed into a CliError."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise refused(wire.refusal_of_error(error), address) from None


@asynccontextmanager
async def open_channel(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Yield a channel to ``host:port`` or ``unix:/path``; it is closed at once on leaving.

    A ``Server`` is reached as it says, any other address in plain text.

    Raises:
        CliError: an RPC on it was refused or failed, or nobody answers.
    """
    channel = _channel_to(address, access_of(address))
    try:
        yield channel
    except grpc.aio.AioRpcError as error:
        refusal = wire.refusal_of_error(error)
        raise await _why_unreachable(refusal, address) or refused(refusal, address) from None
    finally:
        await channel.close(grace=None)


def _channel_to(address: str, access: Access) -> grpc.aio.Channel:
    options = (*CHANNEL_OPTIONS, ("grpc.service_config", service_config()))
    interceptors = with_api_key(access.api_key) if access.api_key else None
    if access.files is None:
        return grpc.aio.insecure_channel(address, options, interceptors=interceptors)
    files = access.files
    credentials = grpc.ssl_channel_credentials(
        content_of(files.authorities), content_of(files.key), content_of(files.certificate)
    )
    return grpc.aio.secure_channel(address, credentials, options, interceptors=interceptors)


async def _why_unreachable(refusal: Refusal, address: str) -> CliError | None:
    """Return what is wrong with TLS, if that is why nobody answers."""
    if refusal.code != "UNAVAILABLE" or refusal.reason:
        return None
    access = access_of(address)
    fault = await tls_fault(address, access.files, public=access.public)
    return tls_refused(fault, address) if fault else None


async def run_agent(address: str, request: RunRequest) -> AsyncGenerator[wire.Event, None]:
    """Yield the events of one run; leaving early cancels it.

    Raises:
        CliError: the executor refused the request, the run failed, or nobody answers.
    """
    async with open_channel(address) as channel:
        stub = ExecutorServiceStub(channel)
        call = stub.ExecuteAgent(run_request(request))
        try:
            async for response in call:
                if response.HasField("event"):
                    yield response.event
        finally:
            call.cancel()
