"""Whether this process may still act on its runs, by its own clock alone."""

from __future__ import annotations

from dataclasses import dataclass

MARGIN = 6  # of this many parts of a lease, the last is for stopping
BEATS = 3  # heartbeats of a lease


@dataclass
class Lease:
    """A lease, which each heartbeat renews; times are seconds of a monotonic clock.

    The database counts a lease from when a heartbeat reached it, this process from before it sent
    the heartbeat, and gives up the last part: so it has stopped before another may claim its runs.

    Attributes:
        length_s: how long others wait after a heartbeat before they claim.
        until: when this process has to stop its runs.
    """

    length_s: float
    until: float = 0.0

    @property
    def beat_s(self) -> float:
        """Seconds between two heartbeats."""
        return self.length_s / BEATS

    def renew(self, sent: float) -> None:
        """Note that a heartbeat that was sent at ``sent`` has reached the database."""
        self.until = max(self.until, sent + self.length_s * (MARGIN - 1) / MARGIN)

    def left(self, now: float) -> float:
        """Return how many seconds are left; 0 or less if it has run out."""
        return self.until - now
