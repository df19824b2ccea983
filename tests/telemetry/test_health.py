"""Health that is true: what fails is named, and HTTP and gRPC say the same."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.executor.executor_health import trouble_of
from services.telemetry.admin.readiness import Readiness
from services.toolrunner.server import ToolRunnerServer
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolrunnerSettings
from tests.executor.served import NO_RUNNER, served
from tests.telemetry.pages import get, looks, page, until_ready

State = health_pb2.HealthCheckResponse


async def state_over_grpc(channel: grpc.aio.Channel) -> int:
    stub = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest())
    return int(answer.status)


async def test_executor_without_toolrunner_says_so(tmp_path: Path) -> None:
    admin = f"unix:{tmp_path}/admin"
    async with served(admin_address=admin, toolrunner_grace_s=0.2) as client:
        found = await until_ready(admin, ready=False)
        assert "no toolrunner answers" in found["checks"]["toolrunner"]
        assert found["checks"]["database"] == "ok"
        answer = await get(admin, "/readyz")
        assert answer.status == 503
        assert "toolrunner: no toolrunner answers" in answer.text
        assert NO_RUNNER not in answer.text
        assert await state_over_grpc(client.channel) == State.NOT_SERVING
        assert (await get(admin, "/livez")).status == 200


async def test_executor_is_ready_again_with_its_toolrunner(tmp_path: Path) -> None:
    admin, runner = f"unix:{tmp_path}/admin", f"unix:{tmp_path}/runner"
    async with served(admin_address=admin, toolrunner=runner, toolrunner_grace_s=0.3) as client:
        await until_ready(admin, ready=False)
        async with running_toolrunner(ToolrunnerSettings(address=runner, workers=1)):
            found = await until_ready(admin, ready=True)
            assert found["checks"]["toolrunner"] == "ok"
            assert await state_over_grpc(client.channel) == State.SERVING


async def test_folder_of_runs_that_is_gone_is_told(tmp_path: Path) -> None:
    admin, state = f"unix:{tmp_path}/admin", tmp_path / "state"
    async with served(admin_address=admin, state_dir=str(state)):
        assert (await page(admin, "/readyz"))["ready"]
    state.rename(tmp_path / "elsewhere")
    assert "cannot be read" in trouble_of(str(state))


def test_disk_that_is_full_or_gone_is_told(tmp_path: Path) -> None:
    assert trouble_of(str(tmp_path)) == ""
    assert "cannot be read" in trouble_of(str(tmp_path / "nothing"))
    assert "left on its disk" in trouble_of(str(tmp_path), 2**60)


def test_started_once_and_ready_while_nothing_fails() -> None:
    told: list[bool] = []
    health = Readiness(told.append, ["models", "database"], starting=["models"])
    assert not health.ready
    health.begin()
    assert (health.ready, health.started) == (True, False)
    health.note("models")
    assert health.started
    health.note("database", "it is away")
    health.note("database", "it is away")
    assert (health.ready, health.started) == (False, True)
    health.note("database")
    health.drain()
    assert not health.ready
    assert told == [True, True, False, True, False]


async def test_executor_has_started_once_its_models_are_loaded(tmp_path: Path) -> None:
    admin = f"unix:{tmp_path}/admin"
    async with served(admin_address=admin):
        assert set((await page(admin, "/startupz"))["waits_for"]) <= {"models"}
        async with aclosing(looks(admin, "/startupz")) as found:
            async for each in found:
                if each["started"]:
                    break
        assert (await page(admin, "/readyz"))["checks"]["models"] == "ok"


async def test_toolrunner_tells_its_workers(tmp_path: Path) -> None:
    admin = f"unix:{tmp_path}/admin"
    settings = ToolrunnerSettings(address="127.0.0.1:0", admin_address=admin, workers=1)
    server = ToolRunnerServer(settings)
    await server.start()
    try:
        assert (await page(admin, "/readyz"))["checks"]["workers"] == "ok"
        (worker,) = (await page(admin, "/debug/workers"))["each"]
        assert (worker["state"], worker["calls"]) == ("idle", 0)
        assert worker["memory_bytes"] > 0
        assert "pid" not in worker
        server.pool.live[0].process.kill()
        found = await until_ready(admin, ready=False)
        assert "no worker takes work" in found["checks"]["workers"]
        await until_ready(admin, ready=True)
    finally:
        await server.stop(drain_s=0.0)
