"""Commits of the journal and reads of bundles, as metrics."""

from __future__ import annotations

from typing import Final

from services.telemetry.metrics.meters import LONG_S, QUICK_S, Meters, exemplar

COMMITTED, FAILED = "committed", "failed"
ENTRIES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class CommitMeters:
    """Is told of commits; a ``CommitWatch``."""

    def __init__(self, meters: Meters) -> None:
        self._seconds = meters.histogram(
            "journal_commit_duration_seconds",
            "Time of a commit to the journal.",
            QUICK_S,
            "outcome",
        )
        # Both from the start: an alert has to see the first failure as an increase.
        self._committed = self._seconds.labels(COMMITTED)
        self._failed = self._seconds.labels(FAILED)
        self._waits = meters.histogram(
            "journal_commit_lag_seconds",
            "How long the oldest entry of a commit waited for it to begin.",
            QUICK_S,
        )
        self._entries = meters.histogram(
            "journal_commit_entries", "Entries in a commit, one for each run at most.", ENTRIES
        )

    def __repr__(self) -> str:
        return "CommitMeters()"

    def committed(self, entries: int, waited_s: float, seconds: float, *, failed: bool) -> None:
        """Count a commit; see ``CommitWatch.committed``."""
        (self._failed if failed else self._committed).observe(seconds, exemplar())
        self._waits.observe(waited_s)
        self._entries.observe(entries)


class ReadMeters:
    """Is told how bundles are read; a ``ReadWatch``."""

    def __init__(self, meters: Meters) -> None:
        self._found = meters.counter(
            "bundle_reads", "Bundles read: found in memory or on disk, or parsed.", "from"
        )
        self._seconds = meters.histogram(
            "bundle_parse_duration_seconds", "Time in which a bundle was parsed, or not.", LONG_S
        )
        self._waits = meters.histogram(
            "bundle_parse_wait_seconds", "How long a bundle waited for a parser.", LONG_S
        )

    def __repr__(self) -> str:
        return "ReadMeters()"

    def found(self, where: str) -> None:
        """Count where a manifest was found; see ``ReadWatch.found``."""
        self._found.labels(where).inc()

    def parsed(self, waited_s: float, seconds: float) -> None:
        """Count a bundle parsed; see ``ReadWatch.parsed``."""
        self._seconds.observe(seconds)
        self._waits.observe(waited_s)
