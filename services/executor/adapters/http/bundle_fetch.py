"""Fetches bundles over http and https, within limits on hosts, size, time and redirects.

URLs and addresses are checked by the same module as for tools (``egress``). No proxy, credential or
certificate setting of the environment is used, and no response is read past its limit.
"""

from __future__ import annotations

import asyncio
from typing import Final

from services.executor.adapters.http.exchange import HttpConnections
from services.executor.adapters.http.name_service import NameService
from services.executor.bundle.ports import Grow
from services.executor.clients import Client
from services.executor.egress.content_coding import ContentDecoder
from services.executor.egress.ports import IncomingResponse, OutgoingRequest
from services.executor.egress.rules import BundleHosts
from services.executor.egress.web_url import WebUrl, parse_url
from services.executor.errors import BundleFetchError, BundleTooLargeError, EgressError
from services.executor.limits import BUNDLE_FETCH_REDIRECTS, BUNDLE_FETCH_S
from services.front.limits import BUNDLE_BYTES

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MAX_URL: Final = 8 * 1024
HEADERS: Final = (
    ("Accept", "text/javascript, application/javascript, */*;q=0.1"),
    ("Accept-Encoding", "gzip, deflate"),
    ("User-Agent", "caisson"),
)
_NOT_SCRIPT = ("text/html", "application/xhtml", "application/json", "application/pdf")
_NOT_SCRIPT_KINDS = ("image/", "audio/", "video/", "font/")
_STATUS_HINTS = {
    401: "the server requires credentials, which Caisson does not send; use a signed URL",
    403: "the server denies access; use a URL that needs no credentials",
    404: "there is nothing at this URL; check the path",
    410: "the server says it is gone for good",
    429: "the server limits the rate of requests; try again later",
}


class HttpBundleFetcher:
    """Fetches bundles.

    Args:
        hosts: which hosts may be reached; checked again for every redirect.
        certificates: a PEM file of certificates to trust besides the public ones, or nothing.
        names: resolves hosts, for the client of each fetch; None creates one.
        max_bytes: the largest bundle, in bytes after decoding.
        timeout_s: seconds for a whole fetch, redirects included.
        max_redirects: redirects to follow.
    """

    def __init__(
        self,
        hosts: BundleHosts,
        certificates: str = "",
        names: NameService | None = None,
        *,
        max_bytes: int = BUNDLE_BYTES,
        timeout_s: float = BUNDLE_FETCH_S,
        max_redirects: int = BUNDLE_FETCH_REDIRECTS,
    ) -> None:
        self._hosts = hosts
        self._certificates = certificates
        self._names = names or NameService()
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._max_redirects = max_redirects

    def __repr__(self) -> str:
        """Show the limits."""
        return f"HttpBundleFetcher(max_bytes={self._max_bytes}, timeout_s={self._timeout_s})"

    async def fetch(self, url: str, grow: Grow, client: Client) -> bytes:
        """Return the bytes of the bundle at ``url``; see ``BundleFetcher.fetch``."""
        if len(url) > MAX_URL:
            raise BundleFetchError("The bundle's URL is longer than 8 KiB.")
        resolve = self._names.resolver(client)
        connections = HttpConnections(self._hosts, self._certificates, resolve)
        try:
            target = parse_url(url)
            async with asyncio.timeout(self._timeout_s):
                return await self._fetched(connections, target, grow)
        except EgressError as error:
            why = error.message.rstrip(".")
            raise BundleFetchError(f"The bundle cannot be fetched: {why}.") from None
        except TimeoutError:
            raise BundleFetchError(
                f"Fetching {target} took more than {self._timeout_s:g} s: "
                "the server is too slow or does not answer; "
                "raise CAISSON_EXECUTOR_BUNDLE_FETCH_TIMEOUT_S to give it more time."
            ) from None
        finally:
            await connections.close()

    async def _fetched(self, connections: HttpConnections, target: WebUrl, grow: Grow) -> bytes:
        visited: list[WebUrl] = []
        while True:
            visited.append(target)
            self._hosts.check(target, "GET")
            request = OutgoingRequest("GET", target, HEADERS, b"")
            async with connections.send(request) as response:
                location = _header(response, "location")
                if response.status not in REDIRECTS or not location:
                    self._check_response(response, target)
                    return await self._body(response, target, grow)
            target = self._next(parse_url(location, base=target), visited)

    def _next(self, target: WebUrl, visited: list[WebUrl]) -> WebUrl:
        first, last = visited[0], visited[-1]
        if target in visited:
            raise BundleFetchError(f"{first} redirects in a loop, back to {target}.")
        if len(visited) > self._max_redirects:
            raise BundleFetchError(
                f"{first} redirects more than {self._max_redirects} times: "
                "give the final URL, or raise CAISSON_EXECUTOR_BUNDLE_FETCH_REDIRECTS."
            )
        if last.scheme == "https" and target.scheme == "http":
            raise BundleFetchError(f"{last} redirects from https to http, which is refused.")
        return target

    def _check_response(self, response: IncomingResponse, target: WebUrl) -> None:
        status = response.status
        if status != 200:
            hint = _STATUS_HINTS.get(status, "try again later" if status >= 500 else "no bundle")
            raise BundleFetchError(f"{target} answered with status {status}: {hint}.")
        content_type = _header(response, "content-type").lower().strip()
        if content_type.startswith((*_NOT_SCRIPT, *_NOT_SCRIPT_KINDS)):
            raise _no_script(target, content_type.partition(";")[0])
        length = _header(response, "content-length")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise self._too_large(target)

    async def _body(self, response: IncomingResponse, target: WebUrl, grow: Grow) -> bytes:
        decoder = ContentDecoder(_header(response, "content-encoding"))
        body = bytearray()
        async for raw in response.pieces():
            for piece in decoder.feed(raw):
                if not body and piece.lstrip().startswith(b"<"):
                    raise _no_script(target, "HTML or XML")
                if len(body) + len(piece) > self._max_bytes:
                    raise self._too_large(target)
                grow(len(piece))
                body += piece
        decoder.finish()
        return bytes(body)

    def _too_large(self, target: WebUrl) -> BundleTooLargeError:
        return BundleTooLargeError(
            f"{target} is larger than the limit of {self._max_bytes:,} bytes: "
            "minify the bundle, leave packages out, or raise CAISSON_EXECUTOR_BUNDLE_BYTES."
        )


def _header(response: IncomingResponse, name: str) -> str:
    return next((value for each, value in response.headers if each.lower() == name), "")


def _no_script(target: WebUrl, what: str) -> BundleFetchError:
    return BundleFetchError(
        f"{target} answered with {what[:60]} instead of JavaScript: "
        "give the URL of the bundle's raw file."
    )
