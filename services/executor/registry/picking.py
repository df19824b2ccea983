"""Which version a run is on, by the labels: the same for the same session, on every executor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from services.executor.agent_names import CANARY, PRODUCTION
from services.executor.registry.rows import LabelRow

HUNDREDTHS = 10_000


def place_of(organisation: str, name: str, *about: str) -> float:
    """Return where something is in the hundred percent: from 0 to below 100, evenly spread.

    A canary gets what is below its percentage, so that a higher one only moves more to it.
    """
    text = json.dumps([organisation, name, *about]).encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8])
    return number * HUNDREDTHS // 2**64 / 100


def picked(labels: Iterable[LabelRow], label: str, place: float) -> int:
    """Return the version that a label gives at a place; 0 for none."""
    by_name = {each.label: each for each in labels}
    canary = by_name.get(CANARY)
    if label == PRODUCTION and label in by_name and canary and place < canary.percent:
        return canary.version
    return by_name[label].version if label in by_name else 0
