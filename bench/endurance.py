"""Runs of an agent through both services for a long time: ``python -m bench.endurance``.

``[--minutes N]``: several clients run an agent that calls a tool once; a tenth of the calls are
hostile: they loop, hoard, recurse, throw, flood, never settle. What both services hold is sampled
in 40 parts, their time series too, and the rows of the journal, whose runs are kept for one part;
not those of the audit trail, which is to have one for each run.
Prints JSON lines: the machine, one a part, and a verdict. Exits with 1 when something grew, a log
has an error of no known kind, or a run ended otherwise than it must; with 130 when interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from bench.machine import describe
from bench.memory import Held, held_by
from bench.report import progress, report
from bench.verdict import MEMORY_SLACK_KIB, Verdict
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from services.cli.client.clients import open_channel
from services.cli.hosting import (
    MODULES,
    TOOLRUNNER_OF_EXECUTOR,
    Child,
    all_started,
    private_folder,
    private_toolrunner,
    start,
)
from services.cli.installed import EXECUTOR, TOOLRUNNER
from services.executor.adapters.database.audit_tables import AUDIT
from tests.executor.fake_provider import FakeProvider, answer, call, finish, usage
from tests.loopback import listening

PARTS: Final = 40
WARM_PARTS: Final = 8
KEPT_PARTS: Final = 3
"""A run is kept for one part after its end, deleted within another, and counted in a third."""
CLIENTS: Final = 4
HOSTILE: Final = 10
"""One call in so many is hostile."""
INTERRUPTED: Final = 130
MINUTES: Final = 30.0
TOOLS: Final = b"""
import { createAgent } from "lightfast/agent";
import { createTool } from "lightfast/tool";
const tool = (execute) => createTool({ description: "a tool", inputSchema: {}, execute });
const all = [];
const tools = {
  adds: tool(async ({ a, b }) => ({ sum: a + b })),
  loops: tool(async () => { for (;;) {} }),
  hoards: tool(async () => { for (;;) all.push(new Uint8Array(1 << 20).fill(1)); }),
  recurses: tool(async () => { const down = () => down() + 1; return down(); }),
  throws: tool(async () => { throw new TypeError("no such city"); }),
  floods: tool(async () => { for (let i = 0; i < 1e5; i++) console.log("x".repeat(99)); }),
  never: tool(async () => new Promise(() => {})),
  reaches: tool(async () => (await fetch("http://127.0.0.1:1/")).status),
  big: tool(async () => "x".repeat(2 << 20)),
};
export const agents = { main: createAgent({ name: "m", system: "", model: "openai/m", tools }) };
"""
ATTACKS: Final = ("loops", "hoards", "recurses", "throws", "floods", "never", "reaches", "big")
# What no service may ever log.
UNTYPED: Final = re.compile(rb"Traceback|internal error|Exception ignored|never retrieved|CRITICAL")


class Provider(FakeProvider):
    """A model that calls a tool, each tenth time a hostile one, and then answers."""

    calls = 0

    def script(self) -> Sequence[Any]:
        """Return the answer to the last request."""
        last = self.requests.pop()
        self.heads.clear()
        self.sent.clear()
        if last["messages"][-1]["role"] == "tool":
            return answer("done")
        self.calls += 1
        attack = ATTACKS[self.calls // HOSTILE % len(ATTACKS)]
        name = attack if self.calls % HOSTILE == 0 else "adds"
        return [call(0, f"c{self.calls}", name, '{"a":1,"b":2}'), finish("tool_calls"), usage(3, 2)]


@dataclass
class Soaked:
    """What was seen: ends of runs, and what both services held."""

    ends: Counter[str] = field(default_factory=Counter)
    held: dict[str, list[Held]] = field(default_factory=dict)
    series: dict[str, list[int]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    untyped: list[str] = field(default_factory=list)

    def verdicts(self) -> dict[str, Verdict]:
        """Return what grew, by service."""
        runs = self.ends.total()
        return {
            service: Verdict(runs, [], samples[WARM_PARTS:], MEMORY_SLACK_KIB)
            for service, samples in self.held.items()
        }

    @property
    def series_grew(self) -> list[str]:
        """The services that have more time series at the end than at half time."""
        return [name for name, counts in self.series.items() if counts[-1] > counts[PARTS // 2]]

    @property
    def rows_grew(self) -> bool:
        """Whether the journal's last quarter is above all that it held before, by a half.

        As rows for each run that it may hold, those of the last parts: a machine that had other
        work makes more runs once that has ended.
        """
        held = [rows / max(1, runs) for rows, runs in zip(self.rows, self.kept(), strict=True)]
        later = held[WARM_PARTS:]
        quarter = max(1, len(later) // 4)
        return min(later[-quarter:]) > 1.5 * max(later[:quarter])

    def kept(self) -> list[int]:
        """Return for each part how many runs ended in it and those before that are kept too."""
        before = [0] * KEPT_PARTS + self.runs
        return [runs - earlier for runs, earlier in zip(self.runs, before, strict=False)]

    @property
    def clean(self) -> bool:
        """True when nothing grew and everything ended as it must."""
        grew = any(verdict.grew for verdict in self.verdicts().values())
        grew = grew or self.rows_grew or bool(self.series_grew)
        return not (grew or self.untyped or set(self.ends) - {"ok"})


async def soak(minutes: float) -> Soaked:
    """Run for so many minutes; return what was seen."""
    soaked, part_s = Soaked(), minutes * 60 / PARTS
    provider = Provider([])
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(listening(provider.serve))
        folder = await stack.enter_async_context(private_folder())
        admin = {name: f"unix:{folder}/{name}-admin" for name in MODULES}
        runner = {**SETTINGS, "CAISSON_TOOLRUNNER_ADMIN_ADDRESS": admin[TOOLRUNNER]}
        toolrunner = await stack.enter_async_context(private_toolrunner(runner))
        settings = {
            "OPENAI_API_KEY": "offline",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
            "CAISSON_EXECUTOR_STATE_DIR": str(folder / "state"),
            "CAISSON_EXECUTOR_CACHE_DIR": str(folder / "cache"),
            "CAISSON_EXECUTOR_RUN_RETENTION_S": str(part_s),
            "CAISSON_EXECUTOR_ADMIN_ADDRESS": admin[EXECUTOR],
            TOOLRUNNER_OF_EXECUTOR: toolrunner.address,
        }
        address = f"unix:{folder}/executor"
        executor = await stack.enter_async_context(start(EXECUTOR, address, settings=settings))
        await all_started(toolrunner, executor)
        clients = [asyncio.create_task(run_on(address, soaked.ends)) for _ in range(CLIENTS)]
        began = time.perf_counter()
        for part in range(1, PARTS + 1):
            await asyncio.wait(clients, timeout=began + part * part_s - time.perf_counter())
            soaked.runs.append(soaked.ends.total())
            sample(soaked, folder / "state", (executor, toolrunner))
            for service, where in admin.items():
                soaked.series.setdefault(service, []).append(await series_at(where))
            report_part(soaked, time.perf_counter() - began)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        for child in (executor, toolrunner):
            soaked.untyped += untyped_lines(child)
    return soaked


# A spare worker that starts midway, on a busy machine, would look like growth; what loops and never
# settles is to end soon.
SETTINGS: Final = {
    "CAISSON_TOOLRUNNER_SPARE_WORKERS": "0",
    "CAISSON_TOOLRUNNER_CALL_TIMEOUT_S": "2",
    "CAISSON_TOOLRUNNER_CALL_MEMORY_BYTES": str(128 * 1024 * 1024),
}


async def run_on(address: str, ends: Counter[str]) -> None:
    """Run the agent again and again, and count how the runs end."""
    spec = RunSpec(bundle=BundleSource(inline=TOOLS), agent="main", message="Hello")
    async with open_channel(address) as channel:
        stub: Any = ExecutorServiceStub(channel)
        while True:
            try:
                last = None
                async for response in stub.ExecuteAgent(pb.ExecuteAgentRequest(spec=spec)):
                    last = response.event if response.HasField("event") else last
                ended = "nothing" if last is None else last.run_ended.WhichOneof("detail")
                ends["ok" if ended == "finish" else str(ended)] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is fails the verdict
                ends[f"{type(error).__name__}: {error}"[:300]] += 1


def sample(soaked: Soaked, state: Path, children: Sequence[Child]) -> None:
    """Take a sample of what is held."""
    for child in children:
        soaked.held.setdefault(child.service, []).append(held_by(child.process.pid))
    database = f"file:{state / 'caisson.db'}?mode=ro"
    with closing(sqlite3.connect(database, uri=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = [
            name for (name,) in names if not name.startswith("sqlite_") and name != AUDIT.name
        ]
        counts = [f'SELECT count(*) FROM "{name}"' for name in tables]
        soaked.rows.append(sum(connection.execute(each).fetchone()[0] for each in counts))


async def series_at(address: str) -> int:
    """Return how many time series a service exposes on a Unix socket."""
    transport = httpx.AsyncHTTPTransport(uds=address.removeprefix("unix:"))
    async with httpx.AsyncClient(transport=transport) as client:
        text = (await client.get("http://admin/metrics")).raise_for_status().text
    return sum(not line.startswith("#") for line in text.splitlines())


def report_part(soaked: Soaked, seconds: float) -> None:
    """Print what is held now."""
    for service, samples in soaked.held.items():
        held = samples[-1]
        report(
            {
                "measure": "endurance",
                "service": service,
                "seconds": round(seconds, 1),
                "runs": soaked.ends.total(),
                "ownMiB": round(held.own_kib / 1024, 1),
                "descriptors": held.descriptors,
                "threads": held.threads,
                "processes": held.processes,
                "series": soaked.series[service][-1],
                "journalRows": soaked.rows[-1],
            }
        )


def untyped_lines(child: Child) -> list[str]:
    """Return the lines of a service's log that tell of an error of no known kind."""
    assert child.log is not None
    child.log.seek(0)
    lines = [line.strip() for line in child.log if UNTYPED.search(line)]
    return [f"{child.service}: {line.decode('utf-8', 'replace')[:300]}" for line in lines]


def main() -> int:
    """Run the soak; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.endurance", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"default {MINUTES:g}")
    minutes = parser.parse_args().minutes
    report(describe())
    progress(f"runs with a tool for {minutes:g} minutes, a tenth of the calls hostile")
    try:
        soaked = asyncio.run(soak(minutes))
    except KeyboardInterrupt:
        progress("interrupted before the verdict")
        return INTERRUPTED
    for service, verdict in soaked.verdicts().items():
        report({**verdict.as_fields(), "measure": "endurance-verdict", "service": service})
    grew = {"rowsGrew": soaked.rows_grew, "seriesGrew": soaked.series_grew}
    told = {"ends": dict(soaked.ends), **grew, "untyped": soaked.untyped[:9]}
    report({"measure": "endurance-verdict", **told})
    return 0 if soaked.clean else 1


if __name__ == "__main__":
    sys.exit(main())
