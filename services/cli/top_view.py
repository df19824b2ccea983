"""What ``caisson top`` shows, gathered from admin ports."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from services.cli.client.admin_pages import AdminPort
from services.cli.errors import CliError

OUTPUT_TOKENS: Final = re.compile(
    r'^caisson_executor_model_tokens_total\{[^}\n]*kind="output"[^}\n]*\} (\S+)', re.MULTILINE
)
EXECUTOR, TOOLRUNNER = "executor", "toolrunner"


@dataclass(frozen=True)
class Seen:
    """One service at one moment.

    Attributes:
        address: of its admin port.
        service: which one it is; empty if it does not answer.
        ready: whether it takes work.
        troubles: the checks that fail, with their reasons; or why it does not answer.
        runs: the rows of its runs.
        workers: the rows of its workers.
        queued: runs that wait for their session's turn; of a toolrunner, calls and loads that wait
            for a worker. None if it does not say.
        output_tokens: what models have written since it started; None where that is not measured.
        tokens_per_s: the same a second, since the last look; None in the first.
        at_s: when it was looked at.
    """

    address: str
    service: str = ""
    ready: bool = False
    troubles: Mapping[str, str] = field(default_factory=dict)
    runs: Sequence[Mapping[str, Any]] = ()
    workers: Sequence[Mapping[str, Any]] = ()
    queued: int | None = None
    output_tokens: float | None = None
    tokens_per_s: float | None = None
    at_s: float = 0.0

    @property
    def as_json(self) -> dict[str, Any]:
        """All but the time, which is that of this machine since it started."""
        return {name: value for name, value in asdict(self).items() if name != "at_s"}


async def look(port: AdminPort, before: Seen | None = None) -> Seen:
    """Return what a service does now.

    Raises:
        RefusedError: its debug pages are not shown to the caller.
        UnreachableError: nothing answers there, at the first look.
    """
    paths = await port.paths()
    health = await port.json("/readyz")
    checks = health.get("checks", {})
    known: dict[str, Any] = {
        "ready": bool(health.get("ready")),
        "troubles": {name: why for name, why in checks.items() if why not in ("ok", "not yet")},
        "at_s": time.monotonic(),
    }
    if "/debug/runs" in paths:
        runs = await port.json("/debug/runs")
        written = await _written(port, paths)
        rate = _rate(before, written, known["at_s"])
        return Seen(
            port.address, EXECUTOR, runs=runs["each"], queued=runs.get("queued"),
            output_tokens=written, tokens_per_s=rate, **known,
        )  # fmt: skip
    workers = await port.json("/debug/workers")
    return Seen(
        port.address, TOOLRUNNER, workers=workers["each"], queued=workers["queued"], **known
    )


async def look_again(port: AdminPort, before: Seen) -> Seen:
    """Return what a service does now, or why it does not answer any more."""
    try:
        return await look(port, before)
    except CliError as error:
        return Seen(port.address, before.service, troubles={"admin port": error.message})


async def _written(port: AdminPort, paths: Sequence[str]) -> float | None:
    if "/metrics" not in paths:
        return None
    found = OUTPUT_TOKENS.findall(await port.text("/metrics"))
    return sum(float(number) for number in found)


def _rate(before: Seen | None, written: float | None, now_s: float) -> float | None:
    if before is None or before.output_tokens is None or written is None:
        return None
    seconds = now_s - before.at_s
    return max(0.0, written - before.output_tokens) / seconds if seconds > 0 else None
