"""Clients share the reading of bundles: turns, bytes that wait, and what a digest is enough for."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from services.executor.adapters.bundle_cache import NoManifestCache
from services.executor.bundle.intake.reader import CachingBundleReader
from services.executor.bundle.ports import Grow
from services.executor.clients import Client, client_of
from services.executor.domain import DigestBundle, InlineBundle, Manifest, UrlBundle
from services.executor.errors import DigestsOffError, OverloadedError, UnknownBundleError
from tests.bundle.reading import manifest_of

CROWD, OTHER = client_of("ipv4:10.0.0.1:1"), client_of("ipv4:10.0.0.2:1")
KIB = 1024


def source(name: str, size: int = 0) -> bytes:
    agent = f'export const {name} = {{ model: "m", system: "s", tools: {{}} }};\n'
    return agent.encode().ljust(size, b" ")


class HeldParser:
    """Reads a bundle once it is told to; ``begun`` holds the names of their agents in order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.gates: list[asyncio.Event] = []
        self._more = asyncio.Condition()

    async def parse(self, digest: str, source: bytes) -> Manifest:
        manifest = manifest_of(source.decode())
        self.begun += manifest.agents
        gate = asyncio.Event()
        self.gates.append(gate)
        async with self._more:
            self._more.notify_all()
        await gate.wait()
        return Manifest(digest, manifest.format, manifest.agents, {}, ())

    async def begin(self, count: int) -> None:
        """Wait until ``count`` bundles have begun to be read."""
        async with asyncio.timeout(60), self._more:
            await self._more.wait_for(lambda: len(self.gates) >= count)

    async def close(self) -> None:
        for gate in self.gates:
            gate.set()


class PiecewiseFetcher:
    """Gets 32 KiB for each URL, in pieces of 2 KiB, once ``go`` is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.got = 0

    async def fetch(self, url: str, grow: Grow, client: Client) -> bytes:
        for _ in range(16):
            grow(2 * KIB)
            self.got += 2 * KIB
        await self.go.wait()
        return source("fetched", 32 * KIB)


def reader_of(
    parser: HeldParser,
    fetcher: PiecewiseFetcher | None = None,
    max_waiting_bytes: int = 256 * KIB * KIB,
) -> CachingBundleReader:
    return CachingBundleReader(
        fetcher or PiecewiseFetcher(),
        parser,
        NoManifestCache(),
        parsers=1,
        max_waiting_bytes=max_waiting_bytes,
    )


def start(
    reader: CachingBundleReader, name: str, client: Client, size: int = 0
) -> asyncio.Task[object]:
    return asyncio.create_task(reader.read(InlineBundle(source(name, size)), client))


async def test_bundle_of_other_client_is_read_while_a_crowd_waits() -> None:
    parser = HeldParser()
    reader = reader_of(parser)
    crowd = [start(reader, f"crowd{number}", CROWD, 100_000) for number in range(40)]
    await parser.begin(1)
    other = start(reader, "other", OTHER)
    await parser.begin(2)
    assert parser.begun == ["crowd0", "other"]
    parser.gates[1].set()
    await other
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert "waiting_bytes=0" in repr(reader)
    assert "FairSlots(0 of 1, waiting=0)" in repr(reader)
    await reader.close()


async def test_bundle_of_two_clients_is_read_on_the_first_turn_of_either() -> None:
    parser = HeldParser()
    reader = reader_of(parser)
    crowd = [start(reader, f"crowd{number}", CROWD) for number in range(5)]
    await parser.begin(1)
    both = start(reader, "both", CROWD), start(reader, "both", OTHER)
    await parser.begin(2)
    assert parser.begun == ["crowd0", "both"]
    both[1].cancel()  # whose turn it was has left, and the other one still gets it
    parser.gates[1].set()
    await both[0]
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, *both, return_exceptions=True)
    await reader.close()


async def test_bytes_of_waiting_bundles_are_bounded_and_shared_by_clients() -> None:
    parser = HeldParser()
    reader = reader_of(parser, max_waiting_bytes=1000 * KIB)
    crowd = [start(reader, f"crowd{number}", CROWD, 90 * KIB) for number in range(20)]
    await parser.begin(1)
    refused = [task for task in crowd if task.done()]
    assert len(refused) == 12
    for task in refused:
        error = task.exception()
        assert isinstance(error, OverloadedError)
        assert "the largest share while others need some" in error.message
        assert error.retry_after_s
    other = start(reader, "other", OTHER, 90 * KIB)
    await parser.begin(2)
    parser.gates[1].set()
    await other
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert "waiting_bytes=0" in repr(reader)
    await reader.close()


async def test_fetched_bytes_count_as_they_arrive() -> None:
    parser, fetcher = HeldParser(), PiecewiseFetcher()
    reader = reader_of(parser, fetcher, max_waiting_bytes=256 * KIB)
    urls = [UrlBundle(f"http://bundles.invalid/{number}") for number in range(8)]
    fetches = [asyncio.create_task(reader.read(url, CROWD)) for url in urls]
    await asyncio.sleep(0.01)
    assert fetcher.got < 256 * KIB
    failed = [task.exception() for task in fetches if task.done()]
    assert failed
    assert all(isinstance(error, OverloadedError) for error in failed)
    other = asyncio.create_task(reader.read(urls[0], OTHER))
    fetcher.go.set()
    await parser.begin(1)
    assert not other.done()
    await parser.close()
    await other
    await asyncio.gather(*fetches, return_exceptions=True)
    assert "waiting_bytes=0" in repr(reader)
    await reader.close()


async def test_fetch_does_not_wait_for_slow_fetches_of_others() -> None:
    parser, fetcher = HeldParser(), PiecewiseFetcher()
    reader = reader_of(parser, fetcher)
    url = UrlBundle("http://bundles.invalid/a")
    crowd = [asyncio.create_task(reader.read(url, CROWD)) for _ in range(40)]
    await asyncio.sleep(0.01)
    assert fetcher.got == 16 * 32 * KIB
    other = asyncio.create_task(reader.read(url, OTHER))
    await asyncio.sleep(0.01)
    assert fetcher.got == 17 * 32 * KIB
    for task in (*crowd, other):
        task.cancel()
    await asyncio.gather(*crowd, other, return_exceptions=True)
    assert "waiting_bytes=0" in repr(reader)
    await reader.close()


async def test_bundles_kept_in_memory_count_with_their_manifests() -> None:
    parser = HeldParser()
    reader = CachingBundleReader(
        PiecewiseFetcher(), parser, NoManifestCache(), max_kept_bytes=64 * KIB
    )
    for number in range(40):
        read = start(reader, f"a{number}", CROWD)
        await parser.begin(number + 1)
        parser.gates[number].set()
        await read
    first, last = ("sha256:" + hashlib.sha256(source(name)).hexdigest() for name in ("a0", "a39"))
    await reader.read(DigestBundle(last), CROWD)
    with pytest.raises(UnknownBundleError):  # 40 sources of 60 bytes: 2 KiB without the manifests
        await reader.read(DigestBundle(first), CROWD)
    await reader.close()


async def test_deployment_may_refuse_digests_and_caches_no_bundles() -> None:
    parser = HeldParser()
    reader = CachingBundleReader(PiecewiseFetcher(), parser, NoManifestCache(), digests=False)
    read = start(reader, "a", CROWD)
    await parser.begin(1)
    parser.gates[0].set()
    await read
    digest = "sha256:" + hashlib.sha256(source("a")).hexdigest()
    for client in (CROWD, OTHER):
        with pytest.raises(DigestsOffError, match="send the bundle itself or its URL"):
            await reader.read(DigestBundle(digest), client)
    assert "kept=0, kept_bytes=0" in repr(reader)
    await reader.close()
