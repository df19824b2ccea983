"""Serves the executor's methods with grpc.aio: requests arrive as bytes and are bounded first."""

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

# Requests of these methods may be long, since they can hold a bundle.
TAKE_LONG = frozenset({"ExecuteAgent", "InspectBundle"})

Method = Callable[[Any, Any], Awaitable[Any]]


def add_methods(service: Any, server: grpc.aio.Server) -> None:
    """Add the methods of ``service`` to ``server``.

    A method gets its request, or a ``LongRequest`` if that is long.
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
    """Return a request; the JSON of a long one is cut out and returned by field.

    Raises:
        RequestError: it has too many fields or too much JSON, or is not a message.
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
        del data, request  # so that the method can free it
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
    """Return a response's bytes; it may already be serialized."""
    return response if isinstance(response, bytes) else response.SerializeToString()
