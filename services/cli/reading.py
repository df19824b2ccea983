"""Reads a bundle for this command, as the executor would: in a process that can be killed."""

from __future__ import annotations

from pathlib import Path

from services.cli.errors import CliError, RefusedError
from services.cli.inputs import NamedBundle
from services.cli.refusals import CALLERS_REASONS
from services.cli.service_settings import settings_of_both
from services.executor.adapters.bundle_open import BundleReading, open_bundle_reader
from services.executor.domain import Bundle, BundleSource, InlineBundle, UrlBundle
from services.executor.errors import BundleSyntaxError, ExecutorError
from services.executor.settings import Settings

EXCERPT = 80


async def read(named: NamedBundle) -> Bundle:
    """Fetch and read a bundle; the parser's process is ended before this returns.

    Raises:
        CliError: it cannot be fetched or read; exit status 2 when that is the bundle's fault.
    """
    settings, _ = settings_of_both()
    reader = open_bundle_reader(reading_of(settings))
    source: BundleSource = (
        UrlBundle(named.url) if named.source is None else InlineBundle(named.source)
    )
    try:
        return await reader.read(source)
    except ExecutorError as error:
        raise unreadable(error, named) from None
    finally:
        await reader.close()


def reading_of(settings: Settings) -> BundleReading:
    """Return how the executor's settings say that bundles are read, one at a time."""
    return BundleReading(
        cache_dir=Path(settings.cache_dir) if settings.cache_dir else None,
        max_bundle_bytes=settings.bundle_bytes,
        fetch_timeout_s=settings.fetch_timeout_s,
        max_redirects=settings.fetch_redirects,
        parse_timeout_s=settings.parse_timeout_s,
        parse_memory_bytes=settings.parse_memory_bytes,
    )


def unreadable(error: ExecutorError, named: NamedBundle) -> CliError:
    """Return the error for a bundle that cannot be read, with the line at fault where known."""
    hints = tuple(each.description for each in error.violations)
    if isinstance(error, BundleSyntaxError) and named.source is not None:
        hints += excerpt(named.source, error.line, error.column)
    fault = error.reason in CALLERS_REASONS
    return RefusedError(error.message, hints, reason=error.reason, callers_fault=fault)


def excerpt(source: bytes, line: int, column: int) -> tuple[str, ...]:
    """Return the line of a source, cut around a column, and a mark below it; none when unknown."""
    lines = source.split(b"\n", line) if line > 0 else []
    if len(lines) < line or not line:
        return ()
    text = lines[line - 1].decode("utf-8", "replace")
    start = max(0, column - EXCERPT // 2) if len(text) > EXCERPT else 0
    margin = f"{line} │ "
    mark = " " * (len(margin) + max(0, column - 1 - start)) + "^"
    return (margin + text[start : start + EXCERPT].replace("\t", " "), mark)
