"""Fetching is bounded, and every failure says what to do."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tracemalloc

import pytest

from services.executor.adapters.http.bundle_fetch import HttpBundleFetcher
from services.executor.clients import OWN_PROCESS
from services.executor.egress.rules import BundleHosts, parse_rule
from services.executor.errors import BundleError, BundleFetchError, BundleTooLargeError
from tests.bundle.http_server import http_server, response

MIB = 1024 * 1024
SCRIPT = b"export default {};\n"


def fetcher(**bounds: float) -> HttpBundleFetcher:
    return HttpBundleFetcher(
        BundleHosts(loopback=True),
        max_bytes=int(bounds.get("max_bytes", MIB)),
        timeout_s=bounds.get("timeout_s", 20.0),
    )


def free(amount: int) -> None:
    """Let a fetch have as many bytes as it wants."""


async def failure(whole: bytes, path: str = "/b.js", **bounds: float) -> BundleError:
    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(whole)

    async with http_server(answer) as base:
        with pytest.raises(BundleError) as caught:
            await fetcher(**bounds).fetch(base + path, free, OWN_PROCESS)
    assert "Traceback" not in caught.value.message
    return caught.value


async def test_bundle_is_fetched_plain_gzipped_and_redirected() -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/start":
            writer.write(response(b"", status="302 Found", extra="location: /next?x=1\r\n"))
        elif path.startswith("/next"):
            extra = "content-encoding: gzip\r\n"
            writer.write(response(gzip.compress(SCRIPT), extra=extra))
        else:
            writer.write(response(SCRIPT, content_type="application/octet-stream"))

    async with http_server(answer) as base:
        assert await fetcher().fetch(f"{base}/start", free, OWN_PROCESS) == SCRIPT
        assert await fetcher().fetch(f"{base}/plain", free, OWN_PROCESS) == SCRIPT


@pytest.mark.parametrize(
    ("whole", "words"),
    [
        (response(b"no", status="404 Not Found"), "404"),
        (response(b"no", status="401 Unauthorized"), "credentials"),
        (response(b"no", status="503 Busy"), "503"),
        (response(b"<!doctype html><p>hi", "text/html; charset=utf-8"), "instead of JavaScript"),
        (response(b"\n <!doctype html><p>hi", "text/plain"), "instead of JavaScript"),
        (response(b"{}", "application/json"), "instead of JavaScript"),
        (response(b"x", extra="content-encoding: br\r\n"), "encoding"),
        (response(b"x", extra="content-encoding: gzip\r\n"), "gzip"),
        (response(SCRIPT)[:-5], "broke off"),
        (b"SSH-2.0-server\r\n", "HTTP"),
        (response(b"", status="302 Found", extra="location: ftp://h/x\r\n"), "http://"),
    ],
)
async def test_malformed_answer_is_reported(whole: bytes, words: str) -> None:
    error = await failure(whole)
    assert isinstance(error, BundleFetchError)
    assert words in error.message


async def test_url_in_message_hides_secrets() -> None:
    error = await failure(response(b"", status="404 No"), path="/b.js?token=secret#frag")
    assert "/b.js" in error.message
    assert "secret" not in error.message


async def test_redirect_loop_ends() -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        to = "/a" if path == "/b" else "/b"
        writer.write(response(b"", status="307 Go", extra=f"location: {to}\r\n"))

    async with http_server(answer) as base:
        with pytest.raises(BundleFetchError, match="loop"):
            await fetcher().fetch(f"{base}/a", free, OWN_PROCESS)


async def test_too_many_redirects_end() -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        extra = f"location: {path}x\r\n"
        writer.write(response(b"", status="301 Go", extra=extra))

    async with http_server(answer) as base:
        with pytest.raises(BundleFetchError, match="more than 5 times"):
            await fetcher().fetch(f"{base}/a", free, OWN_PROCESS)


async def test_large_body_is_refused_by_content_length() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n"
    error = await failure(head)
    assert isinstance(error, BundleTooLargeError)
    assert "1,048,576" in error.message


async def test_large_body_without_length_is_refused_once_over_limit() -> None:
    sent = 0

    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        for _ in range(1600):
            writer.write(b"a" * 65536)
            await writer.drain()
            sent += 65536

    async with http_server(answer) as base:
        tracemalloc.start()
        with pytest.raises(BundleTooLargeError):
            await fetcher().fetch(f"{base}/big.js", free, OWN_PROCESS)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 24 * MIB
    assert sent < 100 * MIB


async def test_gzip_bomb_is_refused_early() -> None:
    bomb = gzip.compress(b"a" * (64 * MIB))
    tracemalloc.start()
    error = await failure(response(bomb, extra="content-encoding: gzip\r\n"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(error, BundleTooLargeError)
    assert peak < 24 * MIB


async def test_silent_server_times_out() -> None:
    given_up = asyncio.Event()

    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()
        await given_up.wait()

    async with http_server(answer) as base:
        with pytest.raises(BundleFetchError, match=r"more than 0\.2 s"):
            await fetcher(timeout_s=0.2).fetch(f"{base}/slow.js", free, OWN_PROCESS)
        given_up.set()


async def test_unreachable_and_malformed_urls_are_reported() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(BundleFetchError, match="cannot be reached"):
            await fetcher().fetch(f"http://127.0.0.1:{port}/b.js", free, OWN_PROCESS)
    with pytest.raises(BundleFetchError, match="does not resolve"):
        await fetcher().fetch("http://nowhere.invalid/b.js", free, OWN_PROCESS)
    for url in ("file:///etc/passwd", "ftp://h/x", "nonsense", "http://", "http://[::1"):
        with pytest.raises(BundleFetchError):
            await fetcher().fetch(url, free, OWN_PROCESS)
    with pytest.raises(BundleFetchError, match="8 KiB"):
        await fetcher().fetch("http://127.0.0.1/" + "a" * 9000, free, OWN_PROCESS)


async def test_plain_http_on_tls_url_is_reported() -> None:
    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(response(SCRIPT))

    async with http_server(answer) as base:
        with pytest.raises(BundleFetchError):
            await fetcher(timeout_s=5).fetch(base.replace("http:", "https:"), free, OWN_PROCESS)


async def test_every_redirect_is_checked() -> None:
    reached = 0

    async def tripwire(_path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal reached
        reached += 1

    async with http_server(tripwire) as other:

        async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
            writer.write(response(b"", status="302 Go", extra=f"location: {other}/x\r\n"))

        async with http_server(answer) as base:
            hosts = BundleHosts(rules=(parse_rule(base),))
            with pytest.raises(BundleFetchError, match="accepts bundles from"):
                await HttpBundleFetcher(hosts).fetch(base, free, OWN_PROCESS)
    assert reached == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://10.0.0.1/b.js",
        "http://2130706433/b.js",
        "http://0x7f.1/b.js",
        "http://localhost/b.js",
        "http://[::ffff:127.0.0.1]/b.js",
    ],
)
async def test_only_public_hosts_are_reached_unless_allowed(url: str) -> None:
    with pytest.raises(BundleFetchError, match="may not be fetched: it is at"):
        await HttpBundleFetcher(BundleHosts()).fetch(url, free, OWN_PROCESS)


async def test_named_address_is_reached() -> None:
    async def answer(_path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(response(SCRIPT))

    async with http_server(answer) as base:
        hosts = BundleHosts(rules=(parse_rule(base),))
        assert await HttpBundleFetcher(hosts).fetch(f"{base}/b.js", free, OWN_PROCESS) == SCRIPT
