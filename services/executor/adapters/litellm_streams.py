"""A stream of LiteLLM's, read below its wrapper.

LiteLLM makes the request: it knows providers, keys, addresses and forms. Its wrapper of the stream,
``CustomStreamWrapper``, then costs 420 to 910 us of processor time for each chunk (measured with
1.106.2), mostly for building and copying pydantic models of it. Reading the response that is inside
costs 37 to 92 us, so that is done for the forms that are known here; every other provider is read
through the wrapper.

What this relies on, all public by name, and asserted by ``tests/executor/test_model_seams.py``:
the wrapper's ``completion_stream`` and ``fetch_stream``; the ``response`` of the OpenAI client's
``AsyncStream``; the ``chunk_parser`` of LiteLLM's iterators; the ``client`` argument of
``acompletion``, whose hook shows the response.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from typing import Any, TypeAlias

import httpx

from services.executor.adapters.event_stream import EventStreamDecoder, EventTooLargeError
from services.executor.adapters.litellm_deltas import (
    MalformedChunkError,
    anthropic_text,
    litellm_deltas,
    litellm_usage,
    openai_deltas,
    parse_chunk,
)
from services.executor.agent.deltas import INCOMPLETE, Finished, ModelDelta, UsageReport
from services.executor.conversation import UsageSource
from services.executor.errors import ModelUnavailableError

DONE = b"[DONE]"
# LiteLLM's iterators over events whose data is one JSON chunk each: those of Anthropic, of Gemini,
# and of providers which speak as OpenAI does.
ANTHROPIC_ITERATOR = "litellm.llms.anthropic.chat.handler.ModelResponseIterator"
ITERATORS = {
    ANTHROPIC_ITERATOR,
    "litellm.llms.fireworks_ai.chat.transformation.FireworksAIChatCompletionStreamingHandler",
    "litellm.llms.groq.chat.transformation.GroqChatCompletionStreamingHandler",
    "litellm.llms.mistral.chat.transformation.MistralChatResponseIterator",
    "litellm.llms.openai.chat.gpt_transformation.OpenAIChatCompletionStreamingHandler",
    "litellm.llms.openrouter.chat.transformation.OpenRouterChatCompletionStreamingHandler",
    "litellm.llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini.ModelResponseIterator",
    "litellm.llms.xai.chat.transformation.XAIChatCompletionStreamingHandler",
}
OPENAI_STREAM = "openai.AsyncStream"

Parse: TypeAlias = Callable[[dict[str, Any]], Iterable[ModelDelta]]

# The responses that were received for the query of this task, by a client with our hook.
_received: ContextVar[list[httpx.Response] | None] = ContextVar("received", default=None)


async def remember_response(response: httpx.Response) -> None:
    """Keep a response for the query that it answers; a hook of an HTTP client."""
    received = _received.get()
    if received is not None:
        received.append(response)


class ProviderStream:
    """The stream of one query, from the request until it is closed.

    Args:
        litellm: the module.
        names: keys of tools by the names that the provider knows them by, where they differ.
    """

    def __init__(self, litellm: Any, names: Mapping[str, str]) -> None:
        self._litellm = litellm
        self._names = names
        self._responses: list[httpx.Response] = []
        self._wrapper: Any = None

    def __repr__(self) -> str:
        return f"ProviderStream(open={self._wrapper is not None})"

    async def open(self, arguments: dict[str, Any]) -> None:
        """Send the request; raises what LiteLLM raises."""
        _received.set(self._responses)
        self._wrapper = await self._litellm.acompletion(**arguments)
        await self._wrapper.fetch_stream()

    async def deltas(self) -> AsyncGenerator[ModelDelta, None]:
        """Yield what the provider says, to the end of its stream.

        Raises:
            MalformedChunkError: a chunk is not what it should be.
            ModelUnavailableError: the stream ended before the answer did.
            Exception: what LiteLLM and its HTTP clients raise.
        """
        inner = self._wrapper.completion_stream
        parse, response = self._parser_of(inner), self._response_of(inner)
        if parse is None or response is None:
            async with aclosing(self._wrapped()) as deltas:
                async for delta in deltas:
                    yield delta
            return
        decoder = EventStreamDecoder()
        async for piece in response.aiter_bytes():
            for data in _events(decoder, piece):
                if data != DONE:
                    for delta in parse(parse_chunk(data)):
                        yield delta

    async def close(self) -> None:
        """Close the connection unless the stream has been read to its end."""
        responses, self._responses = self._responses, []
        wrapper, self._wrapper = self._wrapper, None
        if wrapper is not None:
            response = self._response_of(wrapper.completion_stream)
            if response is not None:
                await response.aclose()
            await wrapper.aclose()
        for response in responses:
            await response.aclose()

    def _parser_of(self, inner: Any) -> Parse | None:
        """Return how the events of the stream are read; None for a form that is not known."""
        kind = f"{type(inner).__module__}.{type(inner).__qualname__}"
        if kind == OPENAI_STREAM:
            return lambda chunk: openai_deltas(chunk, self._names)
        if kind == ANTHROPIC_ITERATOR:
            return lambda chunk: (
                anthropic_text(chunk) or self._by_litellm(chunk, inner.chunk_parser(chunk))
            )
        if kind in ITERATORS:
            return lambda chunk: self._by_litellm(chunk, inner.chunk_parser(chunk))
        return None

    def _by_litellm(self, raw: dict[str, Any], chunk: Any) -> Iterator[ModelDelta]:
        """Yield what LiteLLM reads in a chunk, without a finish reason that it makes up."""
        if chunk is None:
            return
        goes_on = "candidates" in raw and not any(
            candidate.get("finishReason") for candidate in raw["candidates"]
        )
        for delta in litellm_deltas(chunk, self._names):
            if not (goes_on and isinstance(delta, Finished)):
                yield delta
        usage = getattr(chunk, "usage", None)
        if usage is not None and (usage.prompt_tokens or usage.completion_tokens):
            yield UsageReport(litellm_usage(usage, UsageSource.PROVIDER))

    def _response_of(self, inner: Any) -> httpx.Response | None:
        for name in ("response", "http_response"):
            response = getattr(inner, name, None)
            if isinstance(response, httpx.Response):
                return response
        return self._responses[-1] if self._responses else None

    async def _wrapped(self) -> AsyncGenerator[ModelDelta, None]:
        """Yield the stream as the wrapper shows it; what it makes up is told from what was said."""
        wrapper = self._wrapper
        async for chunk in wrapper:
            for delta in litellm_deltas(chunk, self._names):
                said = wrapper.received_finish_reason or wrapper.intermittent_finish_reason
                if isinstance(delta, Finished) and not said:
                    raise ModelUnavailableError(INCOMPLETE)
                yield delta
            usage = getattr(chunk, "usage", None)
            if usage is not None:
                counted = any(getattr(each, "usage", None) for each in reversed(wrapper.chunks))
                source = UsageSource.PROVIDER if counted else UsageSource.ESTIMATED
                yield UsageReport(litellm_usage(usage, source))


def _events(decoder: EventStreamDecoder, piece: bytes) -> Iterator[bytes]:
    try:
        yield from decoder.feed(piece)
    except EventTooLargeError as error:
        raise MalformedChunkError(str(error)) from None
