"""Language models through LiteLLM, always streaming."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import warnings
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from services.executor.adapters.litellm_errors import to_model_error, unknown_model
from services.executor.adapters.litellm_query import completion_arguments, keys_by_name
from services.executor.agent.deltas import (
    INCOMPLETE,
    CallPiece,
    Finished,
    ModelDelta,
    ReasoningPiece,
    TextPiece,
    UsageReport,
)
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import FinishReason, TokenUsage, UsageSource
from services.executor.errors import ModelUnavailableError

FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
}


@dataclass(frozen=True)
class ModelTimeouts:
    """Seconds to wait for a connection, and for the next piece of an answer."""

    connect_s: float = 10.0
    silence_s: float = 120.0


class LiteLLMModel:
    """Asks any provider that LiteLLM knows; keys and base URLs come from LiteLLM's variables.

    LiteLLM takes seconds to import, so ``load`` does it in a thread; a query that comes earlier
    waits for it. Nothing is retried here.
    """

    def __init__(self, timeouts: ModelTimeouts) -> None:
        self._timeouts = timeouts
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
            await litellm.close_litellm_async_clients()
            litellm.in_memory_llm_clients_cache.flush_cache()

    async def stream(self, query: ModelQuery) -> AsyncGenerator[ModelDelta, None]:
        """Yield the answer; see ``LanguageModel.stream``."""
        litellm = await self.load()
        provider = _provider_of(query.model, litellm)
        stream = None
        try:
            stream = await litellm.acompletion(**self._arguments(query))
            names = keys_by_name(query.tools)
            async for chunk in stream:
                for delta in _deltas(chunk, stream, names):
                    yield delta
        except Exception as error:
            raise to_model_error(error, query.model, provider, litellm) from error
        finally:
            if stream is not None:
                await stream.aclose()

    def _arguments(self, query: ModelQuery) -> dict[str, Any]:
        silence_s = self._timeouts.silence_s
        return {
            **completion_arguments(query),
            "stream": True,
            "stream_options": {"include_usage": True},
            "drop_params": True,
            "num_retries": 0,
            "max_retries": 0,
            "timeout": httpx.Timeout(silence_s, connect=self._timeouts.connect_s),
        }


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
    finally:
        gc.freeze()
        gc.enable()
    litellm.REPEATED_STREAMING_CHUNK_LIMIT = 1_000_000  # a step has bounds of ours
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_streaming_logging = True
    litellm.disable_aiohttp_transport = True
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


def _deltas(chunk: Any, stream: Any, names: Mapping[str, str]) -> Iterator[ModelDelta]:
    """Yield what one chunk of LiteLLM's carries."""
    for choice in chunk.choices[:1]:
        delta = choice.delta
        if reasoning := getattr(delta, "reasoning_content", None):
            yield ReasoningPiece(reasoning)
        if delta.content:
            yield TextPiece(delta.content)
        for call in delta.tool_calls or ():
            function = call.function
            tool = function.name or ""
            yield CallPiece(
                call.index, call.id or "", names.get(tool, tool), function.arguments or ""
            )
        if choice.finish_reason:
            yield _finished(choice.finish_reason, stream)
    usage = getattr(chunk, "usage", None)
    if usage is not None:
        yield UsageReport(_usage(usage, stream))


def _finished(reason: str, stream: Any) -> Finished:
    """Return why the model stopped; LiteLLM makes up a reason when the provider sent none."""
    if not (stream.received_finish_reason or stream.intermittent_finish_reason):
        raise ModelUnavailableError(INCOMPLETE)
    return Finished(FINISH_REASONS.get(reason, FinishReason.OTHER))


def _usage(usage: Any, stream: Any) -> TokenUsage:
    """Return the counts; LiteLLM makes an estimate when the provider sent none."""
    counted = any(getattr(chunk, "usage", None) for chunk in reversed(stream.chunks))
    prompt = getattr(usage, "prompt_tokens_details", None)
    answer = getattr(usage, "completion_tokens_details", None)
    return TokenUsage(
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        cached_input_tokens=getattr(prompt, "cached_tokens", None) or 0,
        reasoning_tokens=getattr(answer, "reasoning_tokens", None) or 0,
        source=UsageSource.PROVIDER if counted else UsageSource.ESTIMATED,
    )
