"""Serves the executor's methods with grpc.aio: requests arrive as bytes and are bounded first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import DecodeError

from services.executor.errors import RequestError
from services.executor.side_thread import SIDE
from services.executor.wire.long_requests import AT_ONCE, SHORT_REQUEST, broken
from services.executor.wire.status import to_status
from services.front.grpc_status import grpc_status

T = TypeVar("T")

# Requests of these methods may be long, since they can hold a bundle or a tool's result; they get
# the raw bytes.
TAKE_LONG = frozenset({"AnswerInput", "CreateRun", "DeployBundle", "ExecuteAgent", "InspectBundle"})

Method = Callable[[Any, Any], Awaitable[Any]]


@dataclass(frozen=True)
class RequestBytes:
    """The bytes of a request, not parsed yet."""

    data: bytes

    def __len__(self) -> int:
        return len(self.data)

    async def read(self, reader: Callable[[bytes], T]) -> T:
        """Parse the bytes with ``reader``, on the side thread if there are many."""
        if len(self.data) <= AT_ONCE:
            return reader(self.data)
        return await SIDE.run(len(self.data), partial(reader, self.data))


def add_methods(described: ServiceDescriptor, service: Any, server: grpc.aio.Server) -> None:
    """Add the methods of ``service`` to ``server``, as ``described`` lists them.

    A method gets its request as a message, or as ``RequestBytes`` if it may be long. It sends its
    answer itself, so that it knows when that was read: on the wire, a stream of one message is a
    unary answer.
    """
    handlers: dict[str, Any] = {}
    for method in described.methods:
        kind = message_factory.GetMessageClass(method.input_type)
        serve = _bounded(getattr(service, method.name), kind, long=method.name in TAKE_LONG)
        handlers[method.name] = grpc.unary_stream_rpc_method_handler(
            serve, response_serializer=_serialized
        )
    generic = grpc.method_handlers_generic_handler(described.full_name, handlers)
    server.add_generic_rpc_handlers((generic,))
    server.add_registered_method_handlers(described.full_name, handlers)


def parsed(kind: Any, data: bytes) -> Any:
    """Return the message; raises RequestError if the bytes are malformed."""
    try:
        return kind.FromString(data)
    except DecodeError:
        raise broken() from None


def _bounded(method: Method, kind: Any, *, long: bool) -> Method:
    async def serve(data: bytes, context: Any) -> Any:
        try:
            request = RequestBytes(data) if long else _short(kind, data)
        except RequestError as error:
            return await context.abort_with_status(grpc_status(to_status(error)))
        work = method(request, context)
        del data, request  # so that the method can free it
        return await work

    return serve


def _short(kind: Any, data: bytes) -> Any:
    if len(data) > SHORT_REQUEST:
        raise RequestError(
            f"The request has {len(data)} bytes; at most {SHORT_REQUEST} are allowed."
        )
    return parsed(kind, data)


def _serialized(response: Any) -> bytes:
    """Return a response's bytes; it may already be serialized."""
    return response if isinstance(response, bytes) else response.SerializeToString()
