"""Puts the bundle reader together from its adapters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.executor.adapters.bundle_cache import DiskManifestCache, NoManifestCache
from services.executor.adapters.bundle_fetch import AnyHost, HttpBundleFetcher
from services.executor.adapters.bundle_pool import ParserPool
from services.executor.bundle.ports import ManifestCache
from services.executor.bundle.reader import CachingBundleReader
from services.executor.bundle.version import reader_version

MIB = 1024 * 1024


@dataclass(frozen=True)
class BundleReading:
    """How bundles are fetched and read.

    Attributes:
        cache_dir: folder of what was read; None keeps nothing between starts.
        max_bundle_bytes: the largest bundle, in bytes.
        fetch_timeout_s: seconds for all of a fetch.
        max_redirects: redirects that are followed.
        parse_timeout_s: seconds to read one bundle.
        parse_memory_bytes: address space of a process that reads bundles.
        parsers: how many such processes there may be.
    """

    cache_dir: Path | None = None
    max_bundle_bytes: int = 20 * MIB
    fetch_timeout_s: float = 30.0
    max_redirects: int = 5
    parse_timeout_s: float = 20.0
    parse_memory_bytes: int = 1024 * MIB
    parsers: int = 1


def open_bundle_reader(reading: BundleReading) -> CachingBundleReader:
    """Return a reader; close it to end its processes."""
    fetcher = HttpBundleFetcher(
        AnyHost(),
        max_bytes=reading.max_bundle_bytes,
        timeout_s=reading.fetch_timeout_s,
        max_redirects=reading.max_redirects,
    )
    parser = ParserPool(reading.parsers, reading.parse_timeout_s, reading.parse_memory_bytes)
    cache: ManifestCache = NoManifestCache()
    if reading.cache_dir is not None:
        cache = DiskManifestCache(reading.cache_dir, reader_version())
    return CachingBundleReader(fetcher, parser, cache, max_bundle_bytes=reading.max_bundle_bytes)
