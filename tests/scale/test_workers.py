"""Several executor processes on one port are one service, and are replaced when they end."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec
from services.executor.errors import SetupError
from services.executor.settings import Settings
from services.executor.workers import check_workers, environment_of
from tests.databases.postgres import Postgres
from tests.e2e.pair import provider
from tests.executor.fake_provider import answer
from tests.toolrunner.clients import children_of, ended

SOURCE = b"""
import { createLightfast, createAgent } from "lightfast/agent";
export default createLightfast({
  agents: { demo: createAgent({ name: "demo", system: "Be brief.", model: "gpt-x", tools: {} }) },
});
"""
SHARED = {"database_url": "postgresql://u:p@db/caisson"}


@asynccontextmanager
async def workers(count: int, environment: Mapping[str, str]) -> AsyncIterator[tuple[Process, str]]:
    command = (sys.executable, "-m", "services.executor", "--workers", str(count))
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **environment}, stdout=PIPE
    )
    try:
        assert process.stdout is not None
        line = b""
        while b": 2 workers" not in line:  # each worker says that it serves, too
            line = await process.stdout.readline()
            assert line, "it has ended"
        yield process, line.split()[3].decode().rstrip(":")
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def stubs(address: str, count: int) -> list[tuple[grpc.aio.Channel, ExecutorServiceStub]]:
    """Connections of their own, which the kernel spreads over the workers."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.insecure_channel(address, options=options) for _ in range(count)]
    return [(each, ExecutorServiceStub(each)) for each in channels]


async def test_runs_of_each_worker_are_known_to_all_and_a_killed_one_is_replaced(
    tmp_path: Path, postgres: Postgres
) -> None:
    with postgres.database() as url:
        async with provider(answer("hello")), asyncio.timeout(120):
            environment = {
                "CAISSON_EXECUTOR_ADDRESS": "127.0.0.1:0",
                "CAISSON_EXECUTOR_DATABASE_URL": url,
                "CAISSON_EXECUTOR_CACHE_DIR": str(tmp_path),
                "CAISSON_EXECUTOR_DRAIN_S": "1",
                "CAISSON_EXECUTOR_SANDBOX_SCHEMAS": "false",
            }
            async with workers(2, environment) as (process, address):
                made = await stubs(address, 6)
                spec = RunSpec(bundle=BundleSource(inline=SOURCE), message="Hi")
                run = (await made[0][1].CreateRun(pb.CreateRunRequest(spec=spec))).run
                for _, stub in made:
                    seen = stub.SubscribeRun(pb.SubscribeRunRequest(run_id=run.run_id))
                    events = [each.event async for each in seen if each.HasField("event")]
                    assert events[-1].run_ended.WhichOneof("detail") == "finish", events[-1]
                before = set(children_of(process.pid))
                assert len(before) == 2
                os.kill(min(before), signal.SIGKILL)
                while len(after := set(children_of(process.pid)) - {min(before)}) < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                assert max(before) in after
                for channel, _ in made:
                    await channel.close()
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
                for pid in after:
                    assert ended(pid)


@pytest.mark.parametrize(
    ("count", "settings", "words"),
    [
        (2, {}, "DATABASE_URL"),
        (0, SHARED, "between 1 and"),
        (65, SHARED, "between 1 and"),
        (
            2,
            {**SHARED, "quotas": '{"defaults": {"organisation": {"runs": {"at_once": 1}}}}'},
            "QUOTA_URL",
        ),
        (2, {**SHARED, "address": "unix:/tmp/x"}, "Unix socket"),
        (
            2,
            {**SHARED, "admin_address": "127.0.0.1:9090", "admin_grpc_address": "127.0.0.1:9091"},
            "meet each other",
        ),
        (
            4,
            {**SHARED, "address": "127.0.0.1:9093", "admin_address": "127.0.0.1:9090"},
            "another port of this executor",
        ),
        (2, {**SHARED, "admin_address": "127.0.0.1:65535"}, "above 65535"),
    ],
)
def test_what_cannot_be_one_service_is_refused(
    count: int, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(SetupError, match=words):
        check_workers(Settings(**settings), count)  # type: ignore[arg-type]  # each has its own type


@pytest.mark.parametrize(
    ("address", "admin_address", "meets"),
    [
        ("127.0.0.1:9091", "127.0.0.1:9090", True),
        ("10.0.0.1:9091", "127.0.0.1:9090", False),
        ("[::1]:9091", "127.0.0.1:9090", False),
        ("[::1]:9091", "[0:0:0:0:0:0:0:1]:9090", True),
        ("[::ffff:127.0.0.1]:9091", "127.0.0.1:9090", True),
        ("0.0.0.0:9091", "127.0.0.1:9090", True),
        ("127.0.0.1:9091", "[::]:9090", True),
        ("[::]:9091", "0.0.0.0:9090", True),
        ("localhost:9091", "127.0.0.1:9090", True),
        ("0.0.0.0:9092", "0.0.0.0:9090", False),
    ],
)
def test_ports_of_different_hosts_do_not_meet(
    address: str, admin_address: str, *, meets: bool
) -> None:
    settings = Settings(
        database_url=SHARED["database_url"],
        address=address,
        admin_address=admin_address,
        api_keys=True,
        key=base64.b64encode(bytes(range(32))).decode(),
    )
    with pytest.raises(SetupError, match="meet each other") if meets else nullcontext():
        check_workers(settings, 2)


def test_each_worker_has_admin_ports_of_its_own() -> None:
    settings = Settings(
        database_url=SHARED["database_url"],
        admin_address="127.0.0.1:9090",
        admin_grpc_address="unix:/run/admin",
    )
    made = [environment_of({}, settings, "127.0.0.1:50051", number) for number in range(2)]
    assert [each["CAISSON_EXECUTOR_ADMIN_ADDRESS"] for each in made] == [
        "127.0.0.1:9090",
        "127.0.0.1:9091",
    ]
    assert [each["CAISSON_EXECUTOR_ADMIN_GRPC_ADDRESS"] for each in made] == [
        "unix:/run/admin",
        "unix:/run/admin.1",
    ]
