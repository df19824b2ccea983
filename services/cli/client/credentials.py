"""Sends the API key with every request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc


class _WithApiKey:
    def __init__(self, api_key: str) -> None:
        self._header = ("authorization", f"Bearer {api_key}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _with_key(self, details: Any) -> Any:
        metadata = grpc.aio.Metadata(*(details.metadata or ()), self._header)
        return details._replace(metadata=metadata)


class _OneAnswer(_WithApiKey, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        return await continuation(self._with_key(client_call_details), request)


class _Answers(_WithApiKey, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        return await continuation(self._with_key(client_call_details), request)


def with_api_key(api_key: str) -> list[grpc.aio.ClientInterceptor]:
    """Return interceptors that add the credential to requests of one answer, and of many.

    gRPC takes an interceptor for one kind alone, even if its class is made for both.
    """
    return [_OneAnswer(api_key), _Answers(api_key)]
