"""The executor's methods as grpc.aio serves them: their requests arrive as bytes, bounded first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import grpc
from google.protobuf import message_factory
from grpc_status import rpc_status

from services.executor.domain import JsonObject
from services.executor.errors import RequestError
from services.executor.side_thread import SIDE
from services.executor.wire.long_requests import (
    SERVICE,
    SHORT_REQUEST,
    LongRequest,
    parsed,
    parts_of,
)
from services.executor.wire.status import to_status
from services.executor.wire.value_bytes import struct_of

# Of these methods a request may be long, since a bundle can be in it.
TAKE_LONG = frozenset({"ExecuteAgent", "InspectBundle"})

Method = Callable[[Any, Any], Awaitable[Any]]


def add_methods(service: Any, server: grpc.aio.Server) -> None:
    """Have ``server`` serve the methods of ``service``.

    A method is handed its request; where that is long, ``LongRequest`` instead.
    """
    handlers = {}
    for method in SERVICE.methods:
        make: Any = grpc.unary_unary_rpc_method_handler
        if method.server_streaming:
            make = grpc.unary_stream_rpc_method_handler
        kind = message_factory.GetMessageClass(method.input_type)
        serve = _bounded(getattr(service, method.name), kind, long=method.name in TAKE_LONG)
        handlers[method.name] = make(serve, response_serializer=_serialized)
    generic = grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)
    server.add_generic_rpc_handlers((generic,))
    server.add_registered_method_handlers(SERVICE.full_name, handlers)


async def in_parts(kind: Any, request: Any) -> tuple[Any, dict[str, JsonObject] | None]:
    """Return a request; of a long one, its JSON is cut out and returned by field.

    Raises:
        RequestError: it has too many fields, or too much JSON, or is no message.
    """
    if not isinstance(request, LongRequest):
        return request, None
    parts = parts_of(request.data, kind.DESCRIPTOR)
    message = parsed(kind, parts.rest)
    await asyncio.sleep(0)
    structs = {}
    for field, data in parts.structs.items():
        structs[field] = await SIDE.run(len(data), partial(struct_of, data))
    return message, structs


def _bounded(method: Method, kind: Any, *, long: bool) -> Method:
    async def serve(data: bytes, context: Any) -> Any:
        try:
            request = _request(kind, data, long=long)
        except RequestError as error:
            return await context.abort_with_status(rpc_status.to_status(to_status(error)))
        work = method(request, context)
        del data, request  # it is the method's to let go
        return await work

    return serve


def _request(kind: Any, data: bytes, *, long: bool) -> Any:
    if len(data) <= SHORT_REQUEST:
        return parsed(kind, data)
    if not long:
        raise RequestError(
            f"The request has {len(data)} bytes; at most {SHORT_REQUEST} are allowed."
        )
    return LongRequest(data)


def _serialized(response: Any) -> bytes:
    """Return a response's bytes, which it may be already."""
    return response if isinstance(response, bytes) else response.SerializeToString()
