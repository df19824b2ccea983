"""Fetches bundles over http and https with httpx, within bounds on size, time and redirects.

No proxy, credential or certificate setting of the environment is used, and nothing of a response is
kept past its bound: bytes are counted as they arrive, and again after a gzip encoding is undone.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator

import httpx

from services.executor.bundle.ports import FetchPolicy
from services.executor.errors import BundleFetchError, BundleTooLargeError

MIB = 1024 * 1024
PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_URL = 8 * 1024
INFLATED_PIECE = 256 * 1024
HEADERS = {
    "accept": "text/javascript, application/javascript, */*;q=0.1",
    "accept-encoding": "gzip",
    "user-agent": "caisson",
}
_NOT_SCRIPT = ("text/html", "application/xhtml", "application/json", "application/pdf")
_NOT_SCRIPT_KINDS = ("image/", "audio/", "video/", "font/")
_STATUS_HINTS = {
    401: "the server wants credentials, which Caisson does not send; use a signed URL",
    403: "the server refuses access; use a URL that needs no credentials",
    404: "there is nothing at this URL; check its path",
    410: "the server says that it is gone for good",
    429: "the server asks for fewer requests; try again later",
}


class AnyHost:
    """A policy that allows every host, loopback and private addresses included."""

    def check(self, _scheme: str, _host: str, _port: int) -> None:
        """Allow it."""


class HttpBundleFetcher:
    """Fetches bundles.

    Args:
        policy: which hosts may be reached.
        max_bytes: the largest bundle, in bytes after decoding.
        timeout_s: seconds for all of a fetch, redirects included.
        max_redirects: redirects that are followed.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        max_bytes: int = 20 * MIB,
        timeout_s: float = 30.0,
        max_redirects: int = 5,
    ) -> None:
        self._policy = policy
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._max_redirects = max_redirects
        self._tls = httpx.create_ssl_context(trust_env=False)

    def __repr__(self) -> str:
        """Show the bounds."""
        return f"HttpBundleFetcher(max_bytes={self._max_bytes}, timeout_s={self._timeout_s})"

    async def fetch(self, url: str) -> bytes:
        """Return the bytes of the bundle at ``url``; see ``BundleFetcher.fetch``."""
        target = self._checked(url)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._fetched(target)
        except TimeoutError:
            raise BundleFetchError(
                f"Fetching {shown(target)} took more than {self._timeout_s:g} s: "
                "the server is too slow or does not answer."
            ) from None

    async def _fetched(self, target: httpx.URL) -> bytes:
        visited: list[httpx.URL] = []
        async with self._client() as client:
            while True:
                visited.append(target)
                answer = await self._requested(client, target)
                if isinstance(answer, bytes):
                    return answer
                target = self._next(answer, visited)

    def _client(self) -> httpx.AsyncClient:
        """Return a client; each wait is bounded by the bound on the whole fetch."""
        return httpx.AsyncClient(trust_env=False, verify=self._tls, timeout=self._timeout_s)

    async def _requested(self, client: httpx.AsyncClient, target: httpx.URL) -> bytes | httpx.URL:
        """Return the body, or where the server redirects to."""
        try:
            async with client.stream("GET", target, headers=HEADERS) as response:
                if response.status_code in REDIRECTS and "location" in response.headers:
                    return target.join(response.headers["location"])
                self._check_response(response, target)
                return await self._body(response, target)
        except httpx.InvalidURL:
            raise BundleFetchError(
                f"{shown(target)} redirects to something that is no URL."
            ) from None
        except httpx.HTTPError as error:
            raise BundleFetchError(f"{shown(target)} {_trouble(error)}.") from None

    def _next(self, target: httpx.URL, visited: list[httpx.URL]) -> httpx.URL:
        first, last = visited[0], visited[-1]
        if target in visited:
            raise BundleFetchError(f"{shown(first)} redirects in a loop, back to {shown(target)}.")
        if len(visited) > self._max_redirects:
            raise BundleFetchError(
                f"{shown(first)} redirects more than {self._max_redirects} times: "
                "give the URL that it ends at."
            )
        if last.scheme == "https" and target.scheme == "http":
            raise BundleFetchError(f"{shown(last)} redirects from https to http, which is refused.")
        return self._checked(str(target))

    def _checked(self, url: str) -> httpx.URL:
        """Return the parsed URL of a place that may be reached."""
        if len(url) > MAX_URL:
            raise BundleFetchError("The bundle's URL is longer than 8 KiB.")
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise BundleFetchError("The bundle's URL is malformed.") from None
        if target.scheme not in PORTS or not target.host:
            raise BundleFetchError(
                "A bundle's URL starts with http:// or https:// and names a host; "
                f"this one has the scheme {target.scheme[:20]!r}."
            )
        self._policy.check(target.scheme, target.host, target.port or PORTS[target.scheme])
        return target

    def _check_response(self, response: httpx.Response, target: httpx.URL) -> None:
        status = response.status_code
        if status != 200:
            hint = _STATUS_HINTS.get(status, "try again later" if status >= 500 else "no bundle")
            raise BundleFetchError(f"{shown(target)} answered with status {status}: {hint}.")
        content_type = response.headers.get("content-type", "").lower().strip()
        if content_type.startswith((*_NOT_SCRIPT, *_NOT_SCRIPT_KINDS)):
            raise _no_script(target, content_type.partition(";")[0])
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise self._too_large(target)

    async def _body(self, response: httpx.Response, target: httpx.URL) -> bytes:
        body = bytearray()
        async for piece in self._decoded(response, target):
            if not body and piece.lstrip().startswith(b"<"):
                raise _no_script(target, "HTML or XML")
            body += piece
            if len(body) > self._max_bytes:
                raise self._too_large(target)
        return bytes(body)

    async def _decoded(self, response: httpx.Response, target: httpx.URL) -> AsyncIterator[bytes]:
        encoding = response.headers.get("content-encoding", "identity").lower().strip()
        if encoding in ("", "identity"):
            async for piece in response.aiter_raw():
                yield piece
        elif encoding in ("gzip", "x-gzip"):
            inflater = zlib.decompressobj(wbits=31)
            async for piece in response.aiter_raw():
                for part in _inflated(inflater, piece, target):
                    yield part
            if not inflater.eof:
                raise _broken_gzip(target)
        else:
            raise BundleFetchError(
                f"{shown(target)} answered in the encoding {encoding[:20]!r}, which was not "
                "asked for: serve it plain or as gzip."
            )

    def _too_large(self, target: httpx.URL) -> BundleTooLargeError:
        return BundleTooLargeError(
            f"{shown(target)} is larger than the limit of {self._max_bytes:,} bytes: "
            "minify the bundle, or leave packages out."
        )


def _inflated(inflater: zlib._Decompress, piece: bytes, target: httpx.URL) -> Iterator[bytes]:
    """Yield what a piece inflates to, in bounded parts, so that a bomb is met early."""
    try:
        while piece:
            part = inflater.decompress(piece, INFLATED_PIECE)
            piece = inflater.unconsumed_tail
            if part:
                yield part
    except zlib.error:
        raise _broken_gzip(target) from None


def _broken_gzip(target: httpx.URL) -> BundleFetchError:
    return BundleFetchError(f"{shown(target)} sent gzip data that is broken or incomplete.")


def shown(url: httpx.URL) -> str:
    """Return a URL for messages: without user, query and fragment, which may be secrets."""
    port = "" if url.port is None else f":{url.port}"
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}{url.path}"[:300]


def _no_script(target: httpx.URL, what: str) -> BundleFetchError:
    return BundleFetchError(
        f"{shown(target)} answered with {what[:60]} instead of JavaScript: "
        "give the URL of the bundle's raw file."
    )


def _trouble(error: httpx.HTTPError) -> str:
    """Return what went wrong with a request, as the end of a sentence."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "has a TLS certificate that is not trusted"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "does not speak TLS as it should; check http or https and the port"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "names a host that does not resolve; check its spelling"
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        return "cannot be reached: nothing accepts connections there"
    if isinstance(error, httpx.ProtocolError):
        return "broke off its answer, or does not speak HTTP"
    return "could not be read to the end: the connection was lost"


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(10):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__
