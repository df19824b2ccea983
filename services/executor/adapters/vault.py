"""Secrets in the key-value store, version 2, of HashiCorp Vault or OpenBao, over HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from services.executor.clients import OWN_PROCESS
from services.executor.domain import Json
from services.executor.egress.ports import ExchangeFactory, OutgoingRequest
from services.executor.egress.rules import OperatorsServer
from services.executor.egress.web_url import WebUrl, parse_url
from services.executor.errors import EgressError, SetupError

PLACE_FORM: Final = '{"path": PATH, "key": KEY}, with "mount" and "namespace" if need be'
ANSWER_S: Final = 5.0
MAX_BYTES: Final = 1024 * 1024
MAX_TOKEN_BYTES: Final = 8 * 1024
PATH: Final = re.compile(r"[A-Za-z0-9_.~ -]+(/[A-Za-z0-9_.~ -]+)*")
TOKEN: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class VaultServer:
    """A server, and how to get in.

    Attributes:
        url: where it is: scheme, host and port.
        exchanges: makes its connections.
        token: of a client of the server; empty if it is in a file.
        token_file: a file with the token, which is read for each request: an agent may renew it.
        namespace: of all secrets that name none; empty for the root.
    """

    url: str
    exchanges: ExchangeFactory = field(repr=False)
    token: str = field(default="", repr=False)
    token_file: Path | None = field(default=None, repr=False)
    namespace: str = ""

    async def read(self, path: str, namespace: str) -> tuple[int, Any]:
        """Return the status and the JSON of an answer.

        Raises:
            ValueError: the token cannot be read, or the answer is no JSON or too long.
            EgressError: the server cannot be reached.
            TimeoutError: it does not answer in time.
        """
        token = await asyncio.to_thread(self._read_token)
        headers = [("X-Vault-Token", token), ("X-Vault-Request", "true")]
        if named := namespace or self.namespace:
            headers.append(("X-Vault-Namespace", named))
        target = parse_url(f"{self.url.rstrip('/')}/v1/{path}")
        return await self._answer(target, OutgoingRequest("GET", target, tuple(headers), b""))

    async def _answer(self, target: WebUrl, request: OutgoingRequest) -> tuple[int, Any]:
        connections = self.exchanges(OperatorsServer(target.host, target.port), OWN_PROCESS)
        body = bytearray()
        try:
            async with asyncio.timeout(ANSWER_S), connections.send(request) as response:
                async for piece in response.pieces():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise ValueError(f"it answers with more than {MAX_BYTES:,} bytes")
                status = response.status
        finally:
            await connections.close()
        try:
            return status, json.loads(body or b"{}")
        except (ValueError, RecursionError):
            raise ValueError(f"it answers with status {status} and no JSON") from None

    def _read_token(self) -> str:
        token = self.token
        if self.token_file is not None:
            try:
                with self.token_file.open("rb") as file:
                    token = file.read(MAX_TOKEN_BYTES).decode("ascii").strip()
            except (OSError, ValueError):
                raise ValueError("the file of its token cannot be read") from None
        if not TOKEN.fullmatch(token):
            raise ValueError("its token is empty, or no printable word")
        return token


class VaultSecrets:
    """A secret in Vault: the value of one key of a secret there, its latest version.

    Args:
        server: has it.
        mount: where the key-value store is mounted.
        path: of the secret within it.
        key: of the value within the secret.
        namespace: of the secret; empty for the server's.
    """

    def __init__(
        self, server: VaultServer, mount: str, path: str, key: str, namespace: str = ""
    ) -> None:
        self._server = server
        self._mount = mount
        self._path = path
        self._key = key
        self._namespace = namespace

    def __repr__(self) -> str:
        """Hide the path, which belongs to the operator."""
        return f"VaultSecrets({self._server.url})"

    async def value(self, name: str) -> str:
        """Return the value; raises SetupError when there is none, or the server is away."""
        path = f"{quote(self._mount)}/data/{quote(self._path)}"
        try:
            status, answer = await self._server.read(path, self._namespace)
        except TimeoutError:
            raise self._away(name, f"it does not answer within {ANSWER_S:g} s") from None
        except EgressError as error:
            raise self._away(name, error.message.rstrip(".")) from None
        except ValueError as error:
            raise self._away(name, str(error)) from None
        if status == 403:
            raise self._away(name, "it refuses the token, or the token may not read this secret")
        if status == 404:
            raise self._away(name, "it has no such secret, or its latest version is deleted")
        if status != 200:
            raise self._away(name, f"it answers with status {status}")
        return self._picked(name, answer)

    def _picked(self, name: str, answer: Any) -> str:
        data = answer.get("data") if isinstance(answer, dict) else None
        fields = data.get("data") if isinstance(data, dict) else None
        if not isinstance(fields, dict):
            raise self._away(name, "it answers with no secret of a key-value store of version 2")
        value = fields.get(self._key)
        if not isinstance(value, str):
            raise self._away(name, "the secret has no text under the key that is configured")
        return value

    def _away(self, name: str, why: str) -> SetupError:
        return SetupError(f"The secret {name} cannot be read from Vault: {why}.")


def secret_at(server: VaultServer | None, place: Mapping[str, Json]) -> VaultSecrets:
    """Return the source of a policy's ``{"vault": ...}``.

    Raises:
        SetupError: no server is set, or the place is malformed.
    """
    if server is None:
        raise SetupError("A secret comes from Vault, but CAISSON_EXECUTOR_VAULT_URL is not set.")
    known = {"mount": "secret", "path": "", "key": "", "namespace": ""}
    given = {name: place.get(name, default) for name, default in known.items()}
    texts = {name: text for name, text in given.items() if isinstance(text, str)}
    if set(place) - set(known) or len(texts) < len(known):
        raise SetupError(f"A secret in Vault is {PLACE_FORM}, all of them strings.")
    for name in ("mount", "path"):
        parts = texts[name].split("/")
        if not PATH.fullmatch(texts[name]) or not {".", ".."}.isdisjoint(parts):
            raise SetupError(
                f"The {name} of a secret in Vault must be words of letters, digits, ., _, ~, - "
                "and blanks, with / between them."
            )
    if not texts["key"]:
        raise SetupError("A secret in Vault needs a key: the name of its value there.")
    if texts["namespace"] and not TOKEN.fullmatch(texts["namespace"]):
        raise SetupError("The namespace of a secret in Vault must be one printable word.")
    return VaultSecrets(server, **texts)
