"""The verdict of a soak: canaries that crossed, and resources that grew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from bench.memory import Held

# Memory varies with what allocators keep and when the collector runs.
MEMORY_SLACK_KIB = 16 * 1024
SHOWN = 10


@dataclass(frozen=True)
class Verdict:
    """The verdict of a soak.

    ``crossed`` lists where a call found traces of another; ``samples`` are resources held after the
    warm-up, at equal intervals, at least four; memory may grow by ``slack_kib`` from their first to
    their last quarter.
    """

    calls: int
    crossed: Sequence[str]
    samples: Sequence[Held]
    slack_kib: int = MEMORY_SLACK_KIB

    @property
    def memory_growth_kib(self) -> float:
        """Growth of the median from the first to the last quarter of the samples."""
        quarter = max(1, len(self.samples) // 4)
        memory = [each.own_kib for each in self.samples]
        return median(memory[-quarter:]) - median(memory[:quarter])

    @property
    def memory_slope_kib(self) -> float:
        """Growth per sample in KiB, by least squares."""
        memory = [each.own_kib for each in self.samples]
        return linear_regression(range(len(memory)), memory).slope

    @property
    def grew(self) -> list[str]:
        """Names of the resources that grew."""
        growth = {
            "memory": self.memory_growth_kib > self.slack_kib,
            "descriptors": self._rose([each.descriptors for each in self.samples]),
            "threads": self._rose([each.threads for each in self.samples]),
            "processes": self._rose([each.processes for each in self.samples]),
        }
        return [name for name, whether in growth.items() if whether]

    def _rose(self, counts: Sequence[int]) -> bool:
        """Return whether the last quarter is above the first, except for at most one sample."""
        quarter = max(1, len(counts) // 4)
        return min(counts[-quarter:]) > max(counts[:quarter])

    @property
    def clean(self) -> bool:
        """True when no canary crossed and nothing grew."""
        return not self.crossed and not self.grew

    def as_fields(self) -> dict[str, object]:
        """Return the fields of the verdict's line."""
        return {
            "measure": "soak-verdict",
            "calls": self.calls,
            "crossed": len(self.crossed),
            "whatCrossed": list(self.crossed[:SHOWN]),
            "grew": self.grew,
            "memoryGrowthKiB": round(self.memory_growth_kib),
            "memorySlopeKiBPerSample": round(self.memory_slope_kib, 1),
        }
