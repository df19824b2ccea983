"""The proxy partitions one client, and lets others through."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.databases.proxy import Fault, Proxy, proxied


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(100):
                connection.sendall(data)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def connected(proxy: Proxy, timeout_s: float = 5.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=timeout_s)


def asked(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(100)


def test_bytes_pass(echo: int) -> None:
    with proxied(echo) as proxy, connected(proxy) as connection:
        assert asked(connection, b"hello") == b"hello"


def test_what_is_stalled_comes_later(echo: int) -> None:
    with proxied(echo) as proxy, connected(proxy) as connection:
        assert asked(connection, b"first") == b"first"
        proxy.set(Fault.STALL)
        connection.sendall(b"second")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(100)
        proxy.set(Fault.NONE)
        connection.settimeout(5.0)
        assert connection.recv(100) == b"second"


def test_what_is_dropped_never_comes(echo: int) -> None:
    with proxied(echo) as proxy, connected(proxy) as connection:
        assert asked(connection, b"first") == b"first"
        proxy.set(Fault.DROP)
        connection.sendall(b"second")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(100)
        proxy.set(Fault.NONE)
        connection.settimeout(5.0)
        assert cut_off(connection)
        with connected(proxy) as another:
            assert asked(another, b"third") == b"third"


def cut_off(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionError:
        return True


def test_cut_connections_are_reset_and_new_ones_served(echo: int) -> None:
    with proxied(echo) as proxy, connected(proxy) as connection:
        assert asked(connection, b"first") == b"first"
        proxy.cut()
        assert cut_off(connection)
        with connected(proxy) as another:
            assert asked(another, b"second") == b"second"


def test_refused_connections_end(echo: int) -> None:
    with proxied(echo) as proxy:
        proxy.set(Fault.REFUSE)
        with connected(proxy) as connection:
            assert cut_off(connection)
        proxy.set(Fault.NONE)
        with connected(proxy) as another:
            assert asked(another, b"second") == b"second"
