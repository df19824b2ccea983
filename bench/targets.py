"""The project's performance targets, by the name of the measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A bound on one field of a measurement: at most ``bound``, or at least it."""

    field: str
    bound: float
    at_least: bool = False

    def judge(self, value: float) -> dict[str, object]:
        """Return the target and whether ``value`` meets it."""
        met = value >= self.bound if self.at_least else value <= self.bound
        name = "atLeast" if self.at_least else "atMost"
        return {"field": self.field, name: self.bound, "met": met}


THROUGH_GRPC = (Target("p50Ms", 1.0), Target("p99Ms", 2.5))
INSPECT_WARM = (Target("p50Ms", 5),)
WAITING = (Target("KiBPerRun", 10), Target("idlePercent", 2.0))
TARGETS: Mapping[str, tuple[Target, ...]] = {
    "inspect-0.7MB-cold": (Target("p50Ms", 250),),
    "inspect-0.7MB-warm": INSPECT_WARM,
    "inspect-0.7MB-known": INSPECT_WARM,
    "inspect-3MB-cold": (Target("p50Ms", 700),),
    "inspect-3MB-warm": INSPECT_WARM,
    "inspect-3MB-known": INSPECT_WARM,
    "parser-memory": (Target("peakMiB", 200),),
    "tool-call-in-worker": (Target("p50Ms", 0.6),),
    "tool-call-unix": THROUGH_GRPC,
    "tool-call-tcp": THROUGH_GRPC,
    "tool-calls-a-second": (Target("callsPerSecond", 2000, at_least=True),),
    "fetch-brokered-over-direct": (Target("p50Ms", 4.0),),
    "identity-api-key": (Target("addedP50Ms", 0.3),),
    "identity-token": (Target("addedP50Ms", 0.3),),
    "handoff-read": (Target("overPlainMs", 3.0),),
    "handoff-asked": (Target("overPlainMs", 3.0),),
    "quota-request-valkey": (Target("p50Ms", 0.5),),
    "small-rpc-memory": (Target("overPlainMs", 0.3),),
    "small-rpc-valkey": (Target("overPlainMs", 0.8),),
    "nested-run": (Target("p50Ms", 3.0),),
    "recorded-token-sqlite-1": (Target("addedP50Ms", 1.5),),
    "recorded-token-sqlite-60": (Target("addedP50Ms", 4.0),),
    "recorded-token-postgresql-1": (Target("addedP50Ms", 1.5),),
    "recorded-token-postgresql-60": (Target("addedP50Ms", 4.0),),
    "recorded-step-sqlite": (Target("addedMs", 0.5),),
    "recorded-step-postgresql": (Target("addedMs", 0.5),),
    "loop-lag-worst": (Target("lagMs", 5.0),),
    "flatness": (Target("ratio", 1.3),),
    "metering": (Target("ratio", 1.5),),
    "suspended-calls": (Target("growthMiB", 600),),
    "neighbour": (Target("p99Ratio", 2.0),),
    "cancelled-run": (Target("maxMs", 100),),
    "chunk-latency": (Target("p50Ms", 1.5),),
    "chunk-processor-time": (Target("ratio", 1.3),),
    "streams-held": (Target("streams", 60, at_least=True),),
    "waiting-run-memory": (Target("KiBPerRun", 300),),
    "waiting-approvals-sqlite": WAITING,
    "waiting-approvals-postgresql": WAITING,
    "time-limit-overshoot": (Target("p99Ms", 50), Target("maxMs", 250)),
}


def judged(fields: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the targets of a measurement, and whether each is met."""
    verdicts = []
    for target in TARGETS.get(str(fields.get("measure")), ()):
        value = fields.get(target.field)
        if isinstance(value, int | float):
            verdicts.append(target.judge(value))
    return verdicts
