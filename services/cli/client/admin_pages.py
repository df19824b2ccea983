"""Reads the pages of a service's admin port, over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from dataclasses import dataclass, field
from typing import Any, Final

from services.cli.errors import CliError, RefusedError, UnreachableError
from services.front.listening import UNIX

ANSWER_S: Final = 5.0
MOST_BYTES: Final = 16 * 1024 * 1024
OK, UNAVAILABLE = 200, 503
HOW_TO_HAVE_ONE: Final = (
    "Set CAISSON_EXECUTOR_ADMIN_ADDRESS, or CAISSON_TOOLRUNNER_ADMIN_ADDRESS, where the service "
    "starts, and give the same as --admin."
)
REFUSALS: Final = (401, 403)


@dataclass(frozen=True)
class AdminPort:
    """Where an admin port listens, ``HOST:PORT`` or ``unix:/path``, and the key to send there."""

    address: str
    api_key: str = field(default="", repr=False)

    async def paths(self) -> tuple[str, ...]:
        """Return the paths of its pages; raises CliError."""
        status, body = await self._page("/")
        paths = tuple(body.decode("utf-8", "replace").split())
        if status != OK or "/readyz" not in paths:
            raise self._not_ours()
        return paths

    async def json(self, path: str) -> dict[str, Any]:
        """Return the object of a page; raises CliError."""
        status, body = await self._page(f"{path}?format=json")
        if status in REFUSALS:
            text = body.decode("utf-8", "replace").strip()
            hint = "Put the API key of an operator into CAISSON_API_KEY, or name its --api-key-file"
            raise RefusedError(text, (f"{hint}.",) if status == REFUSALS[0] else ())
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if status not in (OK, UNAVAILABLE) or not isinstance(found, dict):
            raise self._not_ours()
        return found

    async def text(self, path: str) -> str:
        """Return a page as it is; raises CliError."""
        _, body = await self._page(path)
        return body.decode("utf-8", "replace")

    async def _page(self, path: str) -> tuple[int, bytes]:
        try:
            return await asyncio.to_thread(self._get, path)
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            message = f"No admin port answers at {self.address}: {why}"
            raise UnreachableError(message, (HOW_TO_HAVE_ONE,)) from None

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = _connection(self.address)
        try:
            headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read(MOST_BYTES + 1)
        finally:
            connection.close()
        if len(body) > MOST_BYTES:
            raise OSError(f"the page has more than {MOST_BYTES:,} bytes")
        return answer.status, body

    def _not_ours(self) -> CliError:
        return UnreachableError(f"What answers at {self.address} is no admin port of Caisson.")


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ANSWER_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_S)
        self.sock.connect(self._path)


def _connection(address: str) -> http.client.HTTPConnection:
    if address.startswith(UNIX):
        return _UnixConnection(address.removeprefix(UNIX))
    host, _, port = address.rpartition(":")
    return http.client.HTTPConnection(host.strip("[]"), int(port), timeout=ANSWER_S)
