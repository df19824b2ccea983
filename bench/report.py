"""Prints measurements as JSON lines on stdout, and progress on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence

from bench.targets import judged


def report(fields: Mapping[str, object]) -> None:
    """Print one measurement, with its targets if any."""
    targets = judged(fields)
    line = {**fields, "targets": targets} if targets else fields
    print(json.dumps(line, ensure_ascii=False), flush=True)


def progress(text: str) -> None:
    """Print what is being measured."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of the values do not exceed."""
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]


def milliseconds(seconds: Sequence[float]) -> dict[str, object]:
    """Return count, p50, p90, p99 and the extremes, in milliseconds."""
    ordered = sorted(seconds)
    shares = {"p50Ms": 0.5, "p90Ms": 0.9, "p99Ms": 0.99}
    return {
        "count": len(ordered),
        **{name: round(percentile(ordered, share) * 1000, 3) for name, share in shares.items()},
        "minMs": round(ordered[0] * 1000, 3),
        "maxMs": round(ordered[-1] * 1000, 3),
    }
