"""The bundle reader of the service: where a bundle is, to what it declares and what to run."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from functools import partial

from services.executor.bundle.ports import BundleFetcher, ManifestCache, ManifestParser
from services.executor.bundle.unwrap import runnable
from services.executor.domain import (
    Bundle,
    BundleFormat,
    BundleSource,
    DigestBundle,
    InlineBundle,
    Manifest,
    Program,
    UrlBundle,
)
from services.executor.errors import BundleTooLargeError, RequestError, UnknownBundleError
from services.executor.side_thread import SIDE

_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
MIB = 1024 * 1024
HASHED_AT_ONCE = MIB


class CachingBundleReader:
    """Reads bundles through a fetcher, a parser and a cache.

    Requests for the same bundle share one reading; it goes on while any of them waits.

    Args:
        fetcher: gets the bytes of a URL.
        parser: reads bytes that are not cached; closed with this reader.
        cache: keeps manifests between starts.
        max_bundle_bytes: the largest bundle that is taken.
        max_kept_bytes: bundles kept in memory, for requests by digest; the least used go first.
    """

    def __init__(
        self,
        fetcher: BundleFetcher,
        parser: ManifestParser,
        cache: ManifestCache,
        *,
        max_bundle_bytes: int = 20 * MIB,
        max_kept_bytes: int = 128 * MIB,
    ) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._cache = cache
        self._max_bundle_bytes = max_bundle_bytes
        self._kept = _KeptBundles(max_kept_bytes)
        self._reading: dict[str, _Reading] = {}

    def __repr__(self) -> str:
        """Show what is kept and what is being read."""
        return f"CachingBundleReader({self._kept!r}, reading={len(self._reading)})"

    async def read(self, source: BundleSource) -> Bundle:
        """Fetch, read and return a bundle; see ``BundleReader.read``."""
        match source:
            case InlineBundle(source=data):
                self._check_size(data)
                return await self._read_bytes(data)
            case UrlBundle(url=url):
                return await self._read_bytes(await self._fetcher.fetch(url))
            case DigestBundle(digest=digest):
                return self._known(digest)

    async def close(self) -> None:
        """Stop what is being read, and the parser; idempotent."""
        tasks = [reading.task for reading in self._reading.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._parser.close()

    def _check_size(self, data: bytes) -> None:
        if len(data) > self._max_bundle_bytes:
            raise BundleTooLargeError(
                f"The bundle has {len(data):,} bytes, and the limit is "
                f"{self._max_bundle_bytes:,}: minify it, or leave packages out."
            )

    def _known(self, digest: str) -> Bundle:
        if not _DIGEST.match(digest):
            raise RequestError(
                "A bundle's digest is `sha256:` and 64 hexadecimal digits in lower case."
            )
        bundle = self._kept.get(digest)
        if bundle is None:
            raise UnknownBundleError(
                f"This executor holds no bundle {digest}: send the bundle itself or its URL."
            )
        return bundle

    async def _read_bytes(self, data: bytes) -> Bundle:
        digest = "sha256:" + await _sha256(data)
        kept = self._kept.get(digest)
        if kept is not None:
            return kept
        reading = self._reading.get(digest)
        if reading is None:
            reading = self._reading[digest] = _Reading(self._start(digest, data))
        reading.waiting += 1
        try:
            return await asyncio.shield(reading.task)
        finally:
            reading.waiting -= 1
            if not reading.waiting and not reading.task.done():
                reading.task.cancel()
                self._forget(digest, reading.task)

    def _start(self, digest: str, data: bytes) -> asyncio.Task[Bundle]:
        task = asyncio.create_task(self._read_fresh(digest, data))
        task.add_done_callback(lambda done: self._forget(digest, done))
        return task

    def _forget(self, digest: str, task: asyncio.Task[Bundle]) -> None:
        reading = self._reading.get(digest)
        if reading is not None and reading.task is task:
            del self._reading[digest]
        if task.done() and not task.cancelled():
            task.exception()  # every waiter may be gone: it is not to be reported as unseen

    async def _read_fresh(self, digest: str, data: bytes) -> Bundle:
        manifest = await SIDE.run(0, partial(self._cache.get, digest))
        if manifest is None:
            manifest = await self._parser.parse(digest, data)
            await SIDE.run(0, partial(self._cache.put, manifest))
        bundle = Bundle(manifest, await asyncio.to_thread(_program, manifest, data))
        self._kept.put(digest, bundle)
        return bundle


class _Reading:
    """A reading under way and how many requests wait for it."""

    def __init__(self, task: asyncio.Task[Bundle]) -> None:
        self.task = task
        self.waiting = 0


async def _sha256(data: bytes) -> str:
    """Return the digest of bytes; of many, computed beside the event loop."""
    if len(data) <= HASHED_AT_ONCE:
        return hashlib.sha256(data).hexdigest()
    return (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()


def _program(manifest: Manifest, data: bytes) -> Program:
    source = runnable(data, manifest.module)
    is_module = manifest.format in (BundleFormat.ESM, BundleFormat.WRAPPED)
    return Program(hashlib.sha256(source).hexdigest(), is_module, source)


class _KeptBundles:
    """Bundles by digest, up to a number of bytes; the least recently used go first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._bundles: OrderedDict[str, Bundle] = OrderedDict()

    def __repr__(self) -> str:
        """Show how many are kept."""
        return f"kept={len(self._bundles)}, kept_bytes={self._bytes}"

    def get(self, digest: str) -> Bundle | None:
        """Return a bundle and mark it as used."""
        bundle = self._bundles.get(digest)
        if bundle is not None:
            self._bundles.move_to_end(digest)
        return bundle

    def put(self, digest: str, bundle: Bundle) -> None:
        """Keep a bundle, and drop others until the bytes fit; one that never fits is not kept."""
        size = len(bundle.program.source)
        if digest in self._bundles or size > self._max_bytes:
            return
        self._bundles[digest] = bundle
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, dropped = self._bundles.popitem(last=False)
            self._bytes -= len(dropped.program.source)
