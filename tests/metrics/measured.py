"""Both services with their admin ports, and what these show of metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.executor.server import ExecutorServer
from services.executor.settings import Settings
from services.toolrunner.server import ToolRunnerServer
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.e2e.pair import COMPILED, provider
from tests.executor.fake_provider import FakeProvider
from tests.executor.served import Client

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
HISTOGRAM_ENDS = ("_bucket", "_sum", "_count")


class Shown:
    """The metrics of one scrape."""

    def __init__(self, families: list[Metric]) -> None:
        self.families = families
        self.samples = [sample for family in families for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of all series of a name that have these labels."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def labels(self, name: str, label: str) -> set[str]:
        """Return the values of a label of a metric."""
        return {each.labels[label] for each in self.samples if each.name == name}

    @property
    def names(self) -> set[str]:
        """What a query may name."""
        names = set()
        for family in self.families:
            if family.type == "histogram":
                names |= {family.name + end for end in HISTOGRAM_ENDS}
            else:
                names.add(f"{family.name}_total" if family.type == "counter" else family.name)
        return names


@dataclass
class Measured:
    """Two services that run, a client of the executor, and the provider of their models."""

    client: Client
    executor: ExecutorServer
    toolrunner: ToolRunnerServer
    model: FakeProvider

    async def of_executor(self) -> Shown:
        """Scrape the executor."""
        return await scraped(self.executor.admin_address)

    async def of_toolrunner(self) -> Shown:
        """Scrape the toolrunner."""
        return await scraped(self.toolrunner.admin_address)


@asynccontextmanager
async def measured(*scripts: Any, **settings: Any) -> AsyncIterator[Measured]:
    """Run both services on loopback with admin ports; the settings are the executor's."""
    here: dict[str, Any] = {"address": "127.0.0.1:0", "admin_address": "127.0.0.1:0"}
    runner = ToolRunnerSettings(**here, workers=1, cache_dir=str(COMPILED))
    async with provider(*scripts) as model, started(ToolRunnerServer(runner)) as toolrunner:
        given = {**here, "toolrunner": toolrunner.address, "parsers": 1, **settings}
        async with (
            started(ExecutorServer(Settings(**given))) as executor,
            grpc.aio.insecure_channel(executor.address) as channel,
        ):
            client = Client(ExecutorServiceStub(channel), channel, executor.address)
            yield Measured(client, executor, toolrunner, model)


@asynccontextmanager
async def started(server: Any) -> AsyncIterator[Any]:
    """Run a server."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop(drain_s=0.0)


async def text_of(address: str, accept: str = "") -> str:
    """Return what the admin port at ``address`` answers to a scraper."""
    headers = {"accept": accept}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://{address}/metrics", headers=headers)
    assert answer.status_code == 200
    return answer.text


async def scraped(address: str) -> Shown:
    """Scrape the admin port at ``address``, in both formats, which have to agree."""
    plain = Shown(list(text_string_to_metric_families(await text_of(address))))
    precise = await text_of(address, OPENMETRICS)
    read: Any = openmetrics.text_string_to_metric_families  # has no types
    assert Shown(list(read(precise))).names == plain.names
    return plain
