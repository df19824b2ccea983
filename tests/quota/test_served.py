"""An executor with quotas: its refusals on the wire, each organisation's own, and its health."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from services.executor.agent.scripted import FixedBundles
from services.executor.errors import BundleError
from tests.access.credentials import KEY, add_key
from tests.executor.builders import agent, bundle
from tests.executor.fake_provider import STALL, answer, fake_provider, text
from tests.executor.served import Client, Outcome, served
from tests.quota.valkey import Valkey

UNREADABLE = FixedBundles(bundle(agent()), BundleError("This bundle must not be read."))


@dataclass
class Answer(Outcome):
    """What a member saw, with the trailer for clients that retry."""

    pushback: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether a quota refused it."""
        return self.code is grpc.StatusCode.RESOURCE_EXHAUSTED


@dataclass
class Member:
    """A client with a key."""

    client: Client
    key: str

    async def runs(self, message: str = "Hello") -> Answer:
        """Run the agent."""
        return await self._outcome("ExecuteAgent", self._run(message))

    async def told(self) -> Answer:
        """Ask for the server's info."""
        return await self._outcome("GetServerInfo", pb.GetServerInfoRequest())

    def start(self) -> Any:
        """Begin a run."""
        call = vars(self.client.stub)["ExecuteAgent"]
        return call(self._run("Hello"), metadata=self._metadata)

    @property
    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.key}"),)

    def _run(self, message: str) -> pb.ExecuteAgentRequest:
        source = BundleSource(inline=b"fixed")
        return pb.ExecuteAgentRequest(spec=RunSpec(bundle=source, message=message))

    async def _outcome(self, method: str, request: Any) -> Answer:
        call = vars(self.client.stub)[method](request, metadata=self._metadata, timeout=30)
        outcome = Answer()
        try:
            if method == "GetServerInfo":
                await call
            else:
                async for response in call:
                    if response.HasField("event"):
                        outcome.events.append(response.event)
        except grpc.aio.AioRpcError as error:
            outcome.code, outcome.message = error.code(), error.details() or ""
            trailers = dict(error.trailing_metadata() or ())
            outcome.status.ParseFromString(bytes(trailers["grpc-status-details-bin"]))
            outcome.pushback = str(trailers.get("grpc-retry-pushback-ms", ""))
        return outcome


@asynccontextmanager
async def members(
    folder: Path, quotas: dict[str, Any], *scripts: Any, what: Any = None, **settings: Any
) -> AsyncIterator[tuple[Member, Member]]:
    """Yield a member each of the organisations acme and globex."""
    keys = [await add_key(folder, name) for name in ("acme", "globex")]
    async with fake_provider(*(scripts or [answer("hi")] * 50)) as provider:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OPENAI_API_KEY", "sk-x")
            patch.setenv("OPENAI_BASE_URL", provider.url)
            chosen = {"api_keys": True, "key": KEY, "state_dir": str(folder), **settings}
            async with served(what, quotas=json.dumps(quotas), **chosen) as client:
                acme, globex = (Member(client, key) for key in keys)
                yield acme, globex


def of_each(**limits: Any) -> dict[str, Any]:
    """Return quotas that every organisation has."""
    return {"defaults": {"organisation": limits}}


async def test_refusal_names_what_how_much_and_when(tmp_path: Path) -> None:
    quotas = of_each(requests={"per_hour": 10, "burst": 2})
    async with members(tmp_path, quotas) as (acme, globex):
        assert [(await acme.told()).code for _ in range(2)] == [grpc.StatusCode.OK] * 2
        refused = await acme.told()
        assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refused.reason == "QUOTA_EXCEEDED"
        (violation,) = refused.detail(error_details_pb2.QuotaFailure()).violations
        assert (violation.quota_metric, violation.quota_value, violation.subject) == (
            *("requests_rate", 2),
            "organisation:acme",
        )
        delay = refused.detail(error_details_pb2.RetryInfo()).retry_delay.ToMilliseconds()
        assert 300_000 < delay <= 360_000
        assert refused.pushback == str(delay)
        assert "Try again in" in refused.message
        assert (await globex.told()).code is grpc.StatusCode.OK


async def test_health_is_not_counted(tmp_path: Path) -> None:
    async with members(tmp_path, of_each(requests={"day": 0})) as (acme, _):
        assert (await acme.told()).code is grpc.StatusCode.RESOURCE_EXHAUSTED
        health = health_pb2_grpc.HealthStub(acme.client.channel)
        for _ in range(3):
            assert (await health.Check(health_pb2.HealthCheckRequest())).status == 1


async def test_run_is_refused_before_its_bundle_is_read(tmp_path: Path) -> None:
    async with members(tmp_path, of_each(runs={"day": 1}), what=UNREADABLE) as (acme, globex):
        assert (await acme.runs()).reason != "QUOTA_EXCEEDED"
        assert (await acme.runs()).reason == "QUOTA_EXCEEDED"
        assert (await globex.runs()).reason != "QUOTA_EXCEEDED"


async def test_places_are_free_once_runs_end_in_any_way(tmp_path: Path) -> None:
    scripts = ([text("Hel"), STALL], answer("hi"), answer("hi"), answer("hi"))
    quotas = of_each(runs={"at_once": 1})
    async with members(tmp_path, quotas, *scripts) as (acme, globex):
        call = acme.start()
        async for response in call:
            if response.event.WhichOneof("event") == "text_delta":
                break
        refused = await acme.runs()
        assert refused.reason == "QUOTA_EXCEEDED"
        assert "already running 1 agent" in refused.message
        assert (await globex.runs()).text == "hi"
        call.cancel()
        async with asyncio.timeout(30):
            while (outcome := await acme.runs()).is_refused:  # noqa: ASYNC110 - ends in the background
                await asyncio.sleep(0.01)
        assert outcome.text == "hi"
        async with asyncio.timeout(30):
            while (await acme.runs()).is_refused:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)


async def test_tokens_of_runs_are_charged_and_the_rest_given_back(tmp_path: Path) -> None:
    quotas = of_each(tokens={"day": 1000}) | {"reserve": {"tokens": 900}}
    async with members(tmp_path, quotas) as (acme, _):
        done = 0
        async with asyncio.timeout(60):
            while (outcome := await acme.runs()).code is grpc.StatusCode.OK or done < 2:
                done += outcome.code is grpc.StatusCode.OK
                await asyncio.sleep(0.01)
        assert outcome.reason == "QUOTA_EXCEEDED"
        assert "which the run reserves" in outcome.message


async def test_valkey_is_shared_by_executors(tmp_path: Path, own_valkey: Valkey) -> None:
    quotas, url = of_each(requests={"day": 3}), own_valkey.url
    (one := tmp_path / "one").mkdir()
    (two := tmp_path / "two").mkdir()
    async with (
        members(one, quotas, quota_url=url) as (first, _),
        members(two, quotas, quota_url=url) as (second, other),
    ):
        codes = [(await each.told()).code for each in (first, second) * 3]
        assert codes.count(grpc.StatusCode.OK) == 3
        assert (await other.told()).code is grpc.StatusCode.OK
        await asyncio.to_thread(own_valkey.kill)
        away = await other.told()
        assert (away.code, away.reason) == (
            grpc.StatusCode.UNAVAILABLE,
            "QUOTA_STORE_UNAVAILABLE",
        )
        assert "127.0.0.1" not in away.message


async def test_health_says_that_quotas_cannot_be_checked(
    tmp_path: Path, own_valkey: Valkey
) -> None:
    more = {"quota_url": own_valkey.url, "toolrunner_grace_s": 0.2}
    async with members(tmp_path, of_each(requests={"day": 3}), **more) as (acme, _):
        health = health_pb2_grpc.HealthStub(acme.client.channel)
        request = health_pb2.HealthCheckRequest(service="caisson.executor.v1.ExecutorService")
        await asyncio.to_thread(own_valkey.kill)
        async with asyncio.timeout(30):
            async for told in health.Watch(request):
                if told.status == health_pb2.HealthCheckResponse.NOT_SERVING:
                    break


async def test_executor_without_quotas_refuses_nothing() -> None:
    async with served() as client:
        for _ in range(50):
            await client.stub.GetServerInfo(pb.GetServerInfoRequest())
