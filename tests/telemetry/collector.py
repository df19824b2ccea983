"""A collector of traces: a real receiver of OTLP over gRPC, on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service_pb

from tests.loopback import started
from tests.tls.authority import Pair

ERROR = 2
METHOD = "opentelemetry.proto.collector.trace.v1.TraceService"


@dataclass(frozen=True)
class Seen:
    """One span as it arrived."""

    service: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    is_error: bool
    start_ns: int
    end_ns: int


@dataclass(eq=False)
class Collector:
    """Takes spans; ``data`` is every request as bytes, ``headers`` the metadata of the last."""

    spans: list[Seen] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    headers: dict[str, Any] = field(default_factory=dict)
    resources: list[dict[str, Any]] = field(default_factory=list)
    address: str = ""
    answers: bool = True
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def Export(self, data: bytes, context: Any) -> Any:  # noqa: N802 - the protocol's
        """Take spans, or never answer."""
        self.headers = dict(context.invocation_metadata() or ())
        if not self.answers:
            await asyncio.Event().wait()
        self.data.append(data)
        request = service_pb.ExportTraceServiceRequest.FromString(data)
        for resource in request.resource_spans:
            about = values(resource.resource.attributes)
            self.resources.append(about)
            for scope in resource.scope_spans:
                self.spans += [seen(about["service.name"], span) for span in scope.spans]
        self._changed.set()
        return service_pb.ExportTraceServiceResponse()

    async def until(self, is_enough: Callable[[list[Seen]], bool]) -> list[Seen]:
        """Return all spans once they are enough."""
        async with asyncio.timeout(30):
            while not is_enough(self.spans):
                self._changed.clear()
                await self._changed.wait()
        return self.spans


def seen(service: str, span: Any) -> Seen:
    return Seen(
        service,
        span.name,
        span.kind,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        values(span.attributes),
        span.status.code == ERROR,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
    )


def values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@asynccontextmanager
async def collector(port: int = 0, pair: Pair | None = None) -> AsyncIterator[Collector]:
    """Serve a collector, over TLS with a certificate; yields it with its address, HOST:PORT."""
    taking = Collector()
    server = grpc.aio.server()
    export: Any = grpc.unary_unary_rpc_method_handler(
        taking.Export, response_serializer=service_pb.ExportTraceServiceResponse.SerializeToString
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(METHOD, {"Export": export}),)
    )
    where = f"127.0.0.1:{port}"
    if pair is None:
        taking.address = f"127.0.0.1:{server.add_insecure_port(where)}"
    else:
        credentials = grpc.ssl_server_credentials([(pair.key, pair.certificate)])
        taking.address = f"127.0.0.1:{server.add_secure_port(where, credentials)}"
    async with started(server):
        yield taking
