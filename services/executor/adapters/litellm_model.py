"""Language models through LiteLLM, always streaming."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import warnings
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from services.executor.adapters.litellm_abilities import ModelAbilities
from services.executor.adapters.litellm_deltas import characters, estimated_usage
from services.executor.adapters.litellm_errors import (
    is_broken_connection,
    to_model_error,
    unknown_model,
)
from services.executor.adapters.litellm_query import (
    completion_arguments,
    keys_by_name,
    prompt_characters,
)
from services.executor.adapters.litellm_streams import ProviderStream, remember_response
from services.executor.adapters.stream_bounds import StreamBounds, StreamMeter
from services.executor.agent.deltas import Finished, ModelDelta, UsageReport
from services.executor.agent.ports import ModelQuery
from services.executor.errors import ExecutorError, ModelAuthError

# Which take a client of ours: the iterators of the one do not hold the response that they read, and
# the other would use one that nobody closes.
HOOKED_PROVIDERS = {"anthropic", "gemini"}
# What LiteLLM imports with its first query, in the midst of everybody's streams: most of a second.
WITH_FIRST_QUERY = (
    "litellm.litellm_core_utils.default_encoding",
    "litellm.responses.mcp.chat_completions_handler",
    "openai.resources.chat",
)


@dataclass(frozen=True)
class ModelTimeouts:
    """Seconds to wait for a connection, and for the next piece of an answer."""

    connect_s: float = 10.0
    silence_s: float = 120.0


class LiteLLMModel:
    """Asks any provider that LiteLLM knows; keys and base URLs come from LiteLLM's variables.

    LiteLLM takes seconds to import, so ``load`` does it in a thread; a query that comes earlier
    waits for it. Nothing is retried here.

    Args:
        timeouts: how long to wait for a provider.
        environment: returns the value of a variable, for routes that name that of their key.
        bounds: how much a provider may send for one answer; as by default when left out.
    """

    def __init__(
        self,
        timeouts: ModelTimeouts,
        environment: Callable[[str], str | None] = lambda _: None,
        bounds: StreamBounds | None = None,
    ) -> None:
        self._bounds = bounds or StreamBounds()
        self._timeouts = timeouts
        self._environment = environment
        self._client: Any | None = None
        self._litellm: Any | None = None
        self._loading: asyncio.Task[Any] | None = None

    def __repr__(self) -> str:
        return f"LiteLLMModel(loaded={self._litellm is not None}, {self._timeouts!r})"

    async def load(self) -> Any:
        """Import LiteLLM unless that is done, and return it."""
        if self._litellm is None:
            if self._loading is None:
                self._loading = asyncio.create_task(asyncio.to_thread(_import_litellm))
            self._litellm = await asyncio.shield(self._loading)
        return self._litellm

    async def close(self) -> None:
        """Close the connections to providers."""
        if self._loading is not None:
            litellm = await self.load()
            if self._client is not None:
                await self._client.close()
            await litellm.close_litellm_async_clients()
            litellm.in_memory_llm_clients_cache.flush_cache()

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Yield the answer; see ``LanguageModel.stream``."""
        litellm = await self.load()
        provider = _provider_of(query.model, litellm)
        arguments = self._arguments(query, provider, litellm)
        silence_s = self._timeouts.silence_s
        meter = StreamMeter(query.model, self._bounds)
        stream = ProviderStream(litellm, keys_by_name(query.tools), silence_s, meter)
        written, counted, finished = 0, False, False
        try:
            await stream.open(arguments)
            async with aclosing(stream.deltas()) as deltas:
                async for delta in deltas:
                    counted = counted or isinstance(delta, UsageReport)
                    finished = finished or isinstance(delta, Finished)
                    written += characters(delta)
                    yield delta
        except ExecutorError:
            raise
        except Exception as error:
            # An answer whose end was seen is whole, whatever becomes of the connection after it.
            if not (finished and is_broken_connection(error)):
                raise to_model_error(error, query.model, provider, litellm) from error
        finally:
            await stream.close()
        if finished and not counted:
            yield UsageReport(estimated_usage(prompt_characters(arguments), written))

    def _arguments(self, query: ModelQuery, provider: str, litellm: Any) -> dict[str, Any]:
        arguments = {
            **completion_arguments(query, ModelAbilities(query.model, provider, litellm)),
            "stream": True,
            "stream_options": {"include_usage": True},
            "drop_params": True,
            "num_retries": 0,
            "max_retries": 0,
            "timeout": httpx.Timeout(self._timeouts.silence_s, connect=self._timeouts.connect_s),
        }
        route = query.route
        if route.base_url:
            arguments["api_base"] = route.base_url
        if route.key_variable:
            arguments["api_key"] = self._key(route.key_variable, query.model)
        if provider in HOOKED_PROVIDERS:
            arguments["client"] = self._hooked_client(litellm)
        return arguments

    def _key(self, variable: str, model: str) -> str:
        value = self._environment(variable)
        if not value:
            raise ModelAuthError(
                f'There is no key for "{model}". Set {variable} in the environment of the '
                "executor, as its alias says.",
                {"model": model, "variable": variable},
            )
        return value

    def _hooked_client(self, litellm: Any) -> Any:
        """Return the client of providers whose iterators do not hold their response."""
        if self._client is None:
            handlers = importlib.import_module("litellm.llms.custom_httpx.http_handler")
            self._client = handlers.AsyncHTTPHandler(
                timeout=httpx.Timeout(self._timeouts.silence_s, connect=self._timeouts.connect_s),
                event_hooks={"response": [remember_response]},
            )
        return self._client


def _import_litellm() -> Any:
    """Import LiteLLM, silent and without telemetry."""
    warnings.filterwarnings("ignore", module=r"(?:pydantic|litellm)(?:\.|$)")
    # A query that is cancelled before its request is sent leaves a coroutine of LiteLLM's behind.
    warnings.filterwarnings("ignore", message=r"coroutine '.*' was never", category=RuntimeWarning)
    # Its three hundred thousand objects stay for good: looking at them again and again while they
    # are made is a fifth of the import's time, and looking at them later is pauses in streams.
    gc.disable()
    try:
        litellm: Any = importlib.import_module("litellm")
        importlib.import_module("litellm.exceptions")
        for name in WITH_FIRST_QUERY:
            importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = 1_000_000  # a step has bounds of ours
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_streaming_logging = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def _provider_of(model: str, litellm: Any) -> str:
    """Return LiteLLM's name of the model's provider.

    Raises:
        UnknownModelError: there is none.
    """
    try:
        return str(litellm.get_llm_provider(model)[1])
    except Exception as error:
        raise unknown_model(model, "") from error
