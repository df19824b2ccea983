"""Reads a LiteLLM stream below its wrapper.

LiteLLM makes the request: it knows providers, keys, URLs and formats. Its stream wrapper,
``CustomStreamWrapper``, then costs 420 to 910 us of processor time for each chunk (measured with
1.106.2), mostly for building and copying pydantic models. Reading the response inside costs 24 to
75 us, so that is done for the formats known here; every other provider is read through the wrapper.

What this relies on, all public by name, and asserted by ``tests/executor/test_model_seams.py``:
the wrapper's ``completion_stream`` and ``fetch_stream``; the ``response`` of the OpenAI client's
``AsyncStream``; the ``chunk_parser`` of LiteLLM's iterators. The response of those that do not
hold theirs is the one that came through the transport.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar

import httpx

from services.executor.adapters.litellm.aws_event_stream import FrameDecoder
from services.executor.adapters.litellm.chunks import (
    WRONG_FORM,
    MalformedChunkError,
    anthropic_text,
    parse_chunk,
    parse_long_chunk,
    wrong_form,
)
from services.executor.adapters.litellm.cohere_events import cohere_deltas
from services.executor.adapters.litellm.converse_events import ConverseEvents
from services.executor.adapters.litellm.deltas import litellm_deltas, litellm_usage, parsed_deltas
from services.executor.adapters.litellm.event_stream import (
    MAX_EVENT_BYTES,
    EventStreamDecoder,
    EventTooLargeError,
)
from services.executor.adapters.litellm.openai_chunks import OpenAIChunks
from services.executor.adapters.litellm.responses_events import ResponsesEvents
from services.executor.adapters.litellm.stream_bounds import StreamMeter, in_pieces
from services.executor.adapters.litellm.transport import QueryGuard, set_query_guard
from services.executor.agent.deltas import INCOMPLETE, CallPiece, Finished, ModelDelta, UsageReport
from services.executor.conversation import UsageSource
from services.executor.egress.content_coding import DECODED, IDENTITY, ContentDecoder
from services.executor.errors import FetchFailedError, ModelUnavailableError, UnknownModelError
from services.executor.long_json import SHORT
from services.executor.side_thread import SIDE

DONE = b"[DONE]"
EVENT_STREAMS = ("text/event-stream", "application/vnd.amazon.eventstream")
NO_CHAT = "This model only completes text, without conversations: name a chat model."
OPENAI_STREAM = "openai.AsyncStream"
# LiteLLM's stream of Bedrock is a generator; it has not begun to read.
CONVERSE_GENERATOR = "AWSEventStreamDecoder.aiter_bytes"
# LiteLLM's iterator over its iterator of an answer in the Responses form.
RESPONSES_ITERATOR = "litellm.responses.streaming_iterator.ResponsesAPIStreamingIterator"
COHERE_ITERATOR = "litellm.llms.cohere.common_utils.CohereV2ModelResponseIterator"
ANTHROPIC_ITERATOR = "litellm.llms.anthropic.chat.handler.ModelResponseIterator"
# LiteLLM's iterators over events of one JSON chunk each. For these, LiteLLM's own parsers only
# rename fields of OpenAI's format, so it is read here, at a third of the cost.
OPENAI_ITERATORS = {
    "litellm.llms.fireworks_ai.chat.transformation.FireworksAIChatCompletionStreamingHandler",
    "litellm.llms.groq.chat.transformation.GroqChatCompletionStreamingHandler",
    "litellm.llms.mistral.chat.transformation.MistralChatResponseIterator",
    "litellm.llms.openai.chat.gpt_transformation.OpenAIChatCompletionStreamingHandler",
    "litellm.llms.openrouter.chat.transformation.OpenRouterChatCompletionStreamingHandler",
    "litellm.llms.xai.chat.transformation.XAIChatCompletionStreamingHandler",
}
# And for these they do more.
PARSING_ITERATORS = {
    ANTHROPIC_ITERATOR,
    "litellm.llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini.ModelResponseIterator",
}
# LiteLLM's stream of an answer that came whole, from models that do not stream: it gives the input
# of a call with its name, and then again.
WHOLE_ITERATOR = "litellm.responses.streaming_iterator.MockResponsesAPIStreamingIterator"
# Seconds to wait for what may follow the end of an answer: token counts, and the end of the body,
# after which the connection can be reused. A provider that keeps it open must not delay the run.
COUNTS_S = 5.0
BODY_END_S = 0.2

Parse: TypeAlias = Callable[[dict[str, Any]], Iterable[ModelDelta]]


@dataclass(frozen=True)
class ChunkReader:
    """Reads the chunks of one answer; ``done`` gives what the mark of its end adds.

    ``decoder`` makes what finds the chunks in the bytes of its body.
    """

    deltas: Parse
    done: Callable[[], Iterable[ModelDelta]] = tuple
    decoder: Callable[[], EventStreamDecoder | FrameDecoder] = EventStreamDecoder


Piece = TypeVar("Piece")


class ProviderStream:
    """The stream of one query, from the request until it is closed.

    Args:
        litellm: the module.
        names: keys of tools by the names the provider uses, where they differ.
        silence_s: how long the provider may send nothing at all.
        query_guard: what the query may reach, and the responses received.
        meter: counts what it sends.
    """

    def __init__(
        self,
        litellm: Any,
        names: Mapping[str, str],
        silence_s: float,
        query_guard: QueryGuard,
        meter: StreamMeter,
    ) -> None:
        self._litellm = litellm
        self._query_guard = query_guard
        self._meter = meter
        self._seen_bytes = 0
        self._names = names
        self._patience_s = silence_s
        self._finished = False
        self._wrapper: Any = None

    def __repr__(self) -> str:
        return f"ProviderStream(open={self._wrapper is not None}, finished={self._finished})"

    async def open(self, arguments: dict[str, Any]) -> None:
        """Send the request.

        Raises:
            TimeoutError: the provider sends nothing.
            UnknownModelError: the model only completes text.
            Exception: what LiteLLM raises.
        """
        set_query_guard(self._query_guard)
        async with asyncio.timeout(self._patience_s):
            wrapper = await self._litellm.acompletion(**arguments)
            if not hasattr(wrapper, "completion_stream"):
                raise UnknownModelError(NO_CHAT)
            self._wrapper = wrapper
            await wrapper.fetch_stream()

    async def deltas(self) -> AsyncGenerator[ModelDelta, None]:
        """Yield the provider's deltas, to the end of its stream.

        Raises:
            MalformedChunkError: a chunk is malformed.
            AnswerBrokenOffError: the provider says that the answer is incomplete.
            ModelUnavailableError: the stream ended before the answer did, or carries nothing of it.
            ModelRefusedError: the stream is over its limits.
            TimeoutError: the provider has been silent for too long.
            Exception: what LiteLLM and its HTTP clients raise.
        """
        inner = self._wrapper.completion_stream
        reader, response = self._reader_of(inner), self._response_of(inner)
        if reader is None or response is None:
            reading = self._wrapped()
        elif _media_type(response) == "application/json":
            reading = self._whole(response, reader)
        else:
            reading = self._parsed(response, reader)
        async with aclosing(reading) as deltas:
            async for delta in deltas:
                yield delta

    async def close(self) -> None:
        """Close the connection unless the stream was read to its end."""
        wrapper, self._wrapper = self._wrapper, None
        # Errors of an abandoned connection do not matter.
        with suppress(httpx.HTTPError, OSError):
            if wrapper is not None:
                response = self._response_of(wrapper.completion_stream)
                if response is not None:
                    await response.aclose()
                await wrapper.aclose()
            for response in self._query_guard.responses:
                await response.aclose()
        self._query_guard.responses.clear()

    def _reader_of(self, inner: Any) -> ChunkReader | None:
        """Return the reader of the stream's events; None for an unknown format."""
        kind, names = _kind(inner), self._names
        if kind == OPENAI_STREAM or kind in OPENAI_ITERATORS:
            chunks = OpenAIChunks(names)
            return ChunkReader(chunks.deltas, chunks.done)
        if getattr(inner, "__qualname__", "") == CONVERSE_GENERATOR:
            return ChunkReader(ConverseEvents(names).deltas, decoder=FrameDecoder)
        if _kind(getattr(inner, "streaming_response", None)) == RESPONSES_ITERATOR:
            return ChunkReader(ResponsesEvents(names).deltas)
        if kind == COHERE_ITERATOR:
            return ChunkReader(lambda event: cohere_deltas(event, names))
        if kind == ANTHROPIC_ITERATOR:
            return ChunkReader(
                lambda chunk: anthropic_text(chunk) or parsed_deltas(inner, chunk, names)
            )
        if kind in PARSING_ITERATORS:
            return ChunkReader(lambda chunk: parsed_deltas(inner, chunk, names))
        return None

    def _response_of(self, inner: Any) -> httpx.Response | None:
        for name in ("response", "http_response"):
            response = getattr(inner, name, None)
            if isinstance(response, httpx.Response):
                return response
        return self._query_guard.responses[-1] if self._query_guard.responses else None

    async def _whole(
        self, response: httpx.Response, reader: ChunkReader
    ) -> AsyncGenerator[ModelDelta, None]:
        """Yield an answer, or an error, that came whole although a stream was asked for."""
        body = bytearray()
        async with aclosing(body_of(response)) as pieces:
            while (piece := await self._next(pieces)) is not None:
                self._meter.received(len(piece))
                body += piece
                if len(body) > MAX_EVENT_BYTES:
                    raise MalformedChunkError(f"its answer is over {MAX_EVENT_BYTES} bytes")
        for delta in [*reader.deltas(await parsed_aside(bytes(body))), *reader.done()]:
            self._notice(delta)
            for part in in_pieces(delta):
                yield part

    async def _parsed(
        self, response: httpx.Response, reader: ChunkReader
    ) -> AsyncGenerator[ModelDelta, None]:
        """Yield the stream, parsed here event by event."""
        decoder, chunks, comments, meter = reader.decoder(), 0, 0, self._meter
        async with aclosing(body_of(response)) as pieces:
            while (piece := await self._next(pieces)) is not None:
                meter.received(len(piece))
                for data in _events(decoder, piece):
                    if data == DONE:
                        for delta in reader.done():
                            yield delta
                        await _read_out(pieces)
                        return
                    chunks += 1
                    short = len(data) <= SHORT
                    chunk = parse_chunk(data) if short else await parsed_aside(data)
                    for delta in reader.deltas(chunk):
                        self._notice(delta)
                        for part in (delta,) if short else in_pieces(delta):
                            yield part
                            if meter.took_its_turn():
                                await meter.others()
                    meter.events(1)
                    if meter.took_its_turn():
                        await meter.others()
                if decoder.comments > comments:
                    meter.events(decoder.comments - comments)
                    comments = decoder.comments
                if meter.took_its_turn():
                    await meter.others()
        kind = response.headers.get("content-type", "")
        if not chunks and not kind.startswith(EVENT_STREAMS):
            raise MalformedChunkError(f'it sent "{kind}", not an event stream: check its base URL')

    async def _wrapped(self) -> AsyncGenerator[ModelDelta, None]:
        """Yield the stream through the wrapper, without what the wrapper makes up."""
        wrapper = self._wrapper
        chunks = aiter(wrapper)
        source = getattr(wrapper.completion_stream, "streaming_response", None)
        is_whole = _kind(source) == WHOLE_ITERATOR
        while (chunk := await self._next(chunks)) is not None:
            self._meter.received(self._arrived())
            said = wrapper.received_finish_reason or wrapper.intermittent_finish_reason
            for delta in _in_form(chunk, self._names):
                if isinstance(delta, Finished) and not said:
                    raise ModelUnavailableError(INCOMPLETE)
                if is_whole and isinstance(delta, CallPiece) and not delta.tool:
                    continue
                self._notice(delta)
                yield delta
            usage = getattr(chunk, "usage", None)
            if usage is not None:
                counted = any(getattr(each, "usage", None) for each in reversed(wrapper.chunks))
                by = UsageSource.PROVIDER if counted else UsageSource.ESTIMATED
                yield UsageReport(litellm_usage(usage, by))
            self._meter.events(1)
            if self._meter.took_its_turn():
                await self._meter.others()

    async def _next(self, pieces: AsyncIterator[Piece]) -> Piece | None:
        """Return the next piece, None after the last; raises TimeoutError."""
        try:
            async with asyncio.timeout(self._patience_s) as limit:
                return await anext(pieces, None)
        except TimeoutError:
            if limit.expired() and self._finished:
                return None
            raise

    def _arrived(self) -> int:
        """Return how many bytes arrived since the last call."""
        before, responses = self._seen_bytes, self._query_guard.responses
        self._seen_bytes = sum(response.num_bytes_downloaded for response in responses)
        return self._seen_bytes - before

    def _notice(self, delta: ModelDelta) -> None:
        self._meter.delta(delta)
        if isinstance(delta, Finished):
            self._finished = True
            self._patience_s = min(self._patience_s, COUNTS_S)


def _media_type(response: httpx.Response) -> str:
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()


def _kind(value: Any) -> str:
    """Return the full name of a value's class."""
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _events(decoder: EventStreamDecoder | FrameDecoder, piece: bytes) -> Iterator[bytes]:
    try:
        yield from decoder.feed(piece)
    except EventTooLargeError as error:
        raise MalformedChunkError(str(error)) from None


def _in_form(chunk: Any, names: Mapping[str, str]) -> list[ModelDelta]:
    try:
        return list(litellm_deltas(chunk, names))
    except WRONG_FORM:
        raise wrong_form() from None


def body_of(response: httpx.Response) -> Any:
    """Return an iterator over a decompressed body."""
    if response.headers.get("content-encoding", "").strip().lower() in IDENTITY:
        return response.aiter_raw()
    return decoded_pieces(response)


async def decoded_pieces(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """Yield a decompressed body, in pieces of at most 256 KiB.

    httpx decodes to one piece, which may be a thousand times as long as what arrived.
    """
    coding = response.headers.get("content-encoding", "")
    known = coding.strip().lower() in DECODED
    decoder = ContentDecoder(coding if known else "")
    body: Any = response.aiter_raw() if known else response.aiter_bytes()
    async with aclosing(body) as pieces:
        async for raw in pieces:
            try:
                for piece in decoder.feed(raw):
                    yield piece
            except FetchFailedError as error:
                raise MalformedChunkError(error.message) from None


async def parsed_aside(data: bytes) -> dict[str, Any]:
    """Return a long event's data as a JSON object; raises MalformedChunkError."""
    return await SIDE.run(len(data), partial(parse_long_chunk, data))


async def _read_out(pieces: AsyncIterator[bytes]) -> None:
    """Read the end of a body, unless it is late."""
    with suppress(TimeoutError, httpx.HTTPError, OSError):
        async with asyncio.timeout(BODY_END_S):
            async for _ in pieces:
                pass
