"""The service's bundle reader: from a bundle's location to what it declares and what to run."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakValueDictionary

from services.executor.bundle.intake.owners import BundleOwners
from services.executor.bundle.manifest.manifest_json import memory_size
from services.executor.bundle.ports import (
    NO_READ_WATCH,
    BundleFetcher,
    Grow,
    ManifestCache,
    ManifestParser,
    ReadWatch,
    RecordedBundles,
)
from services.executor.bundle.syntax.unwrap import runnable
from services.executor.clients import Client, Shares
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
from services.executor.errors import (
    BundleTooLargeError,
    DigestsOffError,
    RequestError,
    UnknownBundleError,
)
from services.executor.fair_slots import Claim, FairSlots
from services.executor.limits import WAITING_BUNDLE_BYTES
from services.executor.side_thread import SIDE
from services.front.limits import BUNDLE_BYTES, MIB

_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
HASHED_AT_ONCE = MIB
# Estimated parse time until the real one is known: half a second for a real megabyte.
PARSE_S, PARSE_S_PER_BYTE = 0.01, 0.5e-6
# Turns on the side thread: files of the cache, unwrapping.
THREADS = 4
SPARE_PARSERS = 2
# Concurrent fetches of one client; the cost of each until it is known.
FETCHES, FETCH_S = 16, 0.05


class CachingBundleReader:
    """Reads bundles through a fetcher, a parser and a cache.

    Requests for the same bundle share one read. It continues while any of them waits, and starts
    at the first turn that any of their clients gets.

    The same bytes give the same manifest, which organisations therefore share. A digest stands for
    a bundle only to an organisation that has sent it, or has run it, as ``recorded`` tells.

    Args:
        fetcher: gets the bytes of a URL.
        parser: reads bytes that are not cached; closed with this reader.
        cache: keeps manifests across restarts.
        max_bundle_bytes: the largest bundle accepted.
        max_kept_bytes: bundles kept in memory, for requests by digest; the least used go first.
        digests: whether a digest is enough to use a bundle; if not, no bundles are kept for it.
        parsers: bundles that ``parser`` reads at once for one client; up to ``SPARE_PARSERS`` more
            are read for others.
        max_waiting_bytes: bundles being fetched or waiting to be read, shared by clients.
        recorded: the bundles of recorded runs; None where there are none.
        owners: who has sent which bundle.
        watch: is told how bundles are read.
    """

    def __init__(
        self,
        fetcher: BundleFetcher,
        parser: ManifestParser,
        cache: ManifestCache,
        *,
        max_bundle_bytes: int = BUNDLE_BYTES,
        max_kept_bytes: int = 128 * MIB,
        digests: bool = True,
        parsers: int = 1,
        max_waiting_bytes: int = WAITING_BUNDLE_BYTES,
        recorded: RecordedBundles | None = None,
        owners: BundleOwners | None = None,
        watch: ReadWatch = NO_READ_WATCH,
    ) -> None:
        self._watch = watch
        self._fetcher = fetcher
        self._parser = parser
        self._cache = cache
        self._max_bundle_bytes = max_bundle_bytes
        self._digests = digests
        self._kept = _KeptBundles(max_kept_bytes if digests else 0)
        self._parsers = FairSlots(parsers, SPARE_PARSERS)
        self._threads = FairSlots(THREADS)
        self._fetches = FairSlots(FETCHES)
        self._waiting = Shares(max_waiting_bytes)
        self._recorded = recorded
        self._owners = owners or BundleOwners()
        self._reading: dict[str, _Reading] = {}
        # Programs in use, whether kept or not, so that each one's bytes count once.
        self._programs: WeakValueDictionary[tuple[str, bool], Program] = WeakValueDictionary()

    def __repr__(self) -> str:
        """Show what is kept and what is being read."""
        return (
            f"CachingBundleReader({self._kept!r}, reading={len(self._reading)}, "
            f"waiting_bytes={self._waiting.held}, {self._parsers!r})"
        )

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Fetch, read and return a bundle; see ``BundleReader.read``."""
        bundle = await self._read(source, client)
        self._owners.add(client.organisation, bundle.manifest.digest)
        return bundle

    async def _read(self, source: BundleSource, client: Client) -> Bundle:
        match source:
            case InlineBundle(source=data):
                self._check_size(data)
                with self._growing(client) as grow:
                    grow(len(data))
                    return await self._read_bytes(data, client)
            case UrlBundle(url=url):
                claim = self._fetches.claim(FETCH_S)
                claim.join(client)
                with self._growing(client) as grow:
                    async with claim:
                        fetched = await self._fetcher.fetch(url, grow, client)
                    return await self._read_bytes(fetched, client)
            case DigestBundle(digest=digest):
                return await self._known(digest, client)

    async def close(self) -> None:
        """Stop reads in progress and the parser; idempotent."""
        tasks = [reading.task for reading in self._reading.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._parser.close()

    def _check_size(self, data: bytes) -> None:
        if len(data) > self._max_bundle_bytes:
            raise BundleTooLargeError(
                f"The bundle has {len(data):,} bytes, and the limit is "
                f"{self._max_bundle_bytes:,}: minify it, leave packages out, or raise "
                "CAISSON_EXECUTOR_BUNDLE_BYTES."
            )

    @contextmanager
    def _growing(self, client: Client) -> Iterator[Grow]:
        """Yield a function that takes bytes from the client's share; the exit returns them."""
        held = 0

        def grow(amount: int) -> None:
            nonlocal held
            if not self._waiting.take(client, amount):
                raise self._waiting.refusal(
                    client,
                    "bytes for bundles that wait (CAISSON_EXECUTOR_WAITING_BUNDLE_BYTES)",
                    amount,
                )
            held += amount

        try:
            yield grow
        finally:
            self._waiting.give_back(client, held)

    async def _known(self, digest: str, client: Client) -> Bundle:
        if not self._digests:
            raise DigestsOffError(
                "This deployment does not run bundles by digest: send the bundle itself or its URL."
            )
        if not _DIGEST.match(digest):
            raise RequestError(
                "A bundle's digest is `sha256:` and 64 hexadecimal digits in lower case."
            )
        bundle = None
        if self._owners.has(client.organisation, digest):
            bundle = self._kept.get(digest)
        # What others have sent is not even looked for, so that it does not show.
        if bundle is None and client.organisation:
            bundle = await self._recorded_of(digest, client)
        if bundle is None:
            raise UnknownBundleError(
                f"This executor holds no bundle {digest}: send the bundle itself or its URL."
            )
        return bundle

    async def _recorded_of(self, digest: str, client: Client) -> Bundle | None:
        """Return a bundle that a recorded run of the client's organisation has."""
        if self._recorded is None:
            return None
        data = await self._recorded.program_of(client.organisation, digest)
        if data is None or "sha256:" + await _sha256(data) != digest:
            return None
        self._check_size(data)
        with self._growing(client) as grow:
            grow(len(data))
            return await self._read_bytes(data, client)

    async def _read_bytes(self, data: bytes, client: Client) -> Bundle:
        digest = "sha256:" + await _sha256(data)
        kept = self._kept.get(digest)
        if kept is not None:
            self._watch.found("memory")
            return kept
        reading = self._reading.get(digest)
        if reading is None:
            reading = self._start(digest, data)
        reading.join(client)
        try:
            return await asyncio.shield(reading.task)
        finally:
            reading.leave(client)
            if not reading.thread.clients and not reading.task.done():
                reading.task.cancel()
                self._forget(digest, reading.task)

    def _start(self, digest: str, data: bytes) -> _Reading:
        cost_s = PARSE_S + PARSE_S_PER_BYTE * len(data)
        thread, parser = self._threads.claim(cost_s), self._parsers.claim(cost_s)
        task = asyncio.create_task(self._read_fresh(digest, data, thread, parser))
        task.add_done_callback(lambda done: self._forget(digest, done))
        reading = self._reading[digest] = _Reading(task, thread, parser)
        return reading

    def _forget(self, digest: str, task: asyncio.Task[Bundle]) -> None:
        reading = self._reading.get(digest)
        if reading is not None and reading.task is task:
            del self._reading[digest]
        if task.done() and not task.cancelled():
            task.exception()  # every waiter may be gone: do not report the error as unretrieved

    async def _read_fresh(self, digest: str, data: bytes, thread: Claim, parser: Claim) -> Bundle:
        async with thread:
            found = await SIDE.run(len(data), partial(self._cache.get, digest))
        self._watch.found("parsed" if found is None else "disk")
        if found is None:
            manifest = await self._parsed(digest, data, parser)
        else:
            manifest = found
        async with thread:
            if found is None:
                await SIDE.run(len(data), partial(self._cache.put, manifest))
            bundle, size = await SIDE.run(len(data), partial(_bundle, manifest, data))
        program = bundle.program
        program = self._programs.setdefault((program.digest, program.is_module), program)
        bundle = replace(bundle, program=program)
        self._kept.put(digest, bundle, size)
        return bundle

    async def _parsed(self, digest: str, data: bytes, parser: Claim) -> Manifest:
        clock = asyncio.get_running_loop().time
        asked_s = clock()
        async with parser:
            began_s = clock()
            try:
                return await self._parser.parse(digest, data)
            finally:
                self._watch.parsed(began_s - asked_s, clock() - began_s)


@dataclass(frozen=True)
class _Reading:
    """A read in progress, and its claims on a thread and a parser, which track its waiters."""

    task: asyncio.Task[Bundle]
    thread: Claim
    parser: Claim

    def join(self, client: Client) -> None:
        """Wait for it on behalf of ``client``."""
        self.thread.join(client)
        self.parser.join(client)

    def leave(self, client: Client) -> None:
        """Take back one ``join``."""
        self.thread.leave(client)
        self.parser.leave(client)


async def _sha256(data: bytes) -> str:
    """Return the digest of bytes; a large one is computed beside the event loop."""
    if len(data) <= HASHED_AT_ONCE:
        return hashlib.sha256(data).hexdigest()
    return (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()


def _bundle(manifest: Manifest, data: bytes) -> tuple[Bundle, int]:
    """Return a bundle and about how many bytes of memory it takes."""
    source = runnable(data, manifest.module, manifest.insertions)
    is_module = manifest.format in (BundleFormat.ESM, BundleFormat.WRAPPED)
    program = Program(f"sha256:{hashlib.sha256(source).hexdigest()}", is_module, source)
    size = len(source) + memory_size(manifest)
    if source == data:
        return Bundle(manifest, program, source), size
    return Bundle(manifest, program, data), size + len(data)


class _KeptBundles:
    """Bundles by digest, up to a number of bytes; the least recently used go first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._bundles: OrderedDict[str, tuple[Bundle, int]] = OrderedDict()

    def __repr__(self) -> str:
        """Show how many are kept."""
        return f"kept={len(self._bundles)}, kept_bytes={self._bytes}"

    def get(self, digest: str) -> Bundle | None:
        """Return a bundle and mark it as used."""
        kept = self._bundles.get(digest)
        if kept is None:
            return None
        self._bundles.move_to_end(digest)
        return kept[0]

    def put(self, digest: str, bundle: Bundle, size: int) -> None:
        """Keep a bundle, and drop others until the bytes fit; one too large is not kept."""
        if digest in self._bundles or size > self._max_bytes:
            return
        self._bundles[digest] = bundle, size
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, (_, dropped) = self._bundles.popitem(last=False)
            self._bytes -= dropped
