"""The health of an executor whose database is away for a while."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.databases.postgres import Postgres
from tests.databases.proxy import Fault, proxied
from tests.executor.served import served
from tests.executor.test_runner_watch import health_server
from tests.telemetry.pages import page

HANG_S = 60.0
GRACE_S = 0.5
SERVES = health_pb2.HealthCheckResponse.SERVING
SERVES_NOT = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.STALL])
async def test_health_is_not_serving_while_the_database_does_not_answer(
    postgres: Postgres, fault: Fault, tmp_path: Path
) -> None:
    admin = f"unix:{tmp_path}/admin"
    with postgres.database() as url, proxied(postgres.port) as proxy:
        database = postgres.url(url.rpartition("/")[2], proxy.port)
        async with (
            asyncio.timeout(HANG_S),
            health_server() as (port, _),
            served(
                database_url=database,
                toolrunner=f"127.0.0.1:{port}",
                toolrunner_grace_s=GRACE_S,
                admin_address=admin,
            ) as client,
        ):
            stub = health_pb2_grpc.HealthStub(client.channel)
            watching = stub.Watch(health_pb2.HealthCheckRequest())
            assert (await watching.read()).status == SERVES
            for _ in range(2):
                await asyncio.to_thread(proxy.set, fault)
                assert (await watching.read()).status == SERVES_NOT
                checks = (await page(admin, "/readyz"))["checks"]
                assert checks["database"] == "the database of runs does not answer"
                await asyncio.to_thread(proxy.set, Fault.NONE)
                assert (await watching.read()).status == SERVES
