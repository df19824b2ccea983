"""Embedding models, asked in OpenAI's form at ``/embeddings``.

LiteLLM's own ``aembedding`` is not used: it starts each query on a thread of the event loop's pool,
reads a body of any size at once, and parses it on the event loop. Here a body is bounded as it
arrives and, where it is long, read on the side thread. Names, endpoints, keys and errors are those
of ``LiteLLMModel``.
"""

from __future__ import annotations

import asyncio
import json
import math
from array import array
from collections.abc import Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Final

import httpx

from services.executor.adapters.litellm.chunks import (
    WRONG_FORM,
    MalformedChunkError,
    count_of,
    parse_chunk,
)
from services.executor.adapters.litellm.errors import to_model_error
from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.adapters.litellm.provider_errors import (
    MOST_READ_TEXT,
    ProviderSaidError,
    error_in,
)
from services.executor.adapters.litellm.stream_bounds import StreamBounds
from services.executor.adapters.litellm.streams import body_of
from services.executor.adapters.litellm.transport import (
    GuardedTransport,
    QueryGuard,
    set_query_guard,
)
from services.executor.agent.embeddings import (
    MAX_DIMENSIONS,
    MAX_NUMBERS,
    Embedded,
    EmbeddingQuery,
)
from services.executor.conversation import TokenUsage, UsageSource
from services.executor.errors import ExecutorError, ModelRefusedError
from services.executor.long_json import SHORT, read_long
from services.executor.providers.access import NO_KEY, Endpoint, Lookup, ProviderAccess
from services.executor.settings import environment_value
from services.executor.side_thread import SIDE

MIB: Final = 1024 * 1024
MAX_BODY_BYTES: Final = 16 * MIB
"""The most bytes of one answer, whatever the deployment's limit of an answer."""
MAX_ERROR_BYTES: Final = 64 * 1024
"""How much of an error's body is read."""
MAX_BESIDE: Final = 16 * 1024
"""The most values of one answer beside the numbers of its vectors."""
IN_OPENAI_FORM: Final = frozenset(
    [
        *("dashscope", "fireworks_ai", "hosted_vllm", "litellm_proxy", "lm_studio", "mistral"),
        *("ollama", "openai", "openrouter", "together_ai", "vercel_ai_gateway", "zai"),
    ]
)
"""The providers that have ``/embeddings`` in this form below their base URL."""


class _AnswerError(ProviderSaidError):
    """An answer that is an error; ``headers`` are the response's."""

    def __init__(self, said: ProviderSaidError, headers: Mapping[str, str]) -> None:
        super().__init__(said.message, said.status_code, said.code, said.param)
        self.headers = headers


class ProviderEmbeddings:
    """Asks the providers whose variables the deployment has set. Nothing is retried here.

    Args:
        model: loads LiteLLM, whose classes of errors are translated.
        timeouts: how long to wait for a provider.
        environment: returns the value of a variable: keys and base URLs of providers.
        bounds: how much a provider may send for one answer.
    """

    def __init__(
        self,
        model: LiteLLMModel,
        timeouts: ModelTimeouts,
        environment: Lookup = environment_value,
        bounds: StreamBounds | None = None,
    ) -> None:
        self._model = model
        self._timeouts = timeouts
        self._access = ProviderAccess(environment)
        self._most_bytes = min((bounds or StreamBounds()).answer_bytes, MAX_BODY_BYTES)
        self._client: httpx.AsyncClient | None = None

    def __repr__(self) -> str:
        return f"ProviderEmbeddings(open={self._client is not None}, {self._timeouts!r})"

    async def close(self) -> None:
        """Close the connections to providers."""
        if self._client is not None:
            await self._client.aclose()

    async def embed(self, query: EmbeddingQuery) -> Embedded:
        """Return the vectors; see ``EmbeddingModel.embed``."""
        endpoint = self._access.endpoint(query.route)
        model, provider = query.route.model, endpoint.model.provider.name
        if provider not in IN_OPENAI_FORM:
            raise ModelRefusedError(
                f'"{model}" cannot be asked for embeddings: Caisson asks for them only in '
                f"OpenAI's form, of {', '.join(sorted(IN_OPENAI_FORM))}. Use one of these, or put "
                'a gateway in front of the provider, and name that "openai/..." in an alias.',
                {"model": model, "provider": provider},
            )
        litellm = await self._model.load()
        query_guard = QueryGuard(endpoint)
        set_query_guard(query_guard)
        try:
            body = await self._answer(query, endpoint)
            if len(body) <= SHORT:
                return _embedded(parse_chunk(body), len(query.values))
            return await SIDE.run(len(body), partial(_read_aside, body, len(query.values)))
        except ExecutorError:
            raise
        except Exception as error:
            found = to_model_error(error, model, provider, litellm, endpoint.base_variable)
            raise query_guard.error() or found from error

    async def _answer(self, query: EmbeddingQuery, endpoint: Endpoint) -> bytes:
        """Return the body of the answer, bounded."""
        client = await self._opened()
        # Not made by the client, which would send back what providers set as cookies.
        request = httpx.Request(
            "POST",
            f"{endpoint.api_base}/embeddings",
            content=json.dumps(_asked(query, endpoint)).encode(),
            headers=_headers(endpoint),
            extensions={"timeout": client.timeout.as_dict()},
        )
        response = await client.send(request, stream=True)
        try:
            if response.is_success:
                return await self._body(response, query.route.model)
            raise await _error_of(response)
        finally:
            await response.aclose()

    async def _body(self, response: httpx.Response, model: str) -> bytes:
        found = bytearray()
        async with aclosing(body_of(response)) as pieces:
            async for piece in pieces:
                found += piece
                if len(found) > self._most_bytes:
                    raise ModelRefusedError(
                        f'The provider of "{model}" sent more than {self._most_bytes} bytes for '
                        "one answer, which is the limit. Ask for fewer vectors at once, or for "
                        "fewer `dimensions`.",
                        {"model": model},
                    )
        return bytes(found)

    async def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            # It reads all certificates, which would stall every stream.
            trusted = await asyncio.to_thread(httpx.create_ssl_context)
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=GuardedTransport(httpx.AsyncHTTPTransport(verify=trusted)),
                timeout=httpx.Timeout(self._timeouts.silence_s, connect=self._timeouts.connect_s),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _asked(query: EmbeddingQuery, endpoint: Endpoint) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": endpoint.model.id,
        "input": list(query.values),
        "encoding_format": "float",
    }
    if query.dimensions is not None:
        body["dimensions"] = query.dimensions
    if query.user:
        body["user"] = query.user
    return body


def _headers(endpoint: Endpoint) -> dict[str, str]:
    headers = {
        "content-type": "application/json",
        "accept": "application/json",
        "accept-encoding": "identity",
    }
    if endpoint.key and endpoint.key != NO_KEY:
        headers["authorization"] = f"Bearer {endpoint.key}"
    if organization := dict(endpoint.options).get("organization"):
        headers["openai-organization"] = organization
    return headers


async def _error_of(response: httpx.Response) -> _AnswerError:
    """Return the error that a response is, of the beginning of its body."""
    status = response.status_code
    if response.is_redirect:
        moved = ProviderSaidError("it redirects, and redirects are not followed", 400)
        return _AnswerError(moved, {})
    found = bytearray()
    async with aclosing(body_of(response)) as pieces:
        async for piece in pieces:
            found += piece[: MAX_ERROR_BYTES - len(found)]
            if len(found) >= MAX_ERROR_BYTES:
                break
    said: ProviderSaidError | None = None
    try:
        said = error_in(parse_chunk(bytes(found)))
    except (MalformedChunkError, *WRONG_FORM):
        pass  # a web page, or a text
    text = found[:MOST_READ_TEXT].decode("utf-8", "replace")
    told = said or ProviderSaidError(text or f"it answered with the status {status}", status)
    told.status_code = status
    return _AnswerError(told, response.headers)


def _read_aside(body: bytes, count: int) -> Embedded:
    """Read a long body, in pure Python."""
    try:
        answer = read_long(body.decode("utf-8", "replace"), MAX_NUMBERS + MAX_BESIDE)
    except (ValueError, RecursionError):
        raise MalformedChunkError("the answer is not JSON, or holds too many values") from None
    if not isinstance(answer, dict):
        raise MalformedChunkError("the answer is not a JSON object")
    return _embedded(answer, count)


def _embedded(answer: Mapping[str, Any], count: int) -> Embedded:
    """Return the vectors in an answer, in its order."""
    if (said := error_in(answer)) is not None:
        raise said
    try:
        rows = answer["data"]
        if len(rows) != count:
            raise MalformedChunkError(f"it sent {len(rows)} vectors for {count} texts")
        vectors = [_vector(row["embedding"]) for row in rows]
        if sum(map(len, vectors)) > MAX_NUMBERS:
            raise MalformedChunkError(f"its vectors have more than {MAX_NUMBERS} numbers")
        usage = answer.get("usage")
        return Embedded(vectors, _usage(usage) if usage else TokenUsage())
    except MalformedChunkError:
        raise
    except WRONG_FORM:
        raise MalformedChunkError("the answer has an unexpected shape") from None


def _vector(numbers: Any) -> array[float]:
    if not isinstance(numbers, list) or not 0 < len(numbers) <= MAX_DIMENSIONS:
        raise MalformedChunkError(f"a vector is no list of 1 to {MAX_DIMENSIONS} numbers")
    try:
        vector = array("d", numbers)
    except (TypeError, OverflowError):
        raise MalformedChunkError("a vector holds something other than numbers") from None
    if not all(map(math.isfinite, vector)):
        raise MalformedChunkError("a vector holds something other than numbers")
    return vector


def _usage(usage: Mapping[str, Any]) -> TokenUsage:
    tokens = count_of(usage["prompt_tokens"])
    return TokenUsage(tokens, source=UsageSource.PROVIDER)
