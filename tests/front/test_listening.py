"""A server refuses an address in use, and removes no socket but its own."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.front.listening import AddressError, Listener, is_local, listen
from services.front.side_streams import Health

IN_USE = "in use by another process"


@asynccontextmanager
async def serving(address: str) -> AsyncIterator[Listener]:
    """Serve health at an address."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    health = Health()
    health.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    listener = listen(server.add_insecure_port, address)
    await server.start()
    try:
        yield listener
    finally:
        await server.stop(None)
        listener.close()


async def answers(address: str) -> bool:
    """Return whether health answers at an address."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=10.0)
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def left_in(folder: Path) -> list[Path]:
    """Return the names in a folder."""
    return list(folder.iterdir())


def refused(address: str) -> str:
    """Return why an address cannot be listened on."""
    with pytest.raises(AddressError) as caught:
        listen(grpc.aio.server(options=[("grpc.so_reuseport", 0)]).add_insecure_port, address)
    return str(caught.value)


async def test_second_server_on_unix_socket_is_refused(
    tmp_path: Path,
) -> None:
    address = f"unix:{tmp_path}/s"
    async with serving(address):
        assert IN_USE in refused(address)
        assert await answers(address)
    assert left_in(tmp_path) == []


async def test_stale_unix_socket_is_replaced(tmp_path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(f"{tmp_path}/s")
    dead.close()
    async with serving(f"unix:{tmp_path}/s") as listener:
        assert await answers(listener.address)
    assert left_in(tmp_path) == []


async def test_server_leaves_socket_that_replaced_its_own(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with AsyncExitStack() as later:
        async with serving(f"unix:{path}"):
            path.unlink()
            await later.enter_async_context(serving(f"unix:{path}"))
        assert await answers(f"unix:{path}")
    assert not path.exists()


async def test_file_at_socket_path_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    assert "not a socket" in refused(f"unix:{path}")
    assert path.read_text() == "precious"


async def test_unusable_socket_path_is_explained(tmp_path: Path) -> None:
    assert "folder does not exist" in refused(f"unix:{tmp_path}/missing/s")
    assert "107 bytes" in refused(f"unix:{tmp_path}/{'x' * 120}")
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("path", ["/", "//"])
async def test_root_is_no_socket(path: str) -> None:
    assert "not the path of a Unix socket" in refused(f"unix:{path}")


def test_one_of_two_servers_gets_a_stale_socket(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for _ in range(100):
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(str(path))
        dead.close()
        begin, won = threading.Barrier(2), list[socket.socket]()
        threads = [threading.Thread(target=_start, args=(path, begin, won)) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(won) == 1
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
        won[0].close()
        path.unlink()
        assert left_in(tmp_path) == []


def _start(path: Path, begin: threading.Barrier, won: list[socket.socket]) -> None:
    server = socket.socket(socket.AF_UNIX)

    def add_port(address: str) -> int:
        server.bind(address.removeprefix("unix:"))
        server.listen()
        return 1

    begin.wait()
    try:
        listen(add_port, f"unix:{path}")
    except AddressError:
        server.close()
    else:
        won.append(server)


async def test_port_in_use_is_refused_under_every_host_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert IN_USE in refused(f"127.0.0.1:{port}")
        assert IN_USE in refused(f"localhost:{port}")


async def test_port_zero_becomes_the_real_port() -> None:
    async with serving("127.0.0.1:0") as listener:
        assert not listener.address.endswith(":0")
        assert await answers(listener.address)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may listen on every port")
async def test_privileged_port_error_is_explained() -> None:
    assert "may not listen" in refused("127.0.0.1:1")


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("localhost:1", True),
        ("[::1]:1", True),
        ("[::ffff:127.0.0.1]:1", True),
        ("unix:/run/x", True),
        ("0.0.0.0:1", False),
        ("[::]:1", False),
        ("10.0.0.1:1", False),
        ("executor:1", False),
    ],
)
def test_only_loopback_and_unix_sockets_are_local(address: str, *, local: bool) -> None:
    assert is_local(address) is local
