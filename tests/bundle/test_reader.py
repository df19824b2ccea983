"""The reader shares one reading among requests, keeps what it read, cancels what nobody wants."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from services.executor.adapters.bundle_cache import DiskManifestCache, NoManifestCache
from services.executor.adapters.bundle_open import BundleReading, open_bundle_reader
from services.executor.bundle.intake.reader import CachingBundleReader
from services.executor.bundle.ports import BundleReader, Grow, ManifestCache
from services.executor.clients import OWN_PROCESS, Client
from services.executor.domain import DigestBundle, InlineBundle, Manifest, UrlBundle
from services.executor.errors import (
    BundleFetchError,
    BundleTooLargeError,
    NoAgentsError,
    RequestError,
    UnknownBundleError,
)
from tests.bundle.http_server import http_server, response
from tests.bundle.reading import manifest_of

AGENT = b'export const a = { model: "m", system: "s", tools: {} };\n'


class ScriptedParser:
    """Answers when it is let, and counts."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.started = 0
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.closed = False

    async def parse(self, digest: str, source: bytes) -> Manifest:
        self.started += 1
        self.begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        manifest = manifest_of(source.decode())
        return Manifest(digest, manifest.format, manifest.agents, {}, ())

    async def close(self) -> None:
        self.closed = True


class NoFetcher:
    """Has no network."""

    async def fetch(self, url: str, grow: Grow, client: Client) -> bytes:
        raise BundleFetchError(f"no network for {url}")


def reader_of(parser: ScriptedParser, cache: ManifestCache | None = None) -> CachingBundleReader:
    return CachingBundleReader(
        NoFetcher(), parser, cache or NoManifestCache(), max_bundle_bytes=10_000
    )


async def test_requests_for_one_bundle_share_a_reading() -> None:
    parser = ScriptedParser()
    reader = reader_of(parser)
    tasks = [asyncio.create_task(reader.read(InlineBundle(AGENT), OWN_PROCESS)) for _ in range(5)]
    tasks[0].cancel()
    parser.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    bundles = [result for result in results if not isinstance(result, BaseException)]
    assert len(bundles) == 4
    assert parser.started == 1
    digest = "sha256:" + hashlib.sha256(AGENT).hexdigest()
    assert {bundle.manifest.digest for bundle in bundles} == {digest}
    assert (await reader.read(DigestBundle(digest), OWN_PROCESS)) is bundles[0]
    program = bundles[0].program
    assert program.is_module
    assert program.source == AGENT
    assert program.digest == "sha256:" + hashlib.sha256(AGENT).hexdigest()
    await reader.close()
    assert parser.closed


async def test_reading_without_waiters_is_cancelled() -> None:
    parser = ScriptedParser()
    reader = reader_of(parser)
    task = asyncio.create_task(reader.read(InlineBundle(AGENT), OWN_PROCESS))
    await parser.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await parser.cancelled.wait()
    parser.go.set()
    assert list((await reader.read(InlineBundle(AGENT), OWN_PROCESS)).manifest.agents) == ["a"]
    await reader.close()


async def test_failed_reading_is_not_cached() -> None:
    parser = ScriptedParser()
    parser.go.set()
    reader = reader_of(parser)
    for _ in range(2):
        with pytest.raises(NoAgentsError):
            await reader.read(InlineBundle(b"export const a = 1;"), OWN_PROCESS)
    assert parser.started == 2


async def test_cached_manifest_skips_parser(tmp_path: Path) -> None:
    first, second = ScriptedParser(), ScriptedParser()
    first.go.set()
    one = await reader_of(first, DiskManifestCache(tmp_path, "1")).read(
        InlineBundle(AGENT), OWN_PROCESS
    )
    two = await reader_of(second, DiskManifestCache(tmp_path, "1")).read(
        InlineBundle(AGENT), OWN_PROCESS
    )
    assert one == two
    assert second.started == 0


async def test_invalid_sources_are_reported() -> None:
    reader = reader_of(ScriptedParser())
    with pytest.raises(BundleTooLargeError, match="10,000"):
        await reader.read(InlineBundle(b" " * 10_001), OWN_PROCESS)
    with pytest.raises(UnknownBundleError, match="send the bundle itself"):
        await reader.read(DigestBundle("sha256:" + "a" * 64), OWN_PROCESS)
    for digest in ("", "sha256:", "md5:abc", "sha256:" + "A" * 64, "sha256:" + "a" * 64 + "\n"):
        with pytest.raises(RequestError):
            await reader.read(DigestBundle(digest), OWN_PROCESS)
    with pytest.raises(BundleFetchError):
        await reader.read(UrlBundle("http://x.invalid/"), OWN_PROCESS)
    await reader.close()


async def test_bundle_is_read_over_http_and_from_cache(tmp_path: Path) -> None:
    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(response(AGENT if path == "/b.js" else b"", status="200 OK"))

    reader: BundleReader = open_bundle_reader(BundleReading(cache_dir=tmp_path / "cache"))
    try:
        async with http_server(answer) as base:
            bundle = await reader.read(UrlBundle(f"{base}/b.js"), OWN_PROCESS)
            assert await reader.read(DigestBundle(bundle.manifest.digest), OWN_PROCESS) == bundle
            with pytest.raises(Exception, match="empty"):
                await reader.read(UrlBundle(f"{base}/empty.js"), OWN_PROCESS)
    finally:
        await reader.close()


async def test_runs_of_uncached_bundle_share_its_program() -> None:
    parser = ScriptedParser()
    parser.go.set()
    reader = CachingBundleReader(NoFetcher(), parser, NoManifestCache(), digests=False)
    bundles = [await reader.read(InlineBundle(bytes(bytearray(AGENT))), OWN_PROCESS) for _ in "123"]
    assert parser.started == 3
    assert len({id(bundle.program) for bundle in bundles}) == 1
