"""The little HTTP that the bridge needs; a web framework would replace this file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

MAX_BODY = 8 * 1024 * 1024
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


class Refused(Exception):  # noqa: N818 - an HTTP outcome, not a fault
    """The request gets an error status and a text, which the chat shows as its error."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


async def posted(reader: asyncio.StreamReader, path: str) -> bytes:
    """Read one request and return its body, which must be JSON posted to ``path``.

    Raises:
        Refused: the request is a different one.
        EOFError: the connection closed before its end.
    """
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError:
        raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Too many headers.") from None
    first, *lines = head.split("\r\n")
    named = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in named}
    if first.split(" ")[:2] != ["POST", path]:
        raise Refused(HTTPStatus.NOT_FOUND, f"There is only POST {path}.")
    if headers.get("content-type", "").partition(";")[0] != "application/json":
        # Browsers let pages of other origins send other types without a preflight.
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json.")
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MAX_BODY:
        text = f"The body must have a content-length of at most {MAX_BODY}."
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
    return await reader.readexactly(int(length))


async def while_connected(reader: asyncio.StreamReader, work: Coroutine[None, None, None]) -> None:
    """Do the work, and cancel it if the other side closes the connection first."""
    working, gone = asyncio.create_task(work), asyncio.create_task(reader.read(1))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        working.cancel()
        gone.cancel()
        await asyncio.wait({working, gone})
    if not working.cancelled():
        working.result()


@asynccontextmanager
async def serving(handle: Handle, port: int) -> AsyncIterator[int]:
    """Serve connections on loopback, and yield the port; all are closed at the end."""
    handling: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(handle(reader, writer))
        task.add_done_callback(lambda _: writer.close())
        task.add_done_callback(handling.discard)
        handling.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        # Python 3.11 leaves a connection open whose server closes while it is being accepted.
        for listener in server.sockets:
            asyncio.get_running_loop().remove_reader(listener.fileno())
        for _ in range(5):
            await asyncio.sleep(0)
        server.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


class Response:
    """Writes a body in pieces; the head goes with the first one."""

    def __init__(self, writer: asyncio.StreamWriter, headers: Mapping[str, str]) -> None:
        self._writer = writer
        self._headers = headers
        self._begun = False

    async def send(self, piece: bytes) -> None:
        """Write a piece, waiting while the browser is slow."""
        if not self._begun:
            self._begun = True
            self._writer.write(_head(HTTPStatus.OK, self._headers, "transfer-encoding: chunked"))
        if piece:
            self._writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await self._writer.drain()

    async def end(self) -> None:
        """Mark the body as complete; without this, it counts as cut off."""
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def refuse(self, refused: Refused) -> None:
        """Write a status and a text instead of a body."""
        text = str(refused).encode()
        headers = {"content-type": "text/plain; charset=utf-8"}
        self._writer.write(_head(refused.status, headers, f"content-length: {len(text)}") + text)
        await self._writer.drain()


def _head(status: HTTPStatus, headers: Mapping[str, str], length: str) -> bytes:
    fields = [f"{name}: {value}" for name, value in headers.items()]
    first = f"HTTP/1.1 {status.value} {status.phrase}"
    return "\r\n".join([first, *fields, length, "connection: close", "", ""]).encode("latin-1")
