"""Puts the bundle reader together from its adapters."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from services.executor.adapters.bundle_cache import DiskManifestCache, NoManifestCache
from services.executor.adapters.bundle_pool import ParserPool
from services.executor.adapters.http.bundle_fetch import HttpBundleFetcher
from services.executor.adapters.http.name_service import NameService
from services.executor.adapters.toolrunner.channels import RunnerTls
from services.executor.adapters.toolrunner.places import Runners
from services.executor.adapters.toolrunner.sandbox_asker import ToolRunnerAsker
from services.executor.bundle.intake.asking_reader import AskingBundleReader
from services.executor.bundle.intake.reader import SPARE_PARSERS, CachingBundleReader
from services.executor.bundle.intake.slicer import KeepingSlicer
from services.executor.bundle.ports import (
    NO_READ_WATCH,
    BundleReader,
    ManifestCache,
    ReadWatch,
    RecordedBundles,
    Slicer,
)
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
        cache_dir: folder for cached manifests; None disables the disk cache.
        max_bundle_bytes: the largest bundle, in bytes.
        fetch_timeout_s: seconds for a whole fetch.
        max_redirects: redirects to follow.
        hosts: where bundles may be fetched from; this machine's own addresses by default too.
        tls_certificates: a PEM file of certificates to trust besides the public ones.
        parse_timeout_s: seconds to read one bundle.
        parse_memory_bytes: address space of each parser process.
        parsers: bundles read at once for one client; a few more are read for other clients.
        waiting_bytes: bytes of bundles being fetched or waiting to be read.
        digests: whether clients may name a bundle that was read before by its digest.
        connect_s: seconds to wait for a connection to a toolrunner.
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


def open_bundle_reader(
    reading: BundleReading,
    names: NameService | None = None,
    recorded: RecordedBundles | None = None,
    watch: ReadWatch = NO_READ_WATCH,
) -> BundleReader:
    """Return a reader that resolves hosts with ``names``; close it to end its processes.

    ``recorded`` are the bundles of recorded runs, which organisations may name by digest.
    ``watch`` is told how bundles are read.
    """
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
        recorded=recorded,
        watch=watch,
    )


def open_slicer(reading: BundleReading, *, prefers: bool = False) -> Slicer:
    """Return what makes parts of programs; close it to end its process, which starts on demand.

    ``prefers`` makes parts of all programs, not just of those that cannot be loaded whole.
    """
    parser = ParserPool(1, reading.parse_timeout_s, reading.parse_memory_bytes)
    return KeepingSlicer(parser, prefers=prefers)


def asking(
    reader: BundleReader,
    reading: BundleReading,
    address: str,
    schemas: SchemaProcesses,
    slicer: Slicer | None = None,
    tls: RunnerTls | None = None,
    runners: Runners | None = None,
) -> AskingBundleReader:
    """Return a reader that asks the toolrunners at ``address`` for what ``reader`` cannot read.

    ``schemas`` compiles the answers; neither it nor ``slicer`` is closed with the reader. ``tls``
    says how they are reached over TLS; ``runners`` are asked instead, if they are given.
    """
    asker = ToolRunnerAsker(address, reading.connect_s, slicer, tls=tls, runners=runners)
    return AskingBundleReader(reader, asker, _cache(reading, "-asked"), schemas)


def _cache(reading: BundleReading, suffix: str) -> ManifestCache:
    if reading.cache_dir is None:
        return NoManifestCache()
    return DiskManifestCache(reading.cache_dir, reader_version() + suffix)
