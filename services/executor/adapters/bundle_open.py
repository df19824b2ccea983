"""Puts the bundle reader together from its adapters."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from services.executor.adapters.bundle_cache import DiskManifestCache, NoManifestCache
from services.executor.adapters.bundle_pool import ParserPool
from services.executor.adapters.http.bundle_fetch import HttpBundleFetcher
from services.executor.adapters.http.name_service import NameService
from services.executor.adapters.toolrunner.sandbox_schemas import SandboxSchemas
from services.executor.bundle.intake.asking_reader import AskingBundleReader
from services.executor.bundle.intake.reader import SPARE_PARSERS, CachingBundleReader
from services.executor.bundle.ports import BundleReader, ManifestCache
from services.executor.bundle.version import reader_version
from services.executor.egress.rules import BundleHosts
from services.executor.limits import (
    BUNDLE_FETCH_REDIRECTS,
    BUNDLE_FETCH_S,
    PARSE_MEMORY_BYTES,
    PARSE_S,
    TOOLRUNNER_CONNECT_S,
    WAITING_BUNDLE_BYTES,
)
from services.executor.schemas.ports import SchemaProcesses
from services.front.limits import BUNDLE_BYTES


@dataclass(frozen=True)
class BundleReading:
    """How bundles are fetched and read.

    Attributes:
        cache_dir: folder of what was read; None keeps nothing between starts.
        max_bundle_bytes: the largest bundle, in bytes.
        fetch_timeout_s: seconds for all of a fetch.
        max_redirects: redirects that are followed.
        hosts: where bundles may be fetched from; this machine's own addresses by default too.
        tls_certificates: a PEM file of certificates to trust besides the public ones.
        parse_timeout_s: seconds to read one bundle.
        parse_memory_bytes: address space of a process that reads bundles.
        parsers: bundles that are read at once for one client; a few more are read for others.
        waiting_bytes: bytes of bundles that are fetched or wait to be read.
        digests: whether a digest is enough to use a bundle that was read before.
        connect_s: seconds to wait for a connection to a toolrunner that is asked.
    """

    cache_dir: Path | None = None
    max_bundle_bytes: int = BUNDLE_BYTES
    fetch_timeout_s: float = BUNDLE_FETCH_S
    max_redirects: int = BUNDLE_FETCH_REDIRECTS
    hosts: BundleHosts = field(default_factory=lambda: BundleHosts(loopback=True))
    tls_certificates: str = ""
    parse_timeout_s: float = PARSE_S
    parse_memory_bytes: int = PARSE_MEMORY_BYTES
    parsers: int = 1
    waiting_bytes: int = WAITING_BUNDLE_BYTES
    digests: bool = True
    connect_s: float = TOOLRUNNER_CONNECT_S


def open_bundle_reader(reading: BundleReading, names: NameService | None = None) -> BundleReader:
    """Return a reader, whose fetches look hosts up by ``names``; close it to end its processes."""
    fetcher = HttpBundleFetcher(
        reading.hosts,
        reading.tls_certificates,
        names,
        max_bytes=reading.max_bundle_bytes,
        timeout_s=reading.fetch_timeout_s,
        max_redirects=reading.max_redirects,
    )
    processes = reading.parsers + SPARE_PARSERS
    parser = ParserPool(processes, reading.parse_timeout_s, reading.parse_memory_bytes)
    return CachingBundleReader(
        fetcher,
        parser,
        _cache(reading, ""),
        max_bundle_bytes=reading.max_bundle_bytes,
        digests=reading.digests,
        parsers=reading.parsers,
        max_waiting_bytes=reading.waiting_bytes,
    )


def asking(
    reader: BundleReader, reading: BundleReading, address: str, schemas: SchemaProcesses
) -> BundleReader:
    """Return a reader that asks the toolrunner at ``address`` for what ``reader`` left open.

    What it is told is compiled by ``schemas``, which is not closed with it.
    """
    asker = SandboxSchemas(address, reading.connect_s)
    return AskingBundleReader(reader, asker, _cache(reading, "-asked"), schemas)


def _cache(reading: BundleReading, suffix: str) -> ManifestCache:
    if reading.cache_dir is None:
        return NoManifestCache()
    return DiskManifestCache(reading.cache_dir, reader_version() + suffix)
