"""Language models through LiteLLM, always streaming."""

from __future__ import annotations

import asyncio
import gc
import importlib
import itertools
import logging
import threading
import warnings
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from services.executor.adapters.litellm.abilities import ModelAbilities, listed
from services.executor.adapters.litellm.deltas import characters, estimated_usage
from services.executor.adapters.litellm.errors import is_broken_connection, to_model_error
from services.executor.adapters.litellm.openai_client import spare_walks
from services.executor.adapters.litellm.query import (
    completion_arguments,
    endpoint_arguments,
    keys_by_name,
    prompt_characters,
)
from services.executor.adapters.litellm.refused_settings import setting_error, unsent, without
from services.executor.adapters.litellm.stream_bounds import StreamBounds, StreamMeter
from services.executor.adapters.litellm.streams import ProviderStream
from services.executor.adapters.litellm.transport import QueryGuard, guard
from services.executor.agent.deltas import Finished, ModelDelta, UsageReport
from services.executor.agent.ports import ModelQuery
from services.executor.errors import ExecutorError
from services.executor.providers.access import Endpoint, Lookup, ProviderAccess
from services.executor.settings import environment_value

# These take a client of ours, since LiteLLM would use one that is never closed.
OWN_CLIENT = {"anthropic", "gemini"}
LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")
HTTP_HANDLER = "litellm.llms.custom_httpx.http_handler"
OPENAI_COMPLETIONS = "openai.resources.chat.completions"
KNOWN_BY_ID = (
    "clarifai_models",
    "ovhcloud_models",
    "petals_models",
    "replicate_models",
    "snowflake_models",
)
# LiteLLM imports these with its first query, which stalls every stream for most of a second.
WITH_FIRST_QUERY = (
    "litellm.litellm_core_utils.default_encoding",
    "litellm.responses.mcp.chat_completions_handler",
    "openai.resources.chat",
)
# And these with the first query to a provider, if the deployment can use it.
WITH_FIRST_QUERY_OF = {
    "bedrock": ("boto3",),
    "cohere": ("litellm.llms.cohere.chat.transformation",),
}


@dataclass(frozen=True)
class ModelTimeouts:
    """Seconds to wait for a connection, and for the next piece of an answer."""

    connect_s: float = 10.0
    silence_s: float = 120.0


class LiteLLMModel:
    """Queries, through LiteLLM, the providers whose variables the deployment has set.

    LiteLLM takes seconds to import, so ``load`` does it in a thread; an earlier query waits for it,
    and so does ``close``, unless ``abandon`` said that the process ends. Nothing is retried here.

    Args:
        timeouts: how long to wait for a provider.
        environment: returns the value of a variable: keys and base URLs of providers.
        bounds: how much a provider may send for one answer.
    """

    def __init__(
        self,
        timeouts: ModelTimeouts,
        environment: Lookup = environment_value,
        bounds: StreamBounds | None = None,
    ) -> None:
        self._bounds = bounds or StreamBounds()
        self._timeouts = timeouts
        self._access = ProviderAccess(environment)
        self._client: Any | None = None
        self._litellm: Any | None = None
        self._loading: asyncio.Future[Any] | None = None
        self._abandoned = False

    def __repr__(self) -> str:
        return f"LiteLLMModel(loaded={self._litellm is not None}, {self._timeouts!r})"

    async def load(self) -> Any:
        """Import LiteLLM once, and return it."""
        if self._litellm is None:
            if self._loading is None:
                self._loading = _in_a_thread(partial(_import_litellm, self._access.usable()))
            self._litellm = await asyncio.shield(self._loading)
        return self._litellm

    def abandon(self) -> None:
        """Make nobody wait for an import that still runs: the process is about to end it."""
        self._abandoned = True

    async def close(self) -> None:
        """Close the connections to providers."""
        if self._litellm is None and self._abandoned:
            return
        if self._loading is not None:
            litellm = await self.load()
            if self._client is not None:
                await self._client.close()
            await litellm.close_litellm_async_clients()
            litellm.in_memory_llm_clients_cache.flush_cache()

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Yield the answer; see ``LanguageModel.stream``."""
        endpoint = self._access.endpoint(query.route)  # a missing key is told at once
        litellm = await self.load()
        provider, query_guard = endpoint.model.provider.name, QueryGuard(endpoint)
        left_out, entry = query.left_out.get(query.model, ()), listed(endpoint.model, litellm)
        abilities = ModelAbilities(endpoint.model, entry, left_out)
        arguments = without(self._arguments(query, endpoint, abilities, litellm), left_out)
        silence_s = self._timeouts.silence_s
        meter = StreamMeter(query.model, self._bounds)
        stream = ProviderStream(litellm, keys_by_name(query.tools), silence_s, query_guard, meter)
        written, counted, finished = 0, False, False
        try:
            await _opened(stream, arguments, litellm, is_listed=bool(entry))
            async with aclosing(stream.deltas()) as deltas:
                async for delta in deltas:
                    counted = counted or isinstance(delta, UsageReport)
                    finished = finished or isinstance(delta, Finished)
                    written += characters(delta)
                    yield delta
        except ExecutorError:
            raise
        except Exception as error:
            # An answer that has ended is complete, whatever happens to the connection after it.
            if not (finished and is_broken_connection(error)):
                base = endpoint.base_variable
                found = to_model_error(error, query.model, provider, litellm, base)
                found = setting_error(found, error, arguments, left_out)
                raise query_guard.error() or found from error
        finally:
            await stream.close()
        if finished and not counted:
            yield UsageReport(estimated_usage(prompt_characters(arguments), written))

    def _arguments(
        self, query: ModelQuery, endpoint: Endpoint, abilities: ModelAbilities, litellm: Any
    ) -> dict[str, Any]:
        arguments = {
            **endpoint_arguments(endpoint),
            **completion_arguments(query, abilities),
            "stream": True,
            "stream_options": {"include_usage": True},
            "drop_params": False,  # it would leave out what a model does not take, and not tell
            "num_retries": 0,
            "max_retries": 0,
            "timeout": httpx.Timeout(self._timeouts.silence_s, connect=self._timeouts.connect_s),
        }
        if endpoint.model.provider.name in OWN_CLIENT:
            arguments["client"] = self._own_client(litellm)
        return arguments

    def _own_client(self, litellm: Any) -> Any:
        """Return the client for providers that take one."""
        if self._client is None:
            handlers = importlib.import_module(HTTP_HANDLER)
            self._client = handlers.AsyncHTTPHandler(
                timeout=httpx.Timeout(self._timeouts.silence_s, connect=self._timeouts.connect_s)
            )
        return self._client


async def _opened(
    stream: ProviderStream, arguments: dict[str, Any], litellm: Any, *, is_listed: bool
) -> None:
    """Send the request, also with settings that LiteLLM only supposes the model not to have."""
    while True:
        try:
            return await stream.open(arguments)
        except litellm.exceptions.UnsupportedParamsError as error:
            names = unsent(error, arguments, is_listed=is_listed)
            if not names:
                raise
            asked = arguments.get("allowed_openai_params", ())
            arguments["allowed_openai_params"] = [*asked, *names]


def _in_a_thread(work: Callable[[], Any]) -> asyncio.Future[Any]:
    """Return the result of ``work``, done in a thread that does not keep the process alive."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():
            return  # nobody waits any more
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, failed = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            failed = error
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=run, name="litellm", daemon=True).start()
    return future


def _import_litellm(providers: Iterable[str]) -> Any:
    """Import LiteLLM, quiet and without telemetry."""
    warnings.filterwarnings("ignore", module=r"(?:pydantic|litellm)(?:\.|$)")
    # A query cancelled before its request is sent leaves a LiteLLM coroutine behind.
    warnings.filterwarnings("ignore", message=r"coroutine '.*' was never", category=RuntimeWarning)
    # Its three hundred thousand objects stay for good: collecting garbage while they are created
    # takes a fifth of the import's time, and scanning them later would pause streams.
    gc.disable()
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        litellm: Any = importlib.import_module("litellm")
        importlib.import_module("litellm.exceptions")
        of_providers = (WITH_FIRST_QUERY_OF.get(each, ()) for each in providers)
        for name in itertools.chain(WITH_FIRST_QUERY, *of_providers):
            importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()
    guard(litellm, importlib.import_module(HTTP_HANDLER).AsyncHTTPHandler)
    spare_walks(importlib.import_module(OPENAI_COMPLETIONS).AsyncCompletions)
    # It assigns a model whose id is in these to that provider, even if another is named.
    for name in KNOWN_BY_ID:
        getattr(litellm, name).clear()
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = 1_000_000  # a step has limits of our own
    # To price queries of models with "llama-2", "llama-3" or "replicate" in their names, it would
    # fetch a tokenizer from another host, and block the event loop meanwhile.
    litellm.disable_hf_tokenizer_download = True
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_streaming_logging = True
    for name in LOGGERS:
        logging.getLogger(name).handlers.clear()  # else every record appears twice
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm
