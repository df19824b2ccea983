"""The body of a brokered response: decoded, limited, redacted, and read on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from services.executor.egress.content_coding import ContentDecoder
from services.executor.egress.ports import IncomingResponse
from services.executor.egress.redaction import RedactedStream, Redactor
from services.executor.errors import FetchFailedError

MIB: Final = 1024 * 1024
PIECE_BYTES: Final = 256 * 1024
"""The most bytes that one read returns."""
SEARCHED_BYTES: Final = 8 * 1024
"""The most bytes searched for secrets before other tasks get a turn."""
LINES: Final = frozenset(
    {"text/event-stream", "application/x-ndjson", "application/jsonl", "application/json-seq"}
)
"""Content types that are streamed line by line."""
HEAD_WAIT_S: Final = 0.005
"""How long a response's head waits for the start of its body, to be sent together."""


@dataclass(frozen=True)
class FetchBounds:
    """Limits of the requests of one run: bytes, seconds, counts.

    ``response_bytes`` are counted on the wire, ``decoded_bytes`` after decompression.
    """

    request_bytes: int = 8 * MIB
    response_bytes: int = 16 * MIB
    decoded_bytes: int = 32 * MIB
    timeout_s: float = 30.0
    redirects: int = 20
    requests: int = 1000
    at_once: int = 16


class ResponseBody:
    """One body; used by one reader at a time.

    Args:
        response: the response; ``opened`` closes it.
        coding: its Content-Encoding.
        content_type: its Content-Type.
        redactor: redacts the secrets that the host may know.
        bounds: the limits.
        deadline: on the event loop's clock.

    Raises:
        FetchFailedError: the encoding was not requested, or hides secrets from the search.
    """

    def __init__(
        self,
        response: IncomingResponse,
        coding: str,
        content_type: str,
        redactor: Redactor,
        bounds: FetchBounds,
        opened: AsyncExitStack,
        deadline: float,
    ) -> None:
        self._decoder = ContentDecoder(coding)
        if redactor and not self._decoder.is_readable:
            raise FetchFailedError(
                f"the server answered in the encoding {coding.strip()[:60]!r}, in which the answer "
                "cannot be searched for the secrets that the server knows; ask for an answer "
                "without it"
            )
        self._response = response
        self._redactor = redactor
        kind = content_type.partition(";")[0].strip().lower()
        self._stream = RedactedStream(redactor, by_lines=kind in LINES)
        self._bounds = bounds
        self._opened = opened
        self._deadline = deadline
        self._parts = self._clean_parts()
        self._next: asyncio.Task[bytes] | None = None
        self._rest = b""
        self._failure: FetchFailedError | None = None
        self.done = False
        self.received = 0
        """Bytes received over the wire."""

    def __repr__(self) -> str:
        """Show the progress."""
        return f"ResponseBody(received={self.received}, done={self.done})"

    async def beginning(self) -> bytes:
        """Return the start of the body to send with its head, perhaps nothing.

        A failure waits for ``read``: the head is there, and says much by itself.
        """
        try:
            return await self._gather(first_wait_s=HEAD_WAIT_S)
        except FetchFailedError as error:
            self._failure = error
            return b""

    async def read(self) -> bytes:
        """Wait for data and return it, at most ``PIECE_BYTES``; nothing once it is ``done``.

        Raises:
            FetchFailedError: the body is truncated, corrupt, too large, or too slow.
        """
        if self._failure is not None:
            raise self._failure
        return await self._gather(first_wait_s=None)

    async def close(self) -> None:
        """Release the connection, read or not; idempotent."""
        self.done = True
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait([self._next])
            self._next = None
        await self._parts.aclose()
        await self._opened.aclose()

    async def _gather(self, first_wait_s: float | None) -> bytes:
        """Return what is available, waiting only for the first part."""
        gathered, wait_s = bytearray(self._rest), first_wait_s
        self._rest = b""
        while len(gathered) < PIECE_BYTES and not self.done:
            part = await self._part(0.0 if gathered else wait_s)
            if part is None:
                break
            gathered += part
            self.done = not part
        self._rest = bytes(gathered[PIECE_BYTES:])
        if self._rest:
            self.done = False
        return bytes(gathered[:PIECE_BYTES])

    async def _part(self, wait_s: float | None) -> bytes | None:
        """Return the next part, b"" at the end, or None if none arrives within ``wait_s``."""
        if self._next is None:
            self._next = asyncio.create_task(_next_of(self._parts))
        left = self._deadline - asyncio.get_running_loop().time()
        await asyncio.wait([self._next], timeout=left if wait_s is None else min(wait_s, left))
        if self._next.done():
            task, self._next = self._next, None
            return task.result()
        if self._deadline <= asyncio.get_running_loop().time():
            raise FetchFailedError(
                f"the response took over {self._bounds.timeout_s:g} s: the server is too slow, "
                "or never ends (CAISSON_EXECUTOR_TOOL_FETCH_TIMEOUT_S)",
                code="UND_ERR_BODY_TIMEOUT",
            )
        return None

    async def _clean_parts(self) -> AsyncGenerator[bytes, None]:
        """Yield the decoded, redacted body; never an empty part."""
        async for part in self._decoded_parts():
            if not self._redactor:
                yield part
                continue
            for at in range(0, len(part), SEARCHED_BYTES):
                clean = self._stream.feed(part[at : at + SEARCHED_BYTES])
                await asyncio.sleep(0)
                if clean:
                    yield clean
        rest = self._stream.finish()
        if rest:
            yield rest

    async def _decoded_parts(self) -> AsyncGenerator[bytes, None]:
        decoded = 0
        async for raw in self._response.pieces():
            self.received += len(raw)
            if self.received > self._bounds.response_bytes:
                raise _too_large("the response is", self._bounds.response_bytes, "RESPONSE")
            for part in self._decoder.feed(raw):
                decoded += len(part)
                if decoded > self._bounds.decoded_bytes:
                    raise _too_large("the decoded body is", self._bounds.decoded_bytes, "DECODED")
                yield part
        self._decoder.finish()


async def _next_of(parts: AsyncGenerator[bytes, None]) -> bytes:
    async for part in parts:
        return part
    return b""


def _too_large(what: str, limit: int, kind: str) -> FetchFailedError:
    return FetchFailedError(
        f"{what} over the limit of {limit / MIB:g} MiB (CAISSON_EXECUTOR_TOOL_FETCH_{kind}_BYTES); "
        "ask for less of it",
        code="UND_ERR_RES_EXCEEDED_MAX_SIZE",
    )
