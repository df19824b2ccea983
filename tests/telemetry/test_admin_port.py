"""The admin port is bounded, and shows debug pages to operators alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc

from caisson.executor.v1beta1 import admin_service_pb2 as admin_pb
from caisson.executor.v1beta1.admin_service_pb2_grpc import AdminServiceStub
from services.executor.access.principal import Role
from services.executor.errors import SetupError
from services.executor.server import ExecutorServer
from services.executor.settings import Settings, read_settings
from services.toolrunner.errors import SetupError as ToolrunnerSetupError
from services.toolrunner.settings import read_settings as read_toolrunner_settings
from tests.access.credentials import KEY, add_key
from tests.executor.served import NO_RUNNER, Client, served
from tests.loopback import listening
from tests.telemetry.pages import connected, get

CROWD = ("127.0.0.2", 0)
DEBUG = ("/debug/runs", "/debug/tasks")


@pytest.mark.parametrize(
    ("role", "status"), [(Role.OPERATOR, 200), (Role.OWNER, 403), (Role.VIEWER, 403)]
)
async def test_debug_pages_are_for_operators(tmp_path: Path, role: Role, status: int) -> None:
    admin = f"unix:{tmp_path}/admin"
    key = await add_key(tmp_path / "state", "acme", role)
    known = {"api_keys": True, "key": KEY, "state_dir": str(tmp_path / "state")}
    async with served(admin_address=admin, **known):
        for path in DEBUG:
            assert (await get(admin, path)).status == 401
            assert (await get(admin, path, authorization="Bearer wrong")).status == 401
            answer = await get(admin, path, authorization=f"Bearer {key}")
            assert answer.status == status
            assert (status == 200) or "server.operate" in answer.text
        assert (await get(admin, "/livez")).status == 200


async def test_owner_makes_no_operator(tmp_path: Path) -> None:
    key = await add_key(tmp_path / "state", "acme", Role.OWNER)
    known = {"api_keys": True, "key": KEY, "state_dir": str(tmp_path / "state")}
    async with served(**known) as client:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await create_key(client, key)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "server.operate" in (refused.value.details() or "")


async def create_key(client: Client, key: str) -> None:
    stub = AdminServiceStub(client.channel)
    asked = admin_pb.CreateKeyRequest(name="more", roles=[admin_pb.ROLE_OPERATOR])
    await stub.CreateKey(asked, metadata=[("authorization", f"Bearer {key}")])


async def test_web_page_with_a_name_that_leads_here_sees_nothing() -> None:
    server = ExecutorServer(
        Settings(address="127.0.0.1:0", toolrunner=NO_RUNNER, admin_address="127.0.0.1:0")
    )
    await server.start()
    try:
        port = int(server.admin_address.rpartition(":")[2])
        for host, status in (("evil.example", 403), ("localhost", 200), (f"127.0.0.1:{port}", 200)):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /debug/runs HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
            assert int((await reader.read()).split()[1]) == status
            writer.close()
    finally:
        await server.stop(drain_s=0.0)


async def test_connection_carries_one_request_and_a_long_header_ends_it(tmp_path: Path) -> None:
    admin = f"unix:{tmp_path}/admin"
    async with served(admin_address=admin):
        assert "connection: close" in (await get(admin, "/livez")).head
        async with connected(admin) as (reader, writer):
            writer.write(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 100_000)
            assert b"400" in await reader.read()


async def test_host_with_many_idle_connections_keeps_none_from_others() -> None:
    server = ExecutorServer(
        Settings(address="127.0.0.1:0", toolrunner=NO_RUNNER, admin_address="127.0.0.1:0")
    )
    await server.start()
    port = int(server.admin_address.rpartition(":")[2])
    crowd = []
    try:
        for _ in range(200):
            crowd.append(await asyncio.open_connection("127.0.0.1", port, local_addr=CROWD))
            crowd[-1][1].write(b"GET /livez HTTP/1.1\r\n")  # and no end of the header
        for _ in range(4):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert b" 200 OK" in await reader.read()
            writer.close()
    finally:
        for _, writer in crowd:
            writer.close()
        await server.stop(drain_s=0.0)


async def test_channelz_and_keys_are_served_on_the_grpc_port(tmp_path: Path) -> None:
    key = await add_key(tmp_path / "state", "acme", Role.OPERATOR)
    address = f"unix:{tmp_path}/grpc"
    known = {"api_keys": True, "key": KEY, "state_dir": str(tmp_path / "state")}
    async with (
        served(admin_grpc_address=address, **known),
        grpc.aio.insecure_channel(address) as channel,
    ):
        stub = channelz_pb2_grpc.ChannelzStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.GetServers(channelz_pb2.GetServersRequest())
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        metadata = [("authorization", f"Bearer {key}")]
        found = await stub.GetServers(channelz_pb2.GetServersRequest(), metadata=metadata)
        assert found.server
        with pytest.raises(grpc.aio.AioRpcError) as denied:
            await AdminServiceStub(channel).ListKeys(admin_pb.ListKeysRequest(), metadata=metadata)
        assert denied.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_port_in_use_is_refused_with_its_setting() -> None:
    async def nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with listening(nothing) as port:
        for setting in ("admin_address", "admin_grpc_address"):
            taken = {setting: f"127.0.0.1:{port}"}
            with pytest.raises(SetupError) as refused:
                async with served(**taken):
                    pass
            assert f"CAISSON_EXECUTOR_{setting.upper()}" in str(refused.value)


def test_settings_that_would_show_too_much_are_refused() -> None:
    remote = "0.0.0.0:9091"
    with pytest.raises(SetupError, match="ADMIN_GRPC_ADDRESS"):
        read_settings({"CAISSON_EXECUTOR_ADMIN_GRPC_ADDRESS": remote})
    with pytest.raises(ToolrunnerSetupError, match="nobody has to say"):
        read_toolrunner_settings({"CAISSON_TOOLRUNNER_ADMIN_GRPC_ADDRESS": remote})
    with pytest.raises(SetupError, match="are both"):
        read_settings(
            {
                "CAISSON_EXECUTOR_ADDRESS": "127.0.0.1:9090",
                "CAISSON_EXECUTOR_ADMIN_ADDRESS": "127.0.0.1:9090",
            }
        )
    with pytest.raises(SetupError, match="text, json"):
        read_settings({"CAISSON_EXECUTOR_LOG_FORMAT": "xml"})


async def test_pages_are_json_where_that_is_asked_for(tmp_path: Path) -> None:
    admin = f"unix:{tmp_path}/admin"
    async with served(admin_address=admin):
        assert json.loads((await get(admin, "/debug/tasks?format=json")).text)["tasks"] > 0
        assert (await get(admin, "/debug/tasks")).text.startswith("tasks: ")
        assert (await get(admin, "/debug/nothing")).status == 404
