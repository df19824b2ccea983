"""Refusals as errors that say what is used up, how much it was, and when there is more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from services.executor.access_errors import QuotaError
from services.executor.quota.model import (
    Amount,
    AtOnce,
    Limit,
    Metric,
    Rate,
    Refusal,
    Subject,
    SubjectKind,
    shown,
)
from services.executor.quota.windows import EPOCH, MICROSECOND, SECOND_US

NAMES: Final = {
    Metric.REQUESTS: "requests",
    Metric.RUNS: "runs",
    Metric.RUNS_AT_ONCE: "runs at once",
    Metric.TOKENS: "tokens",
    Metric.NANO_USD: "US dollars",
    Metric.FUEL: "fuel of tools",
    Metric.EGRESS_BYTES: "bytes of tools' requests",
}
LONG_S: Final = 90
KNOWN_US: Final = SECOND_US
"""How long a refusal of requests is known without asking: the store may have been emptied."""


@dataclass(frozen=True)
class Refused:
    """A refusal of requests, and when it came.

    Requests are never given back: until the refusal ends, the store would say the same. Knowing
    that here is what makes a flood cheap to refuse.
    """

    refusal: Refusal
    since: float

    def at(self, now: float) -> Refusal | None:
        """Return the refusal as of now; None once the store is to be asked again."""
        passed = max(0, round((now - self.since) * SECOND_US))
        at_us, wait_us = self.refusal.at_us + passed, self.refusal.wait_us
        left_us = None if wait_us is None else wait_us - passed
        if passed >= KNOWN_US or (left_us is not None and left_us <= 0):
            return None
        return replace(self.refusal, at_us=at_us, wait_us=left_us)


def error_of(refusal: Refusal, reserve: int = 0, *, running: bool = False) -> QuotaError:
    """Return the error of a refusal.

    Args:
        refusal: what is used up.
        reserve: how much of it a run would have reserved.
        running: whether it stops a run that was allowed to begin.
    """
    limit = refusal.limit
    whose = _whose(limit.subject)
    if isinstance(limit, AtOnce):
        agents = "agent" if limit.most == 1 else "agents"
        used = f"{whose} is already running {limit.most:,} {agents}, the limit."
    elif reserve > 1 and isinstance(limit, Amount):
        more = f"{shown(limit.metric, reserve)} {NAMES[limit.metric]}"
        used = f"{whose} has not {more} left, which the run reserves: the limit is {limit}."
    else:
        used = f"{whose} has used its {NAMES[limit.metric]}: the limit is {limit}."
    stopped = " The run was stopped before its next query." if running else ""
    wait_us = refusal.wait_us
    return QuotaError(
        f"{used}{stopped} {_when(refusal)}",
        {"limit": str(limit), "metric": name_of(limit), "subject": str(limit.subject)[:128]},
        retry_after_s=None if wait_us is None else wait_us / SECOND_US,
        metric=name_of(limit),
        limit=limit.burst if isinstance(limit, Rate) else limit.most,
        subject=str(limit.subject)[:128],
    )


def name_of(limit: Limit) -> str:
    """Return the name of what is limited: ``tokens_per_day``, ``requests_rate``."""
    if isinstance(limit, Amount):
        return f"{limit.metric.value}_per_{limit.window.value}"
    return f"{limit.metric.value}_rate" if isinstance(limit, Rate) else limit.metric.value


def _whose(subject: Subject) -> str:
    if subject.kind is SubjectKind.ORGANISATION:
        return "The organisation"
    return f'The {subject.kind.value} "{subject.name[:64]}"'


def _when(refusal: Refusal) -> str:
    """Return a sentence on what to do."""
    if refusal.wait_us is None:
        return "It will never be allowed; ask whoever runs this executor for a higher limit."
    if isinstance(refusal.limit, AtOnce):
        return "Wait for one to end, then try again."
    seconds = refusal.wait_us / SECOND_US
    if seconds < LONG_S:
        return f"Try again in {seconds:.1f} s."
    at = EPOCH + refusal.at_us * MICROSECOND + timedelta(seconds=seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    told = f"{hours:,} h {minutes} min" if hours else f"{minutes} min"
    return f"Try again in {told}, at {at:%Y-%m-%d %H:%M:%S} UTC."
